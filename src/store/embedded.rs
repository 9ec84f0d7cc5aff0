//! What needs no other process: the index and the counters in memory.

pub mod counters;
pub mod index;
