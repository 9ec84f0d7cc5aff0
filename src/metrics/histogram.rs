//! How long things take, counted in buckets without a lock: the library's histogram has a mutex,
//! and each request would take it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Durations, told in seconds.
#[derive(Clone, Debug)]
pub(super) struct Histogram(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bounds: &'static [Duration],
    /// One for each bound, of what took no longer and longer than the bound before; and the rest.
    counts: Box<[AtomicU64]>,
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// The bounds rise.
    pub(super) fn new(bounds: &'static [Duration]) -> Self {
        Self(Arc::new(Inner {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            nanoseconds: AtomicU64::new(0),
        }))
    }

    pub(super) fn observe(&self, taken: Duration) {
        let Inner {
            bounds,
            counts,
            nanoseconds,
        } = &*self.0;
        let bucket = bounds.partition_point(|bound| *bound < taken);
        counts[bucket].fetch_add(1, Ordering::Relaxed);
        let taken = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
        nanoseconds.fetch_add(taken, Ordering::Relaxed);
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let bounds = self.0.bounds.iter().map(Duration::as_secs_f64);
        let counts = self.0.counts.iter();
        let buckets: Vec<_> = bounds
            .chain([f64::INFINITY])
            .zip(counts.map(|count| count.load(Ordering::Relaxed)))
            .collect();
        // Of what was just read, so that it is the last bucket's, whatever is observed meanwhile.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.nanoseconds.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum.as_secs_f64(), count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(10)];

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let histogram = Histogram::new(&BOUNDS);
        for microseconds in [0, 1000, 1001, 10_000, 10_001, 5_000_000] {
            histogram.observe(Duration::from_micros(microseconds));
        }
        let counts: Vec<_> = histogram.0.counts.iter().collect();
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts.collect::<Vec<_>>(), [2, 2, 2]);
        let sum = histogram.0.nanoseconds.load(Ordering::Relaxed);
        assert_eq!(sum, 5_022_002_000);
    }

    #[test]
    fn what_many_threads_observe_at_once_is_all_there() {
        let histogram = Histogram::new(&BOUNDS);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        histogram.observe(Duration::from_millis(5));
                    }
                });
            }
        });
        assert_eq!(histogram.0.counts[1].load(Ordering::Relaxed), 40_000);
    }
}
