//! Verifies Cardea's access tokens in memory, and sees a logout within moments.

mod answer;
mod claims;
mod index;

pub use self::answer::{Answer, Effect, Reason, Row, Subject};
pub use self::claims::Claims;
pub use self::index::{Index, Marks, Verdict};
