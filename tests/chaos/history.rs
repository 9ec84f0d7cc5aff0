//! What everybody did, and when: written by all, and held against the rules as it is written.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::call::{Call, Deed, Outcome, SessionNumber, Time, TokenNumber};
use crate::checker::{Checker, Violation};

pub(crate) struct History {
    origin: Instant,
    pages: Mutex<Pages>,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Pages {
    checker: Checker,
    calls: BTreeMap<(&'static str, &'static str), u64>,
    faults: BTreeMap<String, u64>,
    events: Vec<(Time, String)>,
    slowest_logout: Duration,
    failures: Vec<String>,
}

/// What a run came to.
pub(crate) struct Tally {
    pub lasted: Duration,
    pub calls: BTreeMap<(&'static str, &'static str), u64>,
    pub faults: BTreeMap<String, u64>,
    /// What the nemesis did, and when.
    pub events: Vec<(Time, String)>,
    pub slowest_logout: Duration,
    /// How long after a logout, at most, a sub-system let somebody in.
    pub latest: Duration,
    pub violations: Vec<Violation>,
    /// What went wrong with the run itself.
    pub failures: Vec<String>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            pages: Mutex::default(),
            is_over: AtomicBool::new(false),
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.origin.elapsed()
    }

    pub(crate) fn begin(&self, node: usize, deed: Deed) -> Call {
        let mut pages = self.pages();
        // Noted before anything is sent, and a moment too early at most.
        pages.checker.begin(self.now(), node, deed)
    }

    /// Notes what came of a call; says under which numbers the tokens are known that it brought.
    pub(crate) fn end(
        &self,
        call: Call,
        outcome: &Outcome,
    ) -> Option<(SessionNumber, TokenNumber)> {
        let mut pages = self.pages();
        // The time is taken here, so that calls are written in the order of their ends. It is a
        // moment too late at most: what was acknowledged earlier is only asked for later.
        let ended = self.now();
        let names = (call.deed.name(), outcome.name());
        *pages.calls.entry(names).or_default() += 1;
        if let (Deed::Logout(_), Outcome::Done(_)) = (call.deed, outcome) {
            pages.slowest_logout = pages.slowest_logout.max(ended.saturating_sub(call.begun));
        }
        let issued = pages.checker.end(call, ended, outcome);
        if !pages.checker.violations.is_empty() {
            self.finish();
        }
        issued
    }

    /// No sub-system can hear anything from now on, or each may again.
    pub(crate) fn silence(&self, is_silent: bool) {
        let mut pages = self.pages();
        let now = self.now();
        pages.checker.silence(now, is_silent);
    }

    /// Something that the nemesis did; faults are counted by kind.
    pub(crate) fn fault(&self, kind: &str, what: String) {
        let mut pages = self.pages();
        *pages.faults.entry(kind.to_owned()).or_default() += 1;
        let now = self.now();
        pages.events.push((now, what));
    }

    pub(crate) fn note(&self, what: String) {
        let now = self.now();
        self.pages().events.push((now, what));
    }

    /// The run itself went wrong: nothing can be told from it.
    pub(crate) fn fail(&self, why: String) {
        self.pages().failures.push(why);
        self.finish();
    }

    /// Nobody begins anything any more: the time is up, or a rule was broken.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    pub(crate) fn finish(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    pub(crate) fn is_broken(&self) -> bool {
        let pages = self.pages();
        !pages.checker.violations.is_empty() || !pages.failures.is_empty()
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut pages = self.pages();
        Tally {
            lasted: self.now(),
            calls: pages.calls.clone(),
            faults: pages.faults.clone(),
            events: pages.events.clone(),
            slowest_logout: pages.slowest_logout,
            latest: pages.checker.latest,
            failures: pages.failures.clone(),
            violations: std::mem::take(&mut pages.checker.violations),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
