//! What needs no other process: the index and the counters in memory.

pub mod counters;
mod due;
pub mod index;
mod marked;
