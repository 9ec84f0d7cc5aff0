//! Clients: the applications themselves, which ask about tokens, and revoke them.

mod authenticate;
mod introspect;
mod revoke;

use std::sync::Arc;

use self::authenticate::Places;
pub use self::authenticate::{Client, ConfidentialClient, Credentials};
pub use self::introspect::{AccessOnly, ActiveToken};
pub use self::revoke::RevokeOutcome;

use super::directory::Directory;
use super::limits::Limits;
use super::registry::Registry;
use super::revocation::{Revocations, Turns};
use super::sessions::{Foundations, Sessions};
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::crypto::refresh_token::{Authentic, RefreshTokens};
use crate::model::secret::{AccessToken, RefreshToken};
use crate::store::database::Database;

/// How many questions about tokens are under way at once: enough for a fast network, and few enough
/// that a request of a person waits for none of them longer than a few statements take.
const INTROSPECTING_AT_ONCE: usize = 32;

/// How many may wait for their turn.
const INTROSPECTING_MAY_WAIT: usize = 512;

/// Every use case of a client.
#[derive(Clone)]
pub struct Clients {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    tokens: Tokens,
    refresh_tokens: Arc<RefreshTokens>,
    sessions: Sessions,
    directory: Directory,
    limits: Limits,
    clock: Clock,
    places: Arc<Places>,
    introspecting: Arc<Turns>,
}

/// Something that may be a token.
enum Shown {
    /// A refresh token that we gave out once.
    Refresh(Authentic),
    /// What can only be an access token.
    Access(AccessToken),
}

impl Clients {
    #[must_use]
    pub fn new(foundations: Foundations, sessions: Sessions, directory: Directory) -> Self {
        let turns = Turns::new(INTROSPECTING_AT_ONCE, INTROSPECTING_MAY_WAIT);
        Self {
            database: foundations.database,
            registry: foundations.registry,
            revocations: foundations.revocations,
            tokens: foundations.tokens,
            refresh_tokens: foundations.refresh_tokens,
            sessions,
            directory,
            limits: foundations.limits,
            clock: foundations.clock,
            places: Arc::new(Places::new()),
            introspecting: Arc::new(turns),
        }
    }

    /// Which kind a token is shows in the token: no hint is needed, and none can mislead.
    fn read(&self, token: &str) -> Shown {
        let refresh = RefreshToken::new(token.to_owned());
        match self.refresh_tokens.read(&refresh) {
            Some(authentic) => Shown::Refresh(authentic),
            None => Shown::Access(AccessToken::new(token.to_owned())),
        }
    }
}
