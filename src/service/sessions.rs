//! Sessions: signing in, knowing who calls, refreshing, logging out.

mod authenticate;
mod current;
mod issue;
mod keep;
mod list;
mod login;
mod logout;
mod measured;
mod password;
mod refresh;
mod revoke;
mod standing;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

pub use self::issue::SessionTokens;
pub use self::login::{Authenticated, Login, LoginOutcome};
pub use self::logout::Logout;
pub use self::password::{ChangePassword, PasswordChange, PasswordChanged, PasswordFault};
pub use self::refresh::{Refresh, RefreshFailure, RefreshOutcome};
pub use self::revoke::{EndedSessions, OwnSession};
pub use self::standing::LiveRefreshToken;

use super::credentials::Credentials;
use super::limits::Limits;
use super::registry::Registry;
use super::revocation::Revocations;
use super::session_events::SessionEvents;
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::config;
use crate::crypto::refresh_token::RefreshTokens;
use crate::metrics::Metrics;
use crate::store::database::Database;

/// Every use case of a session.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    events: SessionEvents,
    tokens: Tokens,
    refresh_tokens: Arc<RefreshTokens>,
    limits: Limits,
    credentials: Credentials,
    clock: Clock,
    metrics: Arc<Metrics>,
    rules: Rules,
}

/// What a session rests on.
#[derive(Clone)]
pub struct Foundations {
    pub database: Database,
    pub registry: Registry,
    pub revocations: Revocations,
    pub events: SessionEvents,
    pub tokens: Tokens,
    pub refresh_tokens: Arc<RefreshTokens>,
    pub limits: Limits,
    pub credentials: Credentials,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
}

/// The bounds of sessions.
#[derive(Clone, Copy)]
struct Rules {
    /// How long a replayed refresh token gets the same successor.
    grace: Duration,
    /// How many a user may have at once.
    maximum: u64,
    /// How long those that are over are shown.
    history: Duration,
}

impl Sessions {
    #[must_use]
    pub fn new(foundations: Foundations, settings: &config::Sessions) -> Self {
        Self {
            database: foundations.database,
            registry: foundations.registry,
            revocations: foundations.revocations,
            events: foundations.events,
            tokens: foundations.tokens,
            refresh_tokens: foundations.refresh_tokens,
            limits: foundations.limits,
            credentials: foundations.credentials,
            clock: foundations.clock,
            metrics: foundations.metrics,
            rules: Rules {
                grace: Duration::from_secs(settings.refresh_grace_seconds),
                maximum: settings.maximum_per_user,
                history: Duration::from_hours(24)
                    * u32::try_from(settings.history_days).unwrap_or(u32::MAX),
            },
        }
    }
}
