//! Marks of one kind, each under the id that tells it from others of its kind, and when they are due to be forgotten.

use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;
use papaya::{Compute, HashMap, LocalGuard, Operation};
use seize::Collector;
use time::OffsetDateTime;

use super::due::Due;
use crate::model::revocation::{Entry, Position};
use crate::model::session::EndReason;
use crate::model::swept::Swept;

/// A map that readers never wait for. What it is keyed by is drawn by servers: nobody chooses
/// names that collide, and seven look-ups are made for each request, so the hash is a fast one.
pub(super) struct Marked<K> {
    entries: HashMap<K, Packed, RandomState>,
    due: Due<K>,
}

impl<K: Copy + Eq + Hash + Send + 'static> Marked<K> {
    pub(super) fn new(collector: &Arc<Collector>) -> Self {
        let entries = HashMap::builder().shared_collector(Arc::clone(collector));
        Self {
            entries: entries.hasher(RandomState::default()).build(),
            due: Due::default(),
        }
    }

    /// `guard` is of the collector.
    pub(super) fn get(&self, key: &K, guard: &LocalGuard<'_>) -> Option<Entry> {
        self.entries.get(key, guard).map(|packed| packed.entry())
    }

    pub(super) fn take(&self, key: K, entry: Entry) {
        let new = Packed::of(entry);
        let entries = self.entries.pin();
        // By itself the map fills up to where a look-up that finds nothing, as nearly all do, has
        // to look at dozens of places.
        entries.reserve(1);
        let taken = entries.compute(key, |known| match known {
            None => Operation::Insert(new),
            Some((_, known)) => match Packed::of(known.entry().merge(entry)) {
                same if same == *known => Operation::Abort(()),
                merged => Operation::Insert(merged),
            },
        });
        // After it is there: whoever finds it due finds it.
        match taken {
            Compute::Inserted(_, new) => self.due.note(new.expires_at_seconds(), key),
            Compute::Updated {
                old: (_, old),
                new: (_, new),
            } if old.expires_at_seconds() != new.expires_at_seconds() => {
                self.due.note(new.expires_at_seconds(), key);
            }
            Compute::Updated { .. } | Compute::Removed(..) | Compute::Aborted(()) => {}
        }
    }

    /// Looks at what is due, and at nothing else: there may be millions of others.
    pub(super) fn forget(&self, swept: Swept) {
        let entries = self.entries.pin();
        for (expires_at_seconds, keys) in self.due.until(swept.until) {
            for key in keys {
                let kept = entries.remove_if(&key, |_, packed| swept.covers(&packed.entry()));
                // One that expires later by now was noted again.
                if let Err((_, packed)) = kept
                    && packed.expires_at_seconds() == expires_at_seconds
                {
                    self.due.note(expires_at_seconds, key);
                }
            }
        }
    }
}

/// An entry in 16 bytes: millions are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Packed {
    position: i64,
    /// Microseconds since 1970-01-01, of which there are 56 bits, and the reason.
    expiry_and_reason: i64,
}

const REASON_BITS: u32 = 8;

/// The microseconds of 800 years before 1970-01-01, and after: whatever is beyond is as good as that.
const MICROSECONDS: std::ops::RangeInclusive<i64> = -(1 << 54)..=1 << 54;

impl Packed {
    fn of(entry: Entry) -> Self {
        let microseconds = entry.expires_at.unix_timestamp_nanos().div_euclid(1000);
        let microseconds = i64::try_from(microseconds).unwrap_or(i64::MAX);
        let microseconds = microseconds.clamp(*MICROSECONDS.start(), *MICROSECONDS.end());
        Self {
            position: entry.position.0,
            expiry_and_reason: microseconds << REASON_BITS | entry.reason as i64,
        }
    }

    fn entry(self) -> Entry {
        let nanoseconds = i128::from(self.expiry_and_reason >> REASON_BITS) * 1000;
        let reason = usize::from(self.expiry_and_reason.to_le_bytes()[0]);
        Entry {
            position: Position(self.position),
            reason: EndReason::ALL[reason],
            expires_at: OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
                .expect("800 years are within the calendar"),
        }
    }

    const fn expires_at_seconds(self) -> i64 {
        (self.expiry_and_reason >> REASON_BITS).div_euclid(1_000_000)
    }
}
