//! The counters in this process's memory, which is bounded.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::store::counters::{
    Allowance, Bucket, BucketKind, Counters, CountersError, Receipt, Taken,
};

/// How many buckets of one kind are kept, some 20 MB of them. Each password that is looked at keeps
/// one for its interval: 290 in a second, for the default of a quarter of an hour.
const CAPACITY: usize = 1 << 18;

/// Buckets by what they are about. What one kind holds takes no place from another.
pub struct MemoryCounters {
    clock: Clock,
    shelves: Mutex<Shelves>,
}

type Shelves = [Shelf; BucketKind::ALL.len()];

/// Buckets of one kind that are not full, and when they will be: microseconds since 1970.
struct Shelf {
    capacity: usize,
    full_at: HashMap<[u8; 16], i64>,
    /// The same, the ones that are full soonest first.
    order: BTreeSet<(i64, [u8; 16])>,
}

impl MemoryCounters {
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let shelves = BucketKind::ALL.map(|_| Shelf::new(CAPACITY));
        Self {
            clock,
            shelves: Mutex::new(shelves),
        }
    }

    /// As [`Counters::take`], which here never fails.
    pub fn take_now(&self, buckets: &[Bucket]) -> Taken {
        let now = self.now();
        let mut kinds = self.lock();
        let mut receipts = Vec::with_capacity(buckets.len());
        let mut retry_after = Duration::ZERO;
        for bucket in buckets {
            let known = &mut kinds[bucket.kind as usize];
            known.forget_full(now);
            let full_at = known.full_at.get(&bucket.digest).copied();
            match take(bucket.allowance, full_at.unwrap_or(now), now) {
                Ok(full_at_microseconds) => receipts.push(Receipt {
                    bucket: *bucket,
                    full_at_microseconds,
                }),
                Err(wait) => retry_after = retry_after.max(wait),
            }
        }
        if !retry_after.is_zero() {
            return Taken::Nothing { retry_after };
        }
        for receipt in &receipts {
            let known = &mut kinds[receipt.bucket.kind as usize];
            known.put(receipt.bucket.digest, receipt.full_at_microseconds);
        }
        Taken::All(receipts)
    }

    /// As [`Counters::give_back`], which here never fails.
    pub fn give_back_now(&self, receipts: &[Receipt]) {
        let now = self.now();
        let mut kinds = self.lock();
        for Receipt {
            bucket,
            full_at_microseconds,
        } in receipts
        {
            let known = &mut kinds[bucket.kind as usize];
            let Some(full_at) = known.full_at.get(&bucket.digest) else {
                continue;
            };
            let interval = bucket.allowance.interval_microseconds();
            let outstanding = (full_at_microseconds - now).clamp(0, interval);
            known.put(bucket.digest, full_at - outstanding);
            known.forget_full(now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        let microseconds = self.clock.now().unix_timestamp_nanos() / 1000;
        i64::try_from(microseconds).unwrap_or(i64::MAX)
    }
}

#[async_trait]
impl Counters for MemoryCounters {
    async fn take(&self, buckets: &[Bucket]) -> Result<Taken, CountersError> {
        Ok(self.take_now(buckets))
    }

    async fn give_back(&self, receipts: &[Receipt]) -> Result<(), CountersError> {
        self.give_back_now(receipts);
        Ok(())
    }
}

/// When a bucket will be full if one is taken now; or, if it is empty, how long it is so.
fn take(allowance: Allowance, full_at: i64, now: i64) -> Result<i64, Duration> {
    let interval = allowance.interval_microseconds();
    let capacity = interval.saturating_mul(allowance.burst.into());
    // No emptier than empty: the clock may have been put back, or the burst made smaller.
    let full_at = full_at.clamp(now, now.saturating_add(capacity));
    let after = full_at.saturating_add(interval);
    match u64::try_from(after - now - capacity) {
        Err(_) | Ok(0) => Ok(after),
        Ok(wait) => Err(Duration::from_micros(wait)),
    }
}

impl Shelf {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            full_at: HashMap::new(),
            order: BTreeSet::new(),
        }
    }

    fn forget_full(&mut self, now: i64) {
        while let Some(&(full_at, digest)) = self.order.first()
            && full_at <= now
        {
            self.order.pop_first();
            self.full_at.remove(&digest);
        }
    }

    fn put(&mut self, digest: [u8; 16], full_at: i64) {
        if let Some(before) = self.full_at.insert(digest, full_at) {
            self.order.remove(&(before, digest));
        } else if self.full_at.len() > self.capacity {
            // The fullest makes place, so that many names tried once don't make forgotten which one was
            // tried often.
            let fullest = self.order.pop_first();
            self.full_at
                .remove(&fullest.expect("the shelf is not empty").1);
        }
        self.order.insert((full_at, digest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance {
        burst: 3,
        interval: Duration::from_micros(10),
    };

    #[test]
    fn a_bucket_holds_its_burst_and_gets_one_each_interval() {
        let taken = [100, 110, 120].map(Ok);
        assert_eq!(
            [90, 100, 110].map(|full_at| take(ALLOWANCE, full_at, 90)),
            taken
        );
        assert_eq!(
            take(ALLOWANCE, 120, 90),
            Err(Duration::from_micros(10)),
            "empty"
        );
        assert_eq!(take(ALLOWANCE, 120, 99), Err(Duration::from_micros(1)));
        assert_eq!(take(ALLOWANCE, 120, 100), Ok(130), "one came back");
        assert_eq!(take(ALLOWANCE, 120, 500), Ok(510), "no fuller than full");
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nobody_wait_longer_than_one_interval() {
        assert_eq!(
            take(ALLOWANCE, 1_000_000, 90),
            Err(Duration::from_micros(10))
        );
    }

    #[test]
    fn of_too_many_buckets_the_fullest_makes_place_and_never_the_newest() {
        let mut shelf = Shelf::new(3);
        for (digest, full_at) in [(1, 50), (2, 20), (3, 90), (4, 10)] {
            shelf.put([digest; 16], full_at);
        }
        let mut kept: Vec<_> = shelf.full_at.keys().map(|digest| digest[0]).collect();
        kept.sort_unstable();
        assert_eq!(kept, [1, 3, 4]);
        shelf.put([4; 16], 95);
        shelf.forget_full(90);
        assert_eq!(
            shelf.full_at.into_iter().collect::<Vec<_>>(),
            [([4; 16], 95)]
        );
        assert_eq!(shelf.order.len(), 1);
    }
}
