//! The port to the index: the fast copy of the live part of the ledger, and, where an allowlist is
//! kept, of the sessions that live.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::model::id::SessionId;
use crate::model::revocation::{Findings, Marks, Revocation};
use crate::model::swept::Swept;

/// What requests are checked against. It only grows: of two rows about one mark the greater
/// position and the later expiry win, of two notes about one session the later time, and nothing
/// but expiry removes.
#[async_trait]
pub trait RevocationIndex: Send + Sync {
    /// What is known of each mark.
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError>;

    /// The same in the same round trip, and what is noted of the session.
    async fn look_up_with_presence(
        &self,
        marks: &Marks,
        session: SessionId,
    ) -> Result<(Findings, Option<Presence>), IndexError>;

    /// Takes rows in. When it returns, every look-up sees them.
    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError>;

    /// Notes that a session lives. Whatever revokes it stands beside the note, and beats it.
    async fn admit(&self, session: SessionId, presence: Presence) -> Result<(), IndexError>;

    /// Forgets what the ledger has dropped, where that isn't the store's own doing. By no clock:
    /// one that was ahead would take what is still needed.
    fn forget(&self, swept: Swept);

    /// Forgets the sessions whose last token expired before this time. Whom it forgets too early
    /// is asked after again.
    fn forget_presence(&self, before: OffsetDateTime);
}

/// A session was seen alive, and gave out no token that expires later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Presence {
    pub until: OffsetDateTime,
}

/// The index can't be asked now, or its answer doesn't count.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the index did not answer in time")]
    Silent,
    #[error("the index is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It may lack what was revoked.
    #[error("the index is not the one that is trusted")]
    Untrusted,
    /// It did not answer lately, and nobody waits to learn the same.
    #[error("the index is not asked for a moment, since it did not answer")]
    Resting,
    /// The user that the server knows us as may not do what is needed.
    #[error("Redis forbids what is needed")]
    Forbidden(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something of somebody else's stands where ours should be.
    #[error("an entry of the index can't be read")]
    Corrupt,
}
