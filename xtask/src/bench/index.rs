//! The index of revocations by itself: what a check, a row in memory, and a row in Redis take.

use std::collections::HashMap;
use std::process::Command;

use anyhow::{Context, Result};

use super::stand::Setting;
use crate::process;
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
                live: figure(&told, "live_ns")?,
                ended: figure(&told, "ended_ns")?,
                cut_off: figure(&told, "cut_off_ns")?,
                take: figure(&told, "take_ns")?,
                bytes: figure(&told, "bytes")?,
                forget: figure(&told, "forget_us")?,
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
            bytes_in_redis: figure(&told, "bytes")?,
        })
    }
}

/// What the program beside the server tells, run on the server's core.
///
/// # Errors
/// When it is not there, or fails.
pub(crate) fn tell(setting: &Setting<'_>, words: &[&str]) -> Result<String> {
    let program = setting.binary.with_file_name("bench_index");
    process::output(
        Command::new(setting.taskset)
            .args(["-c", setting.server_core])
            .arg(program)
            .args(words),
    )
}

/// The median, the first of a line's figures.
fn figure(told: &str, name: &str) -> Result<f64> {
    let lines = told.lines().filter_map(|line| line.split_once(' '));
    let figures: HashMap<_, _> = lines.collect();
    let of_name = figures
        .get(name)
        .and_then(|line| line.split(' ').next()?.parse().ok());
    of_name.with_context(|| format!("`bench_index` told no {name}:\n{told}"))
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn the_first_figure_of_a_name_is_its_median() {
        let told = "bytes 92.5 92.5 92.5\nlive_ns 140.0 130.0 200.1";
        assert_eq!(figure(told, "live_ns").ok(), Some(140.0));
        assert!(figure(told, "ended_ns").is_err());
    }
}
