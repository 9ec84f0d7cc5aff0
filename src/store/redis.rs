//! Redis (or Valkey): what several nodes share.

mod advice;
mod breaker;
pub mod certification;
mod connect;
pub mod counters;
mod entries;
pub mod index;
mod keys;
mod link;
mod look;
mod master;
mod place;
pub mod rehearsal;
mod sentinels;
mod server;

pub use self::connect::{BadUrl, Redis, connect};
pub use self::look::{Info, NoAnswer};
