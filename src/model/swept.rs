//! How far the ledger was swept, and which tokens that leaves undecided.

use super::revocation::{Candidate, Entry, Position};
use super::token::RETENTION_MARGIN;

/// The greatest position and the latest expiry of all rows that were ever dropped. Where clocks are
/// right, whatever those rows concerned has expired; this is for when they weren't.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub position: Position,
    /// Seconds since 1970-01-01, rounded down.
    pub until: i64,
}

impl Swept {
    /// What it comes to when this entry is dropped as well.
    #[must_use]
    pub fn with(self, entry: &Entry) -> Self {
        Self {
            position: self.position.max(entry.position),
            until: self.until.max(entry.expires_at.unix_timestamp()),
        }
    }

    /// Whether an entry may be forgotten: every token that it concerns is [left
    /// undecided](Self::leaves_undecided) without it.
    #[must_use]
    pub fn covers(&self, entry: &Entry) -> bool {
        entry.position <= self.position && entry.expires_at.unix_timestamp() <= self.until
    }

    /// Whether a row that was dropped may have concerned this token: it was issued before the row,
    /// and the row was kept until the token had expired. So whatever the clock says now, it has.
    ///
    /// (The position spares those that are issued after a clock was set back, and expire before
    /// what was swept while it was ahead.)
    #[must_use]
    pub const fn leaves_undecided(&self, token: &Candidate<'_>) -> bool {
        token.rev.0 < self.position.0 && token.expires_at <= self.latest_expiry()
    }

    /// The latest `exp` of a token that a row which was dropped may have concerned: seconds since
    /// 1970-01-01.
    #[must_use]
    pub const fn latest_expiry(&self) -> i64 {
        let margin = RETENTION_MARGIN.as_secs().cast_signed();
        self.until.saturating_sub(margin)
    }
}

#[cfg(test)]
mod tests;
