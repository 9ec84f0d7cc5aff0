//! Access tokens: issuing them, and verifying all about them but revocation.

mod issue;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

pub use self::issue::{Grant, Issued, Validity};
pub use self::verify::VerifiedToken;

use super::keys::Keys;
use crate::clock::Clock;
use crate::model::application::Application;

/// How many verified tokens a node remembers: some 20 MB.
const REMEMBERED: usize = 50_000;

/// Issues and verifies the access tokens of one issuer.
#[derive(Clone)]
pub struct Tokens {
    keys: Keys,
    clock: Clock,
    issuer: Arc<str>,
    application: Arc<Application>,
    lifetime: Duration,
    leeway: Duration,
    /// By the SHA-256 of the token. Signature and shape are remembered, the verdict never.
    verified: Arc<Cache<[u8; 32], Arc<VerifiedToken>>>,
}

/// What tokens are made by.
pub struct TokenSettings {
    pub issuer: String,
    pub application: Application,
    pub lifetime: Duration,
    pub leeway: Duration,
}

impl Tokens {
    #[must_use]
    pub fn new(keys: Keys, clock: Clock, settings: TokenSettings) -> Self {
        Self {
            keys,
            clock,
            issuer: settings.issuer.into(),
            application: Arc::new(settings.application),
            lifetime: settings.lifetime,
            leeway: settings.leeway,
            verified: Arc::new(Cache::new(REMEMBERED)),
        }
    }

    /// The application that people sign in to.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }
}
