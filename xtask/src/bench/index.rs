//! The index of revocations by itself: what a check, a row in memory, and a row in Redis take.

use anyhow::Result;

use super::stand::Setting;
use super::told::Told;
use crate::redis::Redis;
use crate::scratch::Scratch;

/// How many revocations are live.
pub(crate) const ROWS: [u64; 3] = [1_000, 1_000_000, 10_000_000];
const ROWS_IN_REDIS: u64 = 100_000;

pub(crate) struct Index {
    pub(crate) in_memory: [InMemory; ROWS.len()],
    pub(crate) bytes_in_redis: f64,
}

pub(crate) struct InMemory {
    /// A check of a token that nobody revoked, in nanoseconds.
    pub(crate) live: f64,
    /// Of one whose session ended.
    pub(crate) ended: f64,
    /// Of one that is younger than its user's logout everywhere.
    pub(crate) cut_off: f64,
    /// Taking a row in.
    pub(crate) take: f64,
    /// What a row adds to the process' memory.
    pub(crate) bytes: f64,
    /// Forgetting what one sweep dropped, in microseconds.
    pub(crate) forget: f64,
}

impl Index {
    /// # Errors
    /// When the program that measures it fails.
    pub(crate) fn measure(setting: &Setting<'_>, scratch: &Scratch) -> Result<Self> {
        let mut in_memory = Vec::with_capacity(ROWS.len());
        for rows in ROWS {
            let told = tell(setting, &["memory", &rows.to_string()])?;
            in_memory.push(InMemory {
                live: told.figure("live_ns")?,
                ended: told.figure("ended_ns")?,
                cut_off: told.figure("cut_off_ns")?,
                take: told.figure("take_ns")?,
                bytes: told.figure("bytes")?,
                forget: told.figure("forget_us")?,
            });
        }
        let redis = Redis::start(scratch)?;
        let told = tell(
            setting,
            &["redis", &redis.url(), &ROWS_IN_REDIS.to_string()],
        )?;
        Ok(Self {
            in_memory: in_memory
                .try_into()
                .map_err(|_| anyhow::anyhow!("each was measured"))?,
            bytes_in_redis: told.figure("bytes")?,
        })
    }
}

/// What the program beside the server tells, run on the server's core.
///
/// # Errors
/// When it is not there, or fails.
pub(crate) fn tell(setting: &Setting<'_>, words: &[&str]) -> Result<Told> {
    Told::by(setting, &setting.beside("bench_index"), words)
}
