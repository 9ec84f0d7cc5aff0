//! What checks look into.

use std::ops::Deref;

use crate::store::embedded::index::MemoryIndex;
use crate::store::index::RevocationIndex;
use crate::store::redis::index::RedisIndex;

/// One of the two. What both do alike they do through the port.
#[expect(clippy::large_enum_variant, reason = "a node has one of them")]
pub enum Source {
    /// A copy of the ledger's live part, under a lease.
    Memory(MemoryIndex),
    /// The one index that all nodes share, while it is certified.
    Redis(RedisIndex),
}

impl Source {
    pub(super) const fn redis(&self) -> Option<&RedisIndex> {
        match self {
            Self::Memory(_) => None,
            Self::Redis(index) => Some(index),
        }
    }
}

impl Deref for Source {
    type Target = dyn RevocationIndex;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Memory(index) => index,
            Self::Redis(index) => index,
        }
    }
}
