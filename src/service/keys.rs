//! The signing keys: which one signs, which ones verify, and what is published of them.

mod error;
mod keep;
mod looks;
mod report;
mod revoke;
mod rotate;
mod set;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

pub use self::error::KeysError;
pub use self::report::KeyReport;
pub use self::revoke::{Before, Withdrawn};
pub use self::rotate::{Activation, Rotation};

use self::looks::Looks;
use self::set::{KeySet, KnownKey};
use crate::clock::Clock;
use crate::config::{KeyAlgorithm, Keys as Settings};
use crate::crypto::jwt::{SigningKey, id_of};
use crate::crypto::sealed::MasterKey;
use crate::model::id::KeyId;
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::session::EndReason;
use crate::model::signing_key::{Algorithm, KeyState, UNREAD};
use crate::store::database::Database;

/// However many tokens name keys that nobody knows, the database is asked this often.
const LOOK_SPACING: Duration = Duration::from_secs(1);

/// How long a request waits for a look at the database.
const LOOK_WAIT: Duration = Duration::from_secs(3);

/// The keys of this installation, as they were read last.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    database: Database,
    master: MasterKey,
    clock: Clock,
    /// Of keys that are made from now on.
    algorithm: Algorithm,
    /// How long a key signs; `None`: until somebody says so.
    rotation: Option<Duration>,
    /// Never without a key.
    set: ArcSwap<KeySet>,
    looks: Looks,
}

impl Keys {
    /// Loads the keys, or makes the first one, which signs at once.
    pub async fn load(
        database: Database,
        master: MasterKey,
        clock: Clock,
        settings: &Settings,
    ) -> Result<Self, KeysError> {
        let days = Duration::from_hours(24 * settings.rotation_days);
        let keys = Self(Arc::new(Inner {
            database,
            master,
            clock,
            algorithm: algorithm(settings.algorithm),
            rotation: (!days.is_zero()).then_some(days),
            set: ArcSwap::default(),
            looks: Looks::new(LOOK_SPACING),
        }));
        keys.make_first().await?;
        keys.read().await?;
        Ok(keys)
    }

    /// The key that signs.
    #[must_use]
    pub fn current(&self) -> Arc<SigningKey> {
        let set = self.0.set.load();
        let key = set.signing(self.0.clock.now());
        Arc::clone(&key.expect("a set without keys is never put in place").key)
    }

    /// The key of this `kid`, if what it signed is taken. The `kid` is data: looked up, and nothing
    /// else. One that this node doesn't know is a question for the database, where another node may
    /// have put it: many ask, and few looks are made.
    pub async fn find(&self, kid: &str) -> Result<Option<Arc<SigningKey>>, Stop> {
        let Some(id) = id_of(kid) else {
            return Ok(None);
        };
        let set = self.0.set.load_full();
        // Who hasn't read for long may miss that a key was revoked.
        let is_unread = self.0.clock.boot().saturating_sub(set.read_at()) > UNREAD;
        if !is_unread && let Some(known) = set.find(id) {
            return self.taken(known);
        }
        Box::pin(self.look()).await?;
        match self.0.set.load().find(id) {
            Some(known) => self.taken(known),
            None => Ok(None),
        }
    }

    /// Whether a token of this key that expires then (in seconds since 1970-01-01) would be alive
    /// when the key has left. We sign none such: whoever did has the key, and may not go on with
    /// it after it is gone, on nodes that remember the token.
    #[must_use]
    pub fn is_outlived(&self, id: KeyId, expires_at: i64) -> bool {
        let set = self.0.set.load();
        let leaves_at = set.find(id).and_then(|known| known.life.leaves_at());
        leaves_at.is_some_and(|time| expires_at > time.unix_timestamp())
    }

    /// All keys that verify, and the one that is going to sign, in the order of their `kid`.
    #[must_use]
    pub fn published(&self) -> Vec<Arc<SigningKey>> {
        let now = self.0.clock.now();
        let set = self.0.set.load();
        let published = set.keys().iter().filter(|known| {
            let state = known.life.state(now);
            matches!(
                state,
                KeyState::Published | KeyState::Signing | KeyState::Verifying
            )
        });
        let mut keys: Vec<_> = published.map(|known| Arc::clone(&known.key)).collect();
        keys.sort_by(|one, other| one.kid().cmp(other.kid()));
        keys
    }

    fn taken(&self, known: &KnownKey) -> Result<Option<Arc<SigningKey>>, Stop> {
        match known.life.state(self.0.clock.now()) {
            KeyState::Published | KeyState::Signing | KeyState::Verifying => {
                Ok(Some(Arc::clone(&known.key)))
            }
            // Nothing is verified by it any more: whoever has it could name any session.
            KeyState::Revoked => Err(Unauthenticated::Ended(EndReason::Revoked).into()),
            KeyState::Gone => Ok(None),
        }
    }

    /// A look at the database that was begun after this was called, whoever made it.
    async fn look(&self) -> Result<(), Stop> {
        let look = self.0.looks.share(&self.0.clock, || self.read());
        let looked = tokio::time::timeout(LOOK_WAIT, look).await;
        looked.unwrap_or(Err(Refusal::StoreUnavailable.into()))
    }

    /// The same, at once.
    pub(in crate::service) async fn refresh(&self) -> Result<(), Stop> {
        self.0.looks.make(&self.0.clock, || self.read()).await
    }

    /// Not to be called by two at once: the later one to end may have begun first.
    async fn read(&self) -> Result<(), KeysError> {
        let read_at = self.0.clock.boot();
        let rows = self.0.database.tables().signing_keys().await?;
        let known = self.0.set.load_full();
        let set = KeySet::open(&rows, &known, &self.0.master, read_at)?;
        self.0.set.store(Arc::new(set));
        Ok(())
    }
}

const fn algorithm(configured: KeyAlgorithm) -> Algorithm {
    match configured {
        KeyAlgorithm::Es256 => Algorithm::Es256,
        KeyAlgorithm::EdDsa => Algorithm::EdDsa,
        KeyAlgorithm::Rs256 => Algorithm::Rs256,
    }
}
