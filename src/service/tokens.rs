//! Access tokens: issuing them, and verifying all about them but revocation.

mod issue;
#[cfg(test)]
mod vectors;
mod verified;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

pub use self::issue::{Claimed, Issued, Validity};
pub use self::verified::VerifiedToken;

use super::keys::Keys;
use super::registry::Registry;
use crate::clock::Clock;

/// How many verified tokens a node remembers: some 20 MB.
const REMEMBERED: usize = 50_000;

/// Issues and verifies the access tokens of one issuer.
#[derive(Clone)]
pub struct Tokens {
    keys: Keys,
    registry: Registry,
    clock: Clock,
    issuer: Arc<str>,
    leeway: Duration,
    /// By the SHA-256 of the token. Signature and shape are remembered, the verdict never.
    verified: Arc<Cache<[u8; 32], Arc<VerifiedToken>>>,
}

impl Tokens {
    #[must_use]
    pub fn new(
        keys: Keys,
        registry: Registry,
        clock: Clock,
        issuer: String,
        leeway: Duration,
    ) -> Self {
        Self {
            keys,
            registry,
            clock,
            issuer: issuer.into(),
            leeway,
            verified: Arc::new(Cache::new(REMEMBERED)),
        }
    }
}
