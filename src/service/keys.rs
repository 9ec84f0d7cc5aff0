//! The signing keys: loaded at start, made if there are none.

use std::collections::HashMap;
use std::sync::Arc;

use crate::crypto::jwt::{BadKey, SigningKey};
use crate::crypto::sealed::{MasterKey, WrongKey};
use crate::store::database::{Database, SealedKey, StoreError, Tables};

/// The keys of this installation: the newest signs, all verify.
#[derive(Clone)]
pub struct Keys {
    current: Arc<SigningKey>,
    all: Arc<HashMap<String, Arc<SigningKey>>>,
}

/// Why the server can't sign.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error(
        "the master key is not the one that this database's signing keys were sealed with; \
         give back the old one (`keys.master_key` or `keys.master_key_file`), \
         or start with an empty database"
    )]
    WrongMasterKey(#[from] WrongKey),
    #[error("signing key {kid} can't be read; was the database changed by hand?")]
    Unreadable { kid: String, source: BadKey },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Keys {
    /// Loads the keys, or makes the first one.
    pub async fn load(database: &Database, master: &MasterKey) -> Result<Self, KeysError> {
        let unit = database.begin().await?;
        let tables = unit.tables();
        // Of two nodes that start together on an empty database, one makes the key.
        tables.hold_ledger().await?;
        let mut sealed = tables.signing_keys().await?;
        if sealed.is_empty() {
            sealed.push(make(&tables, master).await?);
        }
        unit.commit().await?;
        let keys = sealed
            .iter()
            .map(|key| open(key, master))
            .collect::<Result<Vec<_>, _>>()?;
        let current = keys
            .last()
            .cloned()
            .expect("there is one, or one was just made");
        let all = keys
            .into_iter()
            .map(|key| (key.kid().to_owned(), key))
            .collect();
        Ok(Self {
            current,
            all: Arc::new(all),
        })
    }

    /// The key that signs.
    #[must_use]
    pub fn current(&self) -> &SigningKey {
        &self.current
    }

    /// The key of this `kid`. It is data: looked up, and nothing else.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.all.get(kid).map(Arc::as_ref)
    }

    /// All keys that verify, in the order of their `kid`.
    #[must_use]
    pub fn published(&self) -> Vec<&SigningKey> {
        let mut keys: Vec<_> = self.all.values().map(Arc::as_ref).collect();
        keys.sort_by_key(|key| key.kid());
        keys
    }
}

async fn make(tables: &Tables<'_>, master: &MasterKey) -> Result<SealedKey, KeysError> {
    let private = SigningKey::generate_es256();
    let key = SigningKey::es256(&private).expect("a key that was just made is a key");
    let sealed = SealedKey {
        kid: key.kid().to_owned(),
        algorithm: key.algorithm().to_owned(),
        sealed: master.seal(key.kid(), &private),
    };
    tables.insert_signing_key(&sealed).await?;
    tracing::info!(kid = key.kid(), "made a signing key");
    Ok(sealed)
}

fn open(sealed: &SealedKey, master: &MasterKey) -> Result<Arc<SigningKey>, KeysError> {
    let private = master.open(&sealed.kid, &sealed.sealed)?;
    SigningKey::es256(&private)
        .map(Arc::new)
        .map_err(|source| KeysError::Unreadable {
            kid: sealed.kid.clone(),
            source,
        })
}
