//! Redis (or Valkey): what several nodes share.

mod connect;
pub mod counters;
pub mod index;

pub use self::connect::{BadUrl, Redis, connect};
