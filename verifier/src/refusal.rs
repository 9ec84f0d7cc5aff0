//! The ways to say no.

use std::borrow::Cow;
use std::fmt;

use crate::answer::Reason;

/// Why a request is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no token: `Authorization: Bearer <token>` is missing.
    Missing,
    /// It can't be verified. Which of its parts is off is nobody's business.
    Malformed,
    Expired,
    NotYetValid,
    /// It was issued for another application.
    WrongAudience,
    /// Its session has ended, or it was revoked.
    Ended(Reason),
    /// It is out of date, as after a change of scopes: a refresh brings another one.
    Stale,
    /// It doesn't have this scope.
    Forbidden(Box<str>),
    /// It can't be known now. The token may be good: nobody is to be signed out for this.
    Unavailable,
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Forbidden(_) => 403,
            Self::Unavailable => 503,
            _ => 401,
        }
    }

    /// What a client may act on, as the server calls it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Stale => "TOKEN_STALE",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::Unavailable => "UNAVAILABLE",
            _ => "UNAUTHENTICATED",
        }
    }

    /// Why the caller isn't known, beside the code `UNAUTHENTICATED`.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Missing => Some("MISSING"),
            Self::Malformed => Some("MALFORMED"),
            Self::Expired => Some("EXPIRED"),
            Self::NotYetValid => Some("NOT_YET_VALID"),
            Self::WrongAudience => Some("WRONG_AUDIENCE"),
            Self::Ended(reason) => Some(reason.as_str()),
            Self::Stale | Self::Forbidden(_) | Self::Unavailable => None,
        }
    }

    /// The reason, or the code where there is none.
    #[must_use]
    pub const fn verdict(&self) -> &'static str {
        match self.reason() {
            Some(reason) => reason,
            None => self.code(),
        }
    }

    /// The header `WWW-Authenticate` (RFC 6750, section 3). A 503 has none: to authenticate again
    /// would not help.
    #[must_use]
    pub fn www_authenticate(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Unavailable => return None,
            // Who shows nothing is told nothing of what is wrong with it (section 3.1).
            Self::Missing => Cow::Borrowed("Bearer"),
            Self::Forbidden(scope) if is_scope_token(scope) => Cow::Owned(format!(
                "Bearer error=\"insufficient_scope\", error_description=\"FORBIDDEN\", scope=\"{scope}\""
            )),
            Self::Forbidden(_) => Cow::Borrowed(
                "Bearer error=\"insufficient_scope\", error_description=\"FORBIDDEN\"",
            ),
            _ => Cow::Owned(format!(
                "Bearer error=\"invalid_token\", error_description=\"{}\"",
                self.verdict()
            )),
        })
    }
}

/// What may stand in a header: RFC 6749, section 3.3.
fn is_scope_token(scope: &str) -> bool {
    let is_allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !scope.is_empty() && scope.bytes().all(is_allowed)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => {
                "this needs an access token; send it as `Authorization: Bearer <token>`"
            }
            Self::Malformed => "the access token can't be verified",
            Self::Expired => "the access token has expired",
            Self::NotYetValid => "the access token is not valid yet",
            Self::WrongAudience => "the access token was issued for another application",
            Self::Ended(_) => "the session has ended",
            Self::Stale => "the access token is out of date; refresh the session and try again",
            Self::Forbidden(scope) => {
                return write!(f, "this needs an access token with the scope `{scope}`");
            }
            Self::Unavailable => {
                "this can't be decided now; nothing is lost, try again in a moment"
            }
        })
    }
}

impl std::error::Error for Refusal {}
