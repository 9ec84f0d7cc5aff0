//! Access tokens: issuing them, and verifying all about them but revocation.

mod issue;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

pub use self::issue::{Grant, Issued, Validity};
pub use self::verify::VerifiedToken;

use super::keys::Keys;
use crate::clock::Clock;
use crate::model::application::Application;
use crate::model::token::{MAXIMUM_LEEWAY, MAXIMUM_LIFETIME};

/// How many verified tokens a node remembers: some 20 MB.
const REMEMBERED: u64 = 50_000;

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
    verified: Cache<[u8; 32], Arc<VerifiedToken>>,
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
        let verified = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(MAXIMUM_LIFETIME + MAXIMUM_LEEWAY)
            .build();
        Self {
            keys,
            clock,
            issuer: settings.issuer.into(),
            application: Arc::new(settings.application),
            lifetime: settings.lifetime,
            leeway: settings.leeway,
            verified,
        }
    }

    /// The application that people sign in to.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }
}
