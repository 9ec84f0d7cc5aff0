//! How long it took from a logout until those whom it concerned knew.

use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;

use crate::bench::figures::percentile;

const MICROSECONDS_PER_MILLISECOND: f64 = 1e3;

/// One logout, as its client saw it.
#[derive(Clone, Copy)]
pub(super) struct Logout {
    /// Its answer was read.
    pub(super) acknowledged: Instant,
    /// The last one knew.
    pub(super) known: Instant,
}

/// Over all logouts of a start.
pub(super) struct Delays {
    pub(super) from_commit: Distribution,
    pub(super) from_acknowledgement: Distribution,
}

/// In milliseconds.
pub(super) struct Distribution {
    pub(super) median: f64,
    pub(super) p99: f64,
    pub(super) greatest: f64,
}

impl Delays {
    /// `commits` are those of the logouts, since 1970-01-01. Who knew before counts as 0.
    ///
    /// # Errors
    /// When there was no logout.
    pub(super) fn of(logouts: &[Logout], commits: &[Duration]) -> Result<Self> {
        Self::by(&Clocks::read(), logouts, commits)
    }

    fn by(clocks: &Clocks, logouts: &[Logout], commits: &[Duration]) -> Result<Self> {
        let since_commit = logouts.iter().zip(commits).map(|(logout, committed)| {
            let known = clocks.since_epoch(logout.known);
            known.saturating_sub(*committed)
        });
        let since_answer = logouts
            .iter()
            .map(|logout| logout.known.saturating_duration_since(logout.acknowledged));
        Ok(Self {
            from_commit: Distribution::of(since_commit)?,
            from_acknowledgement: Distribution::of(since_answer)?,
        })
    }
}

impl Distribution {
    fn of(delays: impl Iterator<Item = Duration>) -> Result<Self> {
        let mut nanoseconds = delays
            .map(|delay| Ok(u64::try_from(delay.as_nanos())?))
            .collect::<Result<Vec<_>>>()?;
        nanoseconds.sort_unstable();
        let at = |percent| -> Result<f64> {
            Ok(percentile(&nanoseconds, percent)? / MICROSECONDS_PER_MILLISECOND)
        };
        Ok(Self {
            median: at(50)?,
            p99: at(99)?,
            greatest: at(100)?,
        })
    }
}

/// The one that we measure with, and the one that PostgreSQL tells, read at the same time.
struct Clocks {
    ours: Instant,
    since_epoch: Duration,
}

impl Clocks {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is compared with what PostgreSQL noted by it"
    )]
    fn read() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            ours: Instant::now(),
            since_epoch: since_epoch.unwrap_or_default(),
        }
    }

    fn since_epoch(&self, past: Instant) -> Duration {
        self.since_epoch
            .saturating_sub(self.ours.saturating_duration_since(past))
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn who_knew_before_the_answer_counts_as_nothing() -> Result<()> {
        let clocks = Clocks {
            ours: Instant::now(),
            since_epoch: Duration::from_secs(1000),
        };
        let committed = clocks.ours.checked_sub(Duration::from_millis(20));
        let committed = committed.context("the machine runs for longer")?;
        let logouts = [0, 5, 10].map(|milliseconds| Logout {
            acknowledged: committed + Duration::from_millis(milliseconds),
            known: committed + Duration::from_millis(7),
        });
        let commits = [Duration::from_millis(999_980); 3];
        let delays = Delays::by(&clocks, &logouts, &commits)?;
        let told = |of: &Distribution| [of.median, of.greatest].map(|delay| delay.to_string());
        assert_eq!(told(&delays.from_acknowledgement), ["2", "7"]);
        assert_eq!(told(&delays.from_commit), ["7", "7"]);
        Ok(())
    }
}
