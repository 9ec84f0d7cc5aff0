//! The keys as they were read once, opened.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::KeysError;
use crate::crypto::jwt::SigningKey;
use crate::crypto::sealed::MasterKey;
use crate::model::id::KeyId;
use crate::model::signing_key::{KeyLife, KeyState, lives};
use crate::store::database::SealedKey;

/// All keys, in the order in which they sign.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<KnownKey>,
    /// When they were asked for, as `Clock::boot` counts.
    read_at: Duration,
}

/// A key, and its life among the others.
pub(super) struct KnownKey {
    pub key: Arc<SigningKey>,
    pub life: KeyLife,
}

impl KeySet {
    /// Opens those that weren't known.
    pub(super) fn open(
        rows: &[SealedKey],
        known: &Self,
        master: &MasterKey,
        read_at: Duration,
    ) -> Result<Self, KeysError> {
        if rows.is_empty() {
            return Err(KeysError::Missing);
        }
        let times: Vec<_> = rows.iter().map(|row| row.times).collect();
        let open = |(row, life): (&SealedKey, KeyLife)| {
            let known = known.keys.iter().find(|known| known.key.kid() == row.kid);
            let key = known.map_or_else(|| open(row, master), |known| Ok(Arc::clone(&known.key)));
            Ok(KnownKey { key: key?, life })
        };
        let keys = rows.iter().zip(lives(&times)).map(open);
        Ok(Self {
            keys: keys.collect::<Result<_, KeysError>>()?,
            read_at,
        })
    }

    /// The key that signs. After a revocation a node whose clock is behind the database's has none
    /// for a moment: then the one that is about to, which all nodes take already.
    pub(super) fn signing(&self, now: OffsetDateTime) -> Option<&KnownKey> {
        let first_in = |state| move |known: &&KnownKey| known.life.state(now) == state;
        let mut keys = self.keys.iter();
        let signing = keys.clone().find(first_in(KeyState::Signing));
        signing
            .or_else(|| keys.clone().find(first_in(KeyState::Published)))
            .or_else(|| keys.next_back())
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&KnownKey> {
        self.keys.iter().find(|known| known.key.id() == id)
    }

    pub(super) fn keys(&self) -> &[KnownKey] {
        &self.keys
    }

    pub(super) const fn read_at(&self) -> Duration {
        self.read_at
    }
}

fn open(sealed: &SealedKey, master: &MasterKey) -> Result<Arc<SigningKey>, KeysError> {
    let private = master.open(&sealed.kid, &sealed.sealed)?;
    SigningKey::open(sealed.algorithm, &private)
        .map(Arc::new)
        .map_err(|source| KeysError::Unreadable {
            kid: sealed.kid.clone(),
            source,
        })
}
