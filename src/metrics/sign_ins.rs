//! Logins and refreshes, by what came of them.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::label::{By, Label};
use super::register::named;
use crate::model::refusal::{Refusal, Stop};

/// What opens sessions, and keeps them going.
#[derive(Debug)]
pub struct SignIns {
    logins: By<LoginEnd, Counter>,
    refreshes: By<RefreshEnd, Counter>,
}

/// What came of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginEnd {
    Authenticated,
    InvalidCredentials,
    Suspended,
    TooManyAttempts,
    /// Not here, or not now: the application is off, or something overtook it.
    Refused,
    /// More passwords than are hashed.
    Overloaded,
    Unavailable,
    Failed,
}

impl Label for LoginEnd {
    const NAME: &'static str = "outcome";
    const ALL: &'static [Self] = &[
        Self::Authenticated,
        Self::InvalidCredentials,
        Self::Suspended,
        Self::TooManyAttempts,
        Self::Refused,
        Self::Overloaded,
        Self::Unavailable,
        Self::Failed,
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::InvalidCredentials => "invalid_credentials",
            Self::Suspended => "suspended",
            Self::TooManyAttempts => "too_many_attempts",
            Self::Refused => "refused",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// What came of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshEnd {
    Refreshed,
    Missing,
    Invalid,
    Over,
    /// The token was used up: its session ended with that, or had.
    Reused,
    Refused,
    Unavailable,
    Failed,
}

impl Label for RefreshEnd {
    const NAME: &'static str = "outcome";
    const ALL: &'static [Self] = &[
        Self::Refreshed,
        Self::Missing,
        Self::Invalid,
        Self::Over,
        Self::Reused,
        Self::Refused,
        Self::Unavailable,
        Self::Failed,
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Refreshed => "refreshed",
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Over => "over",
            Self::Reused => "reused",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

impl SignIns {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            logins: named(
                registry,
                "logins",
                "Logins, by what came of them",
                By::new(Counter::default),
            ),
            refreshes: named(
                registry,
                "refreshes",
                "Refreshes of sessions, by what came of them",
                By::new(Counter::default),
            ),
        }
    }

    pub fn login(&self, end: LoginEnd) {
        self.logins.of(end).inc();
    }

    pub fn refresh(&self, end: RefreshEnd) {
        self.refreshes.of(end).inc();
    }
}

impl From<&Stop> for LoginEnd {
    fn from(stop: &Stop) -> Self {
        match stop {
            Stop::Refused(Refusal::StoreUnavailable | Refusal::Unconfirmed) => Self::Unavailable,
            Stop::Refused(Refusal::Overloaded { .. }) => Self::Overloaded,
            Stop::Refused(_) => Self::Refused,
            Stop::Failed(_) => Self::Failed,
        }
    }
}

impl From<&Stop> for RefreshEnd {
    fn from(stop: &Stop) -> Self {
        match stop {
            Stop::Refused(
                Refusal::StoreUnavailable | Refusal::Unconfirmed | Refusal::Overloaded { .. },
            ) => Self::Unavailable,
            Stop::Refused(_) => Self::Refused,
            Stop::Failed(_) => Self::Failed,
        }
    }
}
