//! Verifies Cardea's access tokens in memory, and sees a logout within moments.

mod answer;
mod claims;
mod index;
mod refusal;

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
#[cfg(feature = "follow")]
mod looks;
#[cfg(feature = "follow")]
mod questions;
#[cfg(feature = "follow")]
mod server;
#[cfg(feature = "follow")]
mod settings;
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

pub use self::answer::{Answer, Effect, Reason, Row, Subject};
pub use self::claims::Claims;
pub use self::index::{Index, Marks, Verdict};
pub use self::refusal::Refusal;
#[cfg(feature = "follow")]
pub use self::settings::{Settings, Unusable, WhenStale};
#[cfg(feature = "follow")]
pub use self::verified::Verified;
#[cfg(feature = "follow")]
pub use self::verifier::Verifier;
