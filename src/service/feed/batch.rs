//! What a follower is told at once.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use time::OffsetDateTime;

use crate::model::application::Application;
use crate::model::id::LedgerId;
use crate::model::revocation::{Position, Revocation};
use crate::model::swept::Swept;

/// What is told to the followers of one application that heard everything up to the same position.
#[derive(Debug)]
pub struct Batch {
    pub ledger: LedgerId,
    /// Who was told this has heard everything up to here.
    pub position: Position,
    /// There is more already.
    pub is_more: bool,
    /// What was dropped of the ledger, as of a moment after the rows were read.
    pub swept: Swept,
    /// When the ledger was read, by the database's clock.
    pub time: OffsetDateTime,
    pub application: Arc<Application>,
    /// Oldest first.
    pub revocations: Vec<Revocation>,
    /// As it is sent: whoever sends it first puts it here for the others.
    pub encoded: OnceLock<Bytes>,
}
