//! `RefreshResult`: what became of a refresh.

use async_graphql::{Enum, SimpleObject, Union};

use super::Tokens;
use super::session::SessionEndReason;
use crate::model::session::EndReason;
use crate::service::sessions::{RefreshFailure, RefreshOutcome};

#[derive(Union)]
pub(in crate::graphql) enum RefreshResult {
    Refreshed(Refreshed),
    RefreshFailed(RefreshFailed),
}

#[derive(SimpleObject)]
pub(in crate::graphql) struct Refreshed {
    tokens: Tokens,
}

/// The refresh token was not accepted: sign in again.
#[derive(SimpleObject)]
pub(in crate::graphql) struct RefreshFailed {
    code: RefreshFailureCode,
    /// Why the session is over, where that is known.
    reason: Option<SessionEndReason>,
    message: &'static str,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RefreshFailureCode {
    Missing,
    Invalid,
    Expired,
    /// Seen twice: the whole session was revoked (RFC 9700, 4.14).
    Reused,
    Revoked,
}

impl From<RefreshOutcome> for RefreshResult {
    fn from(outcome: RefreshOutcome) -> Self {
        match outcome {
            RefreshOutcome::Refreshed(tokens) => Self::Refreshed(Refreshed {
                tokens: (*tokens).into(),
            }),
            RefreshOutcome::Failed { why, .. } => Self::RefreshFailed(why.into()),
        }
    }
}

impl From<RefreshFailure> for RefreshFailed {
    fn from(failure: RefreshFailure) -> Self {
        use RefreshFailureCode::{Expired, Invalid, Missing, Reused, Revoked};
        let (reason, code, message) = match failure {
            RefreshFailure::Missing => (None, Missing, "No refresh token was sent. Sign in."),
            RefreshFailure::Invalid => (
                None,
                Invalid,
                "This is no refresh token of this application. Sign in.",
            ),
            RefreshFailure::Over(reason) => match reason {
                Some(EndReason::Expired) => {
                    (reason, Expired, "The session has run out. Sign in again.")
                }
                Some(EndReason::RefreshTokenReused) => (
                    reason,
                    Reused,
                    "This refresh token was used before, so the session was ended. Sign in again.",
                ),
                _ => (reason, Revoked, "The session has ended. Sign in again."),
            },
        };
        Self {
            code,
            reason: reason.map(Into::into),
            message,
        }
    }
}
