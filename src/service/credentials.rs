//! Passwords: judged, hashed and verified on threads of their own, behind a queue with an end.

mod policy;
mod pool;

use std::sync::Arc;
use std::time::Duration;

pub use self::policy::{Identity, PasswordPolicy, Weakness};
use self::pool::Pool;
use crate::config::Passwords as Settings;
use crate::crypto::password_hash::{BadCost, Cost, Hasher};
use crate::metrics::Metrics;
use crate::model::refusal::Refusal;
use crate::model::secret::Password;

/// Everything that is done with passwords.
#[derive(Clone)]
pub struct Credentials {
    pool: Pool,
    policy: PasswordPolicy,
}

/// What became of a password that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    Wrong,
    Right,
    /// Right, and hashed anew at today's cost.
    Renewed(String),
}

impl Credentials {
    pub fn new(settings: &Settings, metrics: Arc<Metrics>) -> Result<Self, BadCost> {
        let hasher = Hasher::new(Cost {
            memory_kibibytes: settings.memory_kibibytes,
            iterations: settings.iterations,
            parallelism: settings.parallelism,
        })?;
        let policy = PasswordPolicy {
            min_length: settings.min_length,
            max_length: settings.max_length,
            min_score: settings.min_score,
        };
        Ok(Self {
            pool: Pool::start(hasher, metrics, settings.threads, settings.queue_length),
            policy,
        })
    }

    #[must_use]
    pub const fn policy(&self) -> &PasswordPolicy {
        &self.policy
    }

    /// Hashes a new password, if it is good enough for this person.
    pub async fn hash(
        &self,
        password: Password,
        identity: Identity,
    ) -> Result<Result<String, Weakness>, Refusal> {
        let policy = self.policy;
        // The length first, and here: what is too long must not reach the queue.
        if let Err(weakness) = policy.check_length(&password) {
            return Ok(Err(weakness));
        }
        self.pool
            .run(move |hasher| {
                policy.check_strength(&password, &identity)?;
                Ok(hasher.hash(&password))
            })
            .await
    }

    /// Verifies a password against a user's hash, or for nobody (`None`): the same work, the same
    /// time.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<Verified, Refusal> {
        // Nobody has such a password, but finding that out must take its time all the same.
        let hash = hash.filter(|_| self.policy.check_length_bound(&password));
        self.pool
            .run(move |hasher| {
                let Some(hash) = hash else {
                    hasher.verify_nothing(&password);
                    return Verified::Wrong;
                };
                if !hasher.verify(&password, &hash) {
                    hasher.make_up_for(&password, &hash);
                    return Verified::Wrong;
                }
                if hasher.is_outdated(&hash) {
                    return Verified::Renewed(hasher.hash(&password));
                }
                Verified::Right
            })
            .await
    }

    /// Looks at how long the queue is.
    pub fn measure(&self) {
        self.pool.measure();
    }

    /// How long the queue would take now.
    #[must_use]
    pub fn backlog(&self) -> Duration {
        self.pool.backlog()
    }
}
