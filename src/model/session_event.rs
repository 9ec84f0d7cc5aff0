//! What becomes of sessions, as it is told to whoever follows them.

use time::OffsetDateTime;

use super::session::{EndReason, Session};

/// Something that became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEvent {
    /// As it stood when this was found.
    pub session: Session,
    pub at: OffsetDateTime,
    pub change: SessionChange,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionChange {
    Started,
    Ended(EndReason),
}
