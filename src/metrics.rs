//! What is measured: instruments, one group a file, and how they are told.
//!
//! The composition root makes them and hands them to whoever measures. An instrument is an atomic
//! number or a few: no request waits for another one, or for whoever asks. No label has a value
//! that people, tokens or sessions give it.

mod back_channel;
mod checks;
mod exposition;
mod feed;
mod hashing;
mod histogram;
mod index;
mod label;
mod lease;
mod pools;
mod process;
mod register;
mod requests;
mod revocations;
mod sign_ins;
mod sockets;
mod streams;

use prometheus_client::registry::Registry;
use time::OffsetDateTime;

pub use self::back_channel::{BackChannel, CallEnd};
pub use self::checks::{Asked, Checks, Watch, Why};
pub use self::exposition::Format;
pub use self::feed::{Feed, Followed, Followers};
pub use self::hashing::Hashing;
pub use self::index::Index;
pub use self::lease::Lease;
pub use self::pools::{Pool, PoolUse, Pools};
pub use self::requests::{Connection, Requests};
pub use self::revocations::Revocations;
pub use self::sign_ins::{LoginEnd, RefreshEnd, SignIns};
pub use self::sockets::{OpenSocket, SocketEnd, Sockets};
pub use self::streams::Streams;

/// What all names begin with, but for what other programs call the same.
const PREFIX: &str = "cardea";

/// All instruments of one server.
#[derive(Debug)]
pub struct Metrics {
    pub checks: Checks,
    pub index: Index,
    pub lease: Lease,
    pub revocations: Revocations,
    pub feed: Feed,
    pub streams: Streams,
    pub sign_ins: SignIns,
    pub hashing: Hashing,
    pub pools: Pools,
    pub requests: Requests,
    pub sockets: Sockets,
    pub back_channel: BackChannel,
    registry: Registry,
}

impl Metrics {
    /// All at nothing, for a process that started then.
    #[must_use]
    pub fn new(started_at: OffsetDateTime) -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry, started_at);
        let own = registry.sub_registry_with_prefix(PREFIX);
        Self {
            checks: Checks::register(own),
            index: Index::register(own),
            lease: Lease::register(own),
            revocations: Revocations::register(own),
            feed: Feed::register(own),
            streams: Streams::register(own),
            sign_ins: SignIns::register(own),
            hashing: Hashing::register(own),
            pools: Pools::register(own),
            requests: Requests::register(own),
            sockets: Sockets::register(own),
            back_channel: BackChannel::register(own),
            registry,
        }
    }
}
