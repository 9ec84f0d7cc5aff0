//! Why the keys can't be used.

use crate::crypto::jwt::BadKey;
use crate::crypto::sealed::WrongKey;
use crate::model::refusal::{Fault, Stop};
use crate::store::database::StoreError;

/// Why the keys can't be used.
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
    #[error("the database has no signing keys any more; a node that starts makes a new one")]
    Missing,
    #[error("making a signing key was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KeysError> for Stop {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(error) => error.into(),
            error => Fault {
                doing: "using the signing keys",
                source: Box::new(error),
            }
            .into(),
        }
    }
}
