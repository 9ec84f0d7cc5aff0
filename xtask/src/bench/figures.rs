//! What a row is measured in: answers, how long they took, and what the server itself spent on them.

use std::fs;

use anyhow::{Context, Result};

use super::driver::Measured;

const NANOSECONDS_PER_MICROSECOND: f64 = 1e3;
const MICROSECONDS_PER_SECOND: f64 = 1e6;
const KIBIBYTES_PER_MEBIBYTE: f64 = 1024.0;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) requests_per_second: f64,
    pub(crate) median_microseconds: f64,
    /// 99 of 100 answers took no longer.
    pub(crate) p99_microseconds: f64,
    /// Of the server's process, user and system, per request.
    pub(crate) cpu_microseconds: f64,
    pub(crate) peak_mebibytes: f64,
}

/// What has been measured of a row so far: in one piece, or in slices with other rows between.
#[derive(Default)]
pub(crate) struct Tally {
    latencies: Vec<u64>,
    elapsed_seconds: f64,
    cpu_seconds: f64,
    peak_mebibytes: f64,
}

impl Tally {
    /// Adds what `run` measured, and what `process`, the server, spent meanwhile.
    ///
    /// # Errors
    /// Those of `run`, and when the process is gone, or not ours.
    pub(crate) fn add(
        &mut self,
        process: u32,
        run: impl FnOnce() -> Result<Measured>,
    ) -> Result<()> {
        // 5 sets the peak back to what is used now (proc(5)): each row has a peak of its own.
        fs::write(format!("/proc/{process}/clear_refs"), "5")
            .context("cannot reset the server's peak memory")?;
        let cpu_seconds_before = cpu_seconds(process)?;
        let measured = run()?;
        self.cpu_seconds += cpu_seconds(process)? - cpu_seconds_before;
        self.elapsed_seconds += measured.elapsed.as_secs_f64();
        self.peak_mebibytes = self.peak_mebibytes.max(peak_mebibytes(process)?);
        self.latencies.extend(measured.latencies);
        Ok(())
    }

    /// # Errors
    /// When nothing was measured.
    pub(crate) fn figures(mut self) -> Result<Figures> {
        self.latencies.sort_unstable();
        let requests = as_float(self.latencies.len());
        Ok(Figures {
            requests_per_second: requests / self.elapsed_seconds,
            median_microseconds: percentile(&self.latencies, 50)?,
            p99_microseconds: percentile(&self.latencies, 99)?,
            cpu_microseconds: self.cpu_seconds * MICROSECONDS_PER_SECOND / requests,
            peak_mebibytes: self.peak_mebibytes,
        })
    }
}

/// The `percent`th of a hundred, in microseconds.
///
/// # Errors
/// When nothing was measured.
pub(crate) fn percentile(sorted_nanoseconds: &[u64], percent: usize) -> Result<f64> {
    let rank = (sorted_nanoseconds.len() * percent).div_ceil(100);
    let nanoseconds = sorted_nanoseconds
        .get(rank.saturating_sub(1))
        .context("nothing was measured")?;
    Ok(as_float(usize::try_from(*nanoseconds)?) / NANOSECONDS_PER_MICROSECOND)
}

/// User and system time. The kernel counts it exactly, and tells it in hundredths of a second: fine for a row of seconds.
///
/// # Errors
/// When the process is gone.
pub(crate) fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("the server is gone")?;
    let ticks = cpu_ticks(&stat).context("/proc/PID/stat is not what proc(5) says")?;
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    Ok(as_float(usize::try_from(ticks)?) / as_float(usize::try_from(ticks_per_second)?))
}

/// Fields 14 and 15; the second, the program's name, may contain anything, and ends with the last parenthesis.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn peak_mebibytes(process: u32) -> Result<f64> {
    Ok(kibibytes(process, "VmHWM:")? / KIBIBYTES_PER_MEBIBYTE)
}

/// What the process keeps in memory now, without what it maps from files: the pages of its program come when they are needed.
///
/// # Errors
/// When the process is gone.
pub(crate) fn anonymous_kibibytes(process: u32) -> Result<f64> {
    kibibytes(process, "RssAnon:")
}

fn kibibytes(process: u32, field: &str) -> Result<f64> {
    let status =
        fs::read_to_string(format!("/proc/{process}/status")).context("the server is gone")?;
    let kibibytes: u32 = status
        .lines()
        .find_map(|line| {
            let value = line.strip_prefix(field)?.trim();
            value.strip_suffix(" kB")?.trim().parse().ok()
        })
        .context("/proc/PID/status is not what proc(5) says")?;
    Ok(f64::from(kibibytes))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and times of a benchmark are far below 2^52"
)]
pub(crate) fn as_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() -> Result<()> {
        let thousand: Vec<u64> = (1..=100).map(|number| number * 1000).collect();
        let percentiles = [
            percentile(&thousand, 50)?,
            percentile(&thousand, 99)?,
            percentile(&thousand[..1], 99)?,
        ];
        assert_eq!(
            percentiles.map(|value| value.to_string()),
            ["50", "99", "1"]
        );
        assert!(percentile(&[], 50).is_err());
        Ok(())
    }

    #[test]
    fn cpu_time_is_found_behind_any_name() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 30 12 13 14 15";
        assert_eq!(cpu_ticks(stat), Some(42));
    }
}
