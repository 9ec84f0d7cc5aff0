//! What was heard of revocations, how far, and when.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::answer::Answer;
use crate::clock::whole;
use crate::index::{Index, Verdict};
use crate::token::Token;

/// More rows than this are not kept, and a ledger that has more is not followed: to drop one would be
/// to let somebody in.
const MAXIMUM_ROWS: usize = 1_000_000;

/// How often what concerns no living token is dropped, in seconds of the feed's time.
const SWEEP_SECONDS: f64 = 10.0;

/// How far our clock may be behind the database's. Further, and a token would live on here after
/// its revocation was rightly forgotten.
const CLOCK_TOLERANCE_SECONDS: f64 = 5.0;

/// How much later than its last token a row is dropped: with any leeway that token is over, then.
const LEEWAY_SECONDS: f64 = 5.0;

/// Whole numbers that every reader of JSON reads alike are no greater (RFC 8259, section 6).
const GREATEST: i64 = (1 << 53) - 1;

/// The longest name of a ledger.
const LONGEST_NAME: usize = 100;

/// Before everything.
const NOTHING: i64 = -1;

/// All that is known of revocations.
pub(crate) struct Heard {
    known: RwLock<Known>,
    /// Says when something was heard, and how far.
    news: watch::Sender<i64>,
}

struct Known {
    index: Index,
    ledger: Option<String>,
    position: i64,
    newest: Option<Moment>,
    swept_at: f64,
}

/// When we were told that there is no more.
#[derive(Clone, Copy)]
struct Moment {
    /// By our own clock that nobody sets.
    received: Instant,
    /// By the database's clock: seconds since 1970-01-01.
    time: f64,
}

/// What we can say of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opinion {
    Known(Verdict),
    /// It was issued at a position that we haven't heard of yet.
    Behind,
    /// What we know is too old.
    Outdated,
}

/// An answer that can't be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unbelievable {
    /// It is of another ledger than before: start over.
    AnotherLedger,
    /// It goes back behind what was heard, or has rows from beyond itself.
    OutOfOrder,
    /// Its numbers or names are none that a server tells.
    OutOfBounds,
    TooMany,
}

impl Heard {
    pub(crate) fn new() -> Self {
        let known = Known {
            index: Index::default(),
            ledger: None,
            position: NOTHING,
            newest: None,
            swept_at: 0.0,
        };
        Self {
            known: RwLock::new(known),
            news: watch::Sender::new(NOTHING),
        }
    }

    /// Learns an answer that came just now.
    pub(crate) fn learn(&self, answer: Answer, now: f64) -> Result<(), Unbelievable> {
        let position = answer.position;
        self.write().learn(answer, now)?;
        self.news.send_replace(position);
        Ok(())
    }

    /// The position is of a ledger that is no more. What was heard stays: nobody who was dead lives.
    pub(crate) fn start_over(&self) {
        let mut known = self.write();
        known.ledger = None;
        known.position = NOTHING;
        known.newest = None;
    }

    /// From where to go on: ledger and position.
    pub(crate) fn resumes(&self) -> Option<(String, i64)> {
        let known = self.read();
        known.ledger.clone().map(|ledger| (ledger, known.position))
    }

    /// What we know of a token, at that time of day.
    pub(crate) fn judge(&self, token: &Token, now: f64, bound: Duration) -> Opinion {
        let (rev, exp) = (token.claims.rev, token.claims.exp);
        let known = self.read();
        match known.index.judge(rev, exp, &token.marks) {
            // Nothing that is still to come makes that good again.
            no @ (Verdict::Dead(_) | Verdict::Stale | Verdict::Expired) => Opinion::Known(no),
            Verdict::Live if !known.is_current(now, bound) => Opinion::Outdated,
            Verdict::Live if rev > known.position => Opinion::Behind,
            Verdict::Live => Opinion::Known(Verdict::Live),
        }
    }

    pub(crate) fn is_key_revoked(&self, kid: &str) -> bool {
        self.read().index.is_key_revoked(kid)
    }

    pub(crate) fn is_current(&self, now: f64, bound: Duration) -> bool {
        self.read().is_current(now, bound)
    }

    /// Waits until something is heard that satisfies this, given how far it goes.
    pub(crate) async fn until(&self, mut is_enough: impl FnMut(i64) -> bool) {
        let mut news = self.news.subscribe();
        // That fails when the sender is gone, and we are the sender.
        let _ = news.wait_for(|position| is_enough(*position)).await;
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn learn(&mut self, answer: Answer, now: f64) -> Result<(), Unbelievable> {
        if self
            .ledger
            .as_ref()
            .is_some_and(|ledger| *ledger != answer.ledger)
        {
            return Err(Unbelievable::AnotherLedger);
        }
        if !is_sound(&answer) {
            return Err(Unbelievable::OutOfBounds);
        }
        let is_beyond = |position| position > answer.position;
        if is_beyond(self.position) || answer.revocations.iter().any(|row| is_beyond(row.position))
        {
            return Err(Unbelievable::OutOfOrder);
        }
        // Both clocks have to agree that a token is over: one that was wrong for a while would bring
        // the dead back.
        let time = answer.time.min(now);
        let count = self.index.len().saturating_add(answer.revocations.len());
        if time > self.swept_at + SWEEP_SECONDS || count > MAXIMUM_ROWS {
            self.index.forget_expired(whole(time - LEEWAY_SECONDS));
            self.swept_at = time;
        }
        if self.index.len().saturating_add(answer.revocations.len()) > MAXIMUM_ROWS {
            return Err(Unbelievable::TooMany);
        }
        for row in answer.revocations {
            self.index.learn(row);
        }
        if let Some(swept) = answer.swept {
            self.index.note_swept(swept);
        }
        self.ledger = Some(answer.ledger);
        self.position = answer.position;
        if !answer.more {
            self.newest = Some(Moment {
                received: Instant::now(),
                time: answer.time,
            });
        }
        Ok(())
    }

    /// Both clocks have to say so: the one that runs evenly stops while the machine sleeps, and the
    /// time of day can be set.
    fn is_current(&self, now: f64, bound: Duration) -> bool {
        self.newest.is_some_and(|newest| {
            let age = now - newest.time;
            newest.received.elapsed() <= bound
                && (-CLOCK_TOLERANCE_SECONDS..=bound.as_secs_f64()).contains(&age)
        })
    }
}

/// Whether all of it is within what a server tells, which every verifier of ours reads alike.
fn is_sound(answer: &Answer) -> bool {
    let swept = answer.swept.map(|swept| [swept.position, swept.exp]);
    let rows = answer.revocations.iter();
    let numbers = rows.flat_map(|row| [row.position, row.expires_at]);
    let numbers = numbers.chain(swept.into_iter().flatten());
    (1..=LONGEST_NAME).contains(&answer.ledger.len())
        && numbers
            .chain([answer.position])
            .all(|number| (0..=GREATEST).contains(&number))
}

#[cfg(test)]
mod tests;
