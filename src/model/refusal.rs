//! The ways to say no: a refusal carries a code that the client may act on, a fault is ours.

use std::time::Duration;

use super::session::EndReason;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// A no that the client learns about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Unauthenticated(Unauthenticated),
    #[error("the access token is out of date; refresh the session and try again")]
    TokenStale,
    #[error("this is not allowed here")]
    Forbidden(&'static str),
    /// An argument that no person typed is wrong; says what to send instead.
    #[error("{0}")]
    BadInput(&'static str),
    /// It isn't there, or the caller may not know that it is.
    #[error("there is nothing of this id, or it isn't yours to see")]
    NotFound,
    #[error("this needs an access token with the scope `{0}`")]
    InsufficientScope(&'static str),
    #[error("{0}")]
    Conflict(&'static str),
    #[error("too many attempts; try again when the time that is told has passed")]
    RateLimited { retry_after: Duration },
    #[error("the server has more work of this kind than it takes on; try again in a moment")]
    Overloaded { retry_after: Duration },
    #[error(
        "a store does not answer, so this can't be decided now; nothing is lost, try again in a moment"
    )]
    StoreUnavailable,
    /// It is committed, and whoever asks again waits for the rest.
    #[error(
        "this is done and in the ledger, but a store does not answer, so it is not confirmed yet that every server knows; asking again is harmless"
    )]
    Unconfirmed,
}

/// Why the caller isn't known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    #[error("this needs an access token; send it as `Authorization: Bearer <token>`")]
    Missing,
    #[error("the access token can't be verified")]
    Malformed,
    #[error("the access token has expired")]
    Expired,
    #[error("the access token is not valid yet")]
    NotYetValid,
    #[error("the access token was issued for another application")]
    WrongAudience,
    #[error("the session has ended")]
    Ended(EndReason),
}

impl Unauthenticated {
    /// The `reason` beside the code `UNAUTHENTICATED`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Malformed => "MALFORMED",
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::WrongAudience => "WRONG_AUDIENCE",
            Self::Ended(reason) => reason.as_str(),
        }
    }
}

impl From<Unauthenticated> for Refusal {
    fn from(reason: Unauthenticated) -> Self {
        Self::Unauthenticated(reason)
    }
}

impl From<Unauthenticated> for Stop {
    fn from(reason: Unauthenticated) -> Self {
        Self::Refused(reason.into())
    }
}

/// Something that should not happen. The log gets the whole chain, the client nothing.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct Fault {
    /// What was being done, as a clause: "reading a user".
    pub doing: &'static str,
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
