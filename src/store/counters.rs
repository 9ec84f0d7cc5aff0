//! The port to the counters: buckets that attempts are taken from, and that fill up again.

use std::time::Duration;

use async_trait::async_trait;

/// Counts attempts: the generic cell rate algorithm (GCRA). A bucket holds a burst, and one more
/// each interval until it is full again. All that is kept of it is when that will be; a full bucket
/// is not kept at all.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Takes one out of each bucket, or, if one of them is empty, nothing out of any.
    async fn take(&self, buckets: &[Bucket]) -> Result<Taken, CountersError>;

    /// Gives back what was taken: as much of it as time hasn't given back meanwhile.
    async fn give_back(&self, receipts: &[Receipt]) -> Result<(), CountersError>;
}

/// A bucket, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub kind: BucketKind,
    /// Whose it is, as nobody else can tell: names and addresses of people are not kept.
    pub digest: [u8; 16],
    pub allowance: Allowance,
}

/// What a bucket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketKind {
    /// An account, asked for from anywhere.
    Account,
    /// An account, asked for by a device that has its cookie.
    Device,
    /// An account, asked for from a network that it is known at.
    Network,
    /// Everything that comes from one address.
    Address,
    /// Client secrets that come from one address.
    Client,
}

impl BucketKind {
    pub const ALL: [Self; 5] = [
        Self::Account,
        Self::Device,
        Self::Network,
        Self::Address,
        Self::Client,
    ];

    /// As it stands in a key.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Device => "device",
            Self::Network => "network",
            Self::Address => "address",
            Self::Client => "client",
        }
    }
}

/// What a bucket holds when it is full, and in which time it is given one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub burst: u32,
    pub interval: Duration,
}

impl Allowance {
    /// In microseconds.
    #[must_use]
    pub fn interval_microseconds(self) -> i64 {
        i64::try_from(self.interval.as_micros()).unwrap_or(i64::MAX)
    }
}

/// What came of taking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One out of each bucket, in their order.
    All(Vec<Receipt>),
    /// Nothing: one is empty, and none of them will be after this time.
    Nothing { retry_after: Duration },
}

/// One that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub bucket: Bucket,
    /// When the bucket is full again, and so this one is back by itself: microseconds since 1970
    /// on the clock of whoever counted.
    pub full_at_microseconds: i64,
}

/// The counters can't be asked now.
#[derive(Debug, thiserror::Error)]
pub enum CountersError {
    #[error("the counters of the limits did not answer in time")]
    Silent,
    #[error("the counters of the limits are unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something of somebody else's stands where ours should be.
    #[error("the counters of the limits gave an answer that is none")]
    Corrupt,
}
