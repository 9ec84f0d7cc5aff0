//! The port to the index: the fast copy of the live part of the ledger.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::model::revocation::{Findings, Marks, Revocation};

/// What requests are checked against. It only grows: of two rows about one mark the greater
/// position and the later expiry win, and nothing but expiry removes.
#[async_trait]
pub trait RevocationIndex: Send + Sync {
    /// What is known of each mark.
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError>;

    /// Takes rows in. When it returns, every look-up sees them.
    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError>;

    /// Whether it answers.
    async fn ping(&self) -> Result<(), IndexError>;

    /// Forgets what expired before this time, where expiry isn't the store's own doing.
    fn forget_expired(&self, before: OffsetDateTime);
}

/// The index can't be asked now.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the index did not answer in time")]
    Silent,
    #[error("the index is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something of somebody else's stands where ours should be.
    #[error("an entry of the index can't be read")]
    Corrupt,
}
