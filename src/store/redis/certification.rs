//! Making an index that can be trusted, and seeing whether it still is.

use time::OffsetDateTime;
use uuid::Uuid;

use super::entries;
use super::index::RedisIndex;
use super::keys::Keys;
use super::server;
use crate::model::index_state::{Certificate, Identity, IndexState};
use crate::store::index::IndexError;

/// A marker of somebody who died is gone by then. Longer than whoever makes an index lets
/// pass between two [signs of life](RedisIndex::sustain).
const MARKER_LIFE_MILLISECONDS: u64 = 10_000;

/// The last thing that whoever makes the index does: if the marker still stands, nothing that was
/// written since is gone.
const CERTIFY: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], ARGV[3])
redis.call('DEL', KEYS[1])
return 1
";

/// Takes away one's own marker, and nobody else's.
const UNMARK: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
";

/// What a server says of itself and of our index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `None` for a replica.
    pub identity: Option<Identity>,
    pub certificate: Option<Certificate>,
    /// Somebody is making the index.
    pub is_marked: bool,
    /// `maxmemory-policy`.
    pub policy: String,
    /// It dropped keys since the index was made: nobody knows which.
    pub has_evicted: bool,
    /// By which it drops what has expired.
    pub clock: OffsetDateTime,
}

impl Probe {
    /// The only policy under which nothing but expiry removes.
    pub const POLICY: &'static str = "noeviction";
}

/// The keys, `INFO` of three kinds, and `TIME` in seconds and microseconds.
type Told = ([Option<String>; 3], String, String, String, (i64, i64));

/// An attempt to make the index, that has begun.
#[derive(Clone, Debug)]
pub struct Marked {
    /// Random: every attempt has its own.
    marker: Uuid,
    /// Where; `None` for a replica.
    pub identity: Option<Identity>,
    /// How many keys the server had dropped by then.
    evictions: String,
}

impl RedisIndex {
    /// Looks at the server, as a check would meet it.
    pub async fn probe(&self, state: &IndexState) -> Result<Probe, IndexError> {
        let keys = Keys::of(state.ledger);
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("MGET")
            .arg(keys.certificate())
            .arg(keys.marker())
            .arg(keys.evicted())
            .cmd("INFO")
            .arg("replication")
            .cmd("INFO")
            .arg("memory")
            .cmd("INFO")
            .arg("stats")
            .cmd("TIME");
        let (values, replication, memory, counts, clock): Told = self.command(&pipeline).await?;
        let [certificate, marker, evicted] = values;
        let policy = server::field(&memory, "maxmemory_policy");
        Ok(Probe {
            identity: self.identity(&replication),
            certificate: certificate.as_deref().and_then(Certificate::parse),
            is_marked: marker.is_some(),
            policy: policy.ok_or(IndexError::Corrupt)?.to_owned(),
            has_evicted: evicted.as_deref() != evictions(&counts),
            clock: entries::clock(clock).ok_or(IndexError::Corrupt)?,
        })
    }

    /// Begins to make the index. What certificate there is stands for nothing from now on.
    pub async fn mark(&self, state: &IndexState) -> Result<Marked, IndexError> {
        let keys = Keys::of(state.ledger);
        let marker = Uuid::now_v7();
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("SET")
            .arg(keys.marker())
            .arg(marker.to_string())
            .arg("PX")
            .arg(MARKER_LIFE_MILLISECONDS)
            .ignore()
            .cmd("DEL")
            .arg(keys.certificate())
            .ignore()
            .cmd("INFO")
            .arg("replication")
            .cmd("INFO")
            .arg("stats");
        let [replication, counts]: [String; 2] = self.command(&pipeline).await?;
        let evictions = evictions(&counts).ok_or(IndexError::Corrupt)?;
        Ok(Marked {
            marker,
            identity: self.identity(&replication),
            evictions: evictions.to_owned(),
        })
    }

    /// Says that the making goes on: `false` if the marker is gone. It is never put again, or a flush
    /// would go unseen.
    pub async fn sustain(&self, state: &IndexState) -> Result<bool, IndexError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("PEXPIRE")
            .arg(Keys::of(state.ledger).marker())
            .arg(MARKER_LIFE_MILLISECONDS);
        let [stands]: [bool; 1] = self.command(&pipeline).await?;
        Ok(stands)
    }

    /// Says that the making was given up, so that nobody waits for it.
    pub async fn unmark(&self, state: &IndexState, marked: &Marked) -> Result<(), IndexError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("EVAL")
            .arg(UNMARK)
            .arg(1)
            .arg(Keys::of(state.ledger).marker())
            .arg(marked.marker.to_string());
        let [_]: [i64; 1] = self.command(&pipeline).await?;
        Ok(())
    }

    /// Writes the certificate, if the marker still stands; says whether it did.
    pub async fn certify(&self, state: &IndexState, marked: &Marked) -> Result<bool, IndexError> {
        let keys = Keys::of(state.ledger);
        let certificate = state.certificate().ok_or(IndexError::Untrusted)?;
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("EVAL")
            .arg(CERTIFY)
            .arg(3)
            .arg(keys.marker())
            .arg(keys.certificate())
            .arg(keys.evicted())
            .arg(marked.marker.to_string())
            .arg(certificate.to_string())
            .arg(&marked.evictions)
            .cmd("INFO")
            .arg("replication");
        let (stood, info): (i64, String) = self.command(&pipeline).await?;
        Ok(stood == 1 && self.identity(&info) == state.identity)
    }
}

/// How many keys the server has dropped to make room, since it was started.
fn evictions(stats: &str) -> Option<&str> {
    server::field(stats, "evicted_keys")
}
