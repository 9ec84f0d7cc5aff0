//! What needs no other process: the index in memory.

pub mod index;
