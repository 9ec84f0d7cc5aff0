//! Making an index that can be trusted, and seeing whether it still is.

use uuid::Uuid;

use super::index::RedisIndex;
use super::keys::Keys;
use super::server;
use crate::model::index_state::{Certificate, Identity, IndexState};
use crate::store::index::IndexError;

/// A marker of somebody who died is gone by then. Longer than whoever makes an index lets
/// pass between two [signs of life](RedisIndex::sustain).
const MARKER_LIFE_MILLISECONDS: u64 = 20_000;

/// The last thing that whoever makes the index does: if the marker still stands, nothing that was
/// written since is gone.
const CERTIFY: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('DEL', KEYS[1])
return 1
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
}

impl Probe {
    /// The only policy under which nothing but expiry removes.
    pub const POLICY: &'static str = "noeviction";
}

/// A random name for one attempt to make the index.
#[derive(Clone, Copy, Debug)]
pub struct Marker(Uuid);

impl Marker {
    #[must_use]
    pub fn draw() -> Self {
        Self(Uuid::now_v7())
    }
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
            .cmd("INFO")
            .arg("replication")
            .cmd("INFO")
            .arg("memory");
        let (values, replication, memory): ([Option<String>; 2], String, String) =
            self.command(&pipeline).await?;
        let [certificate, marker] = values;
        let policy = server::field(&memory, "maxmemory_policy");
        Ok(Probe {
            identity: server::identity(&replication),
            certificate: certificate.as_deref().and_then(Certificate::parse),
            is_marked: marker.is_some(),
            policy: policy.ok_or(IndexError::Corrupt)?.to_owned(),
        })
    }

    /// Begins to make the index, and says on which server.
    pub async fn mark(
        &self,
        state: &IndexState,
        marker: Marker,
    ) -> Result<Option<Identity>, IndexError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("SET")
            .arg(Keys::of(state.ledger).marker())
            .arg(marker.0.to_string())
            .arg("PX")
            .arg(MARKER_LIFE_MILLISECONDS)
            .ignore()
            .cmd("INFO")
            .arg("replication");
        let [info]: [String; 1] = self.command(&pipeline).await?;
        Ok(server::identity(&info))
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

    /// Writes the certificate, if the marker still stands; says whether it did.
    pub async fn certify(&self, state: &IndexState, marker: Marker) -> Result<bool, IndexError> {
        let keys = Keys::of(state.ledger);
        let certificate = state.certificate().ok_or(IndexError::Untrusted)?;
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("EVAL")
            .arg(CERTIFY)
            .arg(2)
            .arg(keys.marker())
            .arg(keys.certificate())
            .arg(marker.0.to_string())
            .arg(certificate.to_string())
            .cmd("INFO")
            .arg("replication");
        let (stood, info): (i64, String) = self.command(&pipeline).await?;
        Ok(stood == 1 && server::identity(&info) == state.identity)
    }
}
