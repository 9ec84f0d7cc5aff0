//! Redis (or Valkey): what several nodes share.

mod connect;
pub mod counters;
pub mod index;
mod look;

pub use self::connect::{BadUrl, Redis, connect};
pub use self::look::{Info, NoAnswer};
