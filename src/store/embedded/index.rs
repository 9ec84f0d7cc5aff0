//! The index in this process's memory.

use async_trait::async_trait;
use foldhash::fast::RandomState;
use papaya::HashMap;
use time::OffsetDateTime;

use crate::model::id::SessionId;
use crate::model::revocation::{Entry, Findings, Mark, Marks, Revocation};
use crate::model::swept::Swept;
use crate::store::index::{IndexError, Presence, RevocationIndex};

/// Maps that readers never wait for. What they are keyed by is drawn by servers: nobody chooses
/// names that collide, and seven look-ups are made for each request, so the hash is a fast one.
#[derive(Default)]
pub struct MemoryIndex {
    entries: HashMap<Mark, Entry, RandomState>,
    /// Empty, unless an allowlist is kept.
    present: HashMap<SessionId, Presence, RandomState>,
}

impl MemoryIndex {
    fn findings(&self, marks: &Marks) -> Findings {
        let entries = self.entries.pin();
        marks.0.map(|mark| entries.get(&mark).copied())
    }
}

#[async_trait]
impl RevocationIndex for MemoryIndex {
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError> {
        Ok(self.findings(marks))
    }

    async fn look_up_with_presence(
        &self,
        marks: &Marks,
        session: SessionId,
    ) -> Result<(Findings, Option<Presence>), IndexError> {
        let presence = self.present.pin().get(&session).copied();
        Ok((self.findings(marks), presence))
    }

    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError> {
        let entries = self.entries.pin();
        for Revocation { mark, entry } in rows {
            entries.update_or_insert(*mark, |known| known.merge(*entry), *entry);
        }
        Ok(())
    }

    async fn admit(&self, session: SessionId, presence: Presence) -> Result<(), IndexError> {
        let present = self.present.pin();
        present.update_or_insert(session, |known| presence.max(*known), presence);
        Ok(())
    }

    fn forget(&self, swept: Swept) {
        self.entries.pin().retain(|_, entry| !swept.covers(entry));
    }

    fn forget_presence(&self, before: OffsetDateTime) {
        self.present
            .pin()
            .retain(|_, presence| presence.until >= before);
    }
}
