//! Redis (or Valkey): what several nodes share.

mod breaker;
pub mod certification;
mod connect;
pub mod counters;
mod entries;
pub mod index;
mod keys;
pub mod rehearsal;
mod server;

pub use self::connect::{BadUrl, Redis, connect};
