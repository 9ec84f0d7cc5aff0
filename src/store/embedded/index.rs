//! The index in this process's memory.

use async_trait::async_trait;
use papaya::HashMap;
use time::OffsetDateTime;

use crate::model::revocation::{Entry, Findings, Mark, Marks, Revocation};
use crate::store::index::{IndexError, RevocationIndex};

/// A map that readers never wait for.
#[derive(Default)]
pub struct MemoryIndex {
    entries: HashMap<Mark, Entry>,
}

#[async_trait]
impl RevocationIndex for MemoryIndex {
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError> {
        let entries = self.entries.pin();
        Ok(marks.0.map(|mark| entries.get(&mark).copied()))
    }

    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError> {
        let entries = self.entries.pin();
        for Revocation { mark, entry } in rows {
            entries.update_or_insert(*mark, |known| known.merge(*entry), *entry);
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn forget_expired(&self, before: OffsetDateTime) {
        self.entries
            .pin()
            .retain(|_, entry| entry.expires_at >= before);
    }
}
