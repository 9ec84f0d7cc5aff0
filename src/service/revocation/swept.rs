//! How far the ledger was swept, as far as this process has heard.

use std::sync::atomic::{AtomicI64, Ordering};

use super::Revocations;
use crate::model::revocation::Position;
use crate::model::swept::Swept;

/// Only rises.
#[derive(Default)]
pub(super) struct SweptMark {
    position: AtomicI64,
    until: AtomicI64,
}

impl SweptMark {
    pub(super) fn get(&self) -> Swept {
        Swept {
            position: Position(self.position.load(Ordering::Acquire)),
            until: self.until.load(Ordering::Acquire),
        }
    }

    fn raise(&self, to: Swept) {
        self.position.fetch_max(to.position.0, Ordering::AcqRel);
        self.until.fetch_max(to.until, Ordering::AcqRel);
    }
}

impl Revocations {
    /// Takes note of what was swept, and only then forgets it: who finds nothing in the index looks
    /// at the note next.
    pub(super) fn heed_swept(&self, swept: Swept) {
        if self.0.swept.get() != swept {
            self.0.swept.raise(swept);
            self.0.index.forget(self.0.swept.get());
        }
    }
}
