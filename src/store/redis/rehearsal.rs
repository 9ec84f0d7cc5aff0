//! Whether the user of the URL may do all that is needed: better told at the start than at the first logout.

use super::index::RedisIndex;
use crate::store::index::IndexError;

/// What the user needs, as `ACL SETUSER` takes it: the commands of the index, of the counters of limits, and of
/// the library that connects.
pub const COMMANDS: &str =
    "+get +mget +set +del +pexpire +eval +evalsha +script|load +info +time +ping +unwatch +select";

/// A key that nobody needs, for a second.
const KEY: &str = "cardea:rehearsal";

/// Within a script each command needs the same permission as outside of it.
const SCRIPT: &str = "redis.call('TIME') redis.call('DEL', KEYS[1]) return 1";

impl RedisIndex {
    /// Does once what is done later, on a key of its own.
    pub async fn rehearse(&self) -> Result<(), IndexError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("SET")
            .arg(KEY)
            .arg(1)
            .arg("PX")
            .arg(1000)
            .ignore()
            .cmd("GET")
            .arg(KEY)
            .ignore()
            .cmd("MGET")
            .arg(KEY)
            .ignore()
            .cmd("PEXPIRE")
            .arg(KEY)
            .arg(1000)
            .ignore()
            .cmd("EVAL")
            .arg(SCRIPT)
            .arg(1)
            .arg(KEY)
            .ignore()
            .cmd("INFO")
            .arg("replication")
            .ignore()
            .cmd("TIME")
            .ignore()
            // Of the pool, with each connection that it takes back.
            .cmd("UNWATCH")
            .ignore()
            .cmd("SCRIPT")
            .arg("LOAD")
            .arg(SCRIPT);
        let [loaded]: [String; 1] = self.command(&pipeline).await?;
        let mut pipeline = redis::pipe();
        pipeline.cmd("EVALSHA").arg(loaded).arg(1).arg(KEY).ignore();
        self.command(&pipeline).await
    }
}
