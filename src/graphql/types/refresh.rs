//! `RefreshResult`: what became of a refresh.

use async_graphql::{Enum, SimpleObject, Union};

use super::Tokens;
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
    message: &'static str,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "RefreshFailure")]
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
            RefreshOutcome::Failed { why, .. } => Self::RefreshFailed(RefreshFailed {
                code: why.into(),
                message: message(why),
            }),
        }
    }
}

const fn message(failure: RefreshFailure) -> &'static str {
    match failure {
        RefreshFailure::Missing => "No refresh token was sent. Sign in.",
        RefreshFailure::Invalid => "This is no refresh token of this application. Sign in.",
        RefreshFailure::Expired => "The session has run out. Sign in again.",
        RefreshFailure::Reused => {
            "This refresh token was used before, so the session was ended. Sign in again."
        }
        RefreshFailure::Revoked => "The session has ended. Sign in again.",
    }
}
