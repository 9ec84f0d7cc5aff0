//! Verifies Cardea's access tokens in memory, and sees a logout within moments.
//!
//! A [`Verifier`] fetches the server's keys, follows its feed of revocations, and judges tokens by
//! what it has heard. When that is too old to go by it asks the server, or refuses: see
//! [`WhenStale`].
//!
//! ```no_run
//! use cardea_verifier::Verifier;
//!
//! # async fn example(secret: &str, token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::new("https://login.example.com", "https://shop.example.com")
//!     .credentials("shop", secret)
//!     .start()?;
//! let caller = verifier.verify(token).await?;
//! caller.require("orders:read")?;
//! println!("the orders of {}", caller.user_id());
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `axum` a handler takes a `Caller`, and `Verifier::layer` guards a whole router.
//! Without any feature there are only the words and the rule, on nothing but serde:
//!
//! ```
//! use cardea_verifier::{Answer, Claims, Index, Marks, Reason, Verdict};
//!
//! let claims: Claims = serde_json::from_str(
//!     r#"{"iss":"https://login.example.com","aud":"https://shop.example.com","sub":"ada","sid":"a session",
//!         "jti":"a token","iat":1,"exp":301,"auth_time":1,"amr":["pwd"],"client_id":"shop","rev":7}"#,
//! )?;
//! let answer: Answer = serde_json::from_str(
//!     r#"{"ledger":"a ledger","position":9,"more":false,"time":60.5,"revocations":[
//!         {"position":9,"effect":"dead","cut_off":true,"subject":{"sub":"ada"},
//!          "reason":"LOGGED_OUT_EVERYWHERE","expires_at":3661}]}"#,
//! )?;
//! let marks = Marks::of(&claims, "a key");
//! let mut index = Index::default();
//! assert_eq!(index.judge(claims.rev, claims.exp, &marks), Verdict::Live);
//! for row in answer.revocations {
//!     index.learn(row);
//! }
//! let verdict = index.judge(claims.rev, claims.exp, &marks);
//! assert_eq!(verdict, Verdict::Dead(Reason::LoggedOutEverywhere));
//! assert_eq!(index.judge(9, claims.exp, &marks), Verdict::Live);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod answer;
mod claims;
mod index;
mod refusal;

#[cfg(feature = "axum")]
mod bearer;
#[cfg(feature = "axum")]
mod caller;
#[cfg(feature = "follow")]
mod client;
#[cfg(feature = "follow")]
mod clock;
#[cfg(feature = "follow")]
mod follow;
#[cfg(feature = "follow")]
mod heard;
#[cfg(feature = "follow")]
mod jws;
#[cfg(feature = "follow")]
mod keys;
#[cfg(feature = "axum")]
mod layer;
#[cfg(feature = "follow")]
mod looks;
#[cfg(feature = "follow")]
mod questions;
#[cfg(feature = "follow")]
mod server;
#[cfg(feature = "follow")]
mod settings;
#[cfg(feature = "follow")]
mod silence;
#[cfg(feature = "follow")]
mod sse;
#[cfg(feature = "follow")]
mod token;
#[cfg(all(test, feature = "follow"))]
mod vectors;
#[cfg(feature = "follow")]
mod verified;
#[cfg(feature = "follow")]
mod verifier;

pub use self::answer::{Answer, Effect, Reason, Row, Subject, Swept};
#[cfg(feature = "axum")]
pub use self::caller::Caller;
pub use self::claims::Claims;
pub use self::index::{Index, Marks, Verdict};
#[cfg(feature = "axum")]
pub use self::layer::{Guarded, TokenLayer};
pub use self::refusal::Refusal;
#[cfg(feature = "follow")]
pub use self::settings::{Settings, Unusable, WhenStale};
#[cfg(feature = "follow")]
pub use self::verified::Verified;
#[cfg(feature = "follow")]
pub use self::verifier::Verifier;
