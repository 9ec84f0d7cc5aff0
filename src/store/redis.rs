//! Redis (or Valkey): what several nodes share.

mod connect;
pub mod counters;
pub mod index;
mod link;
mod master;
mod place;
mod sentinels;

pub use self::connect::{BadUrl, Redis, connect};
