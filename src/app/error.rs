//! Why a server does not start, in one sentence that says what to do.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::crypto::password_hash::BadCost;
use crate::model::refusal::Stop;
use crate::service::keys::KeysError;
use crate::service::revocation::{Disagreement, JoinError, Unfit};
use crate::store::database::StoreError;
use crate::store::redis::BadUrl;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "can't listen on {address}: {source}; is another server running there? \
             `http.listen` chooses another address"
    )]
    Bind {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error(
        "can't serve metrics on {address}: {source}; `metrics.listen` chooses another address, \
             and `metrics.enabled = false` does without"
    )]
    BindMetrics {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the listener has no address: {0}")]
    NoAddress(std::io::Error),
    #[error("can't use the data directory {}: {source}; \
             make it writable, or choose another with `data.directory`", path.display())]
    DataDirectory {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("can't open the database: {}; check `database.url`, and that the database runs", chain(.0))]
    Database(StoreError),
    #[error("can't bring the database's schema up to date: {}", chain(.0))]
    Migration(StoreError),
    #[error("`redis.url` can't be used: {0}")]
    Redis(BadUrl),
    #[error("can't use the master key file {}: {source}", path.display())]
    MasterKeyFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the master key in {} is not 32 bytes in base64url, base64 or hex; \
             give back the key that this database was made with", place.display())]
    MasterKeyMalformed { place: PathBuf },
    #[error("the master key file {} is missing, and this database's signing keys were sealed \
             with it; put it back, or name it with `keys.master_key_file`", path.display())]
    MasterKeyMissing { path: PathBuf },
    #[error("can't use the signing keys: {}", chain(.0))]
    Keys(#[from] KeysError),
    #[error(transparent)]
    PasswordCost(#[from] BadCost),
    #[error("can't read the ledger of revocations: {}", chain(.0))]
    Ledger(Stop),
    #[error(transparent)]
    Disagreement(Disagreement),
    #[error(transparent)]
    Unfit(Unfit),
}

impl From<JoinError> for StartError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Disagreement(error) => Self::Disagreement(error),
            JoinError::Unfit(error) => Self::Unfit(error),
            JoinError::Stop(stop) => Self::Ledger(stop),
        }
    }
}

/// An error and its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat their cause in their own text.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.replace('\n', " ")
}
