//! What a look at Redis means: whether it can be believed, and what is to be done if not.

use std::time::Duration;

use crate::model::index_state::{Epoch, Identity, IndexState};
use crate::store::index::IndexError;
use crate::store::redis::certification::Probe;
use crate::teeth::{Safeguard, lacks};

/// How much longer than a lease somebody else may take from wanting a server to be trusted to putting
/// a marker there.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pauses of a process whose servers don't stay trusted, so that a way to Redis that is cut for one of
/// several does not keep all of them making indexes.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long a server waits that was trusted before the one that is trusted now.
const FIRST_DEFERENCE: Duration = Duration::from_secs(30);
const LONGEST_DEFERENCE: Duration = Duration::from_mins(15);

/// What this process remembers from one look to the next.
#[derive(Default)]
pub(super) struct Watch {
    /// The epoch, and since when it stands, as [`crate::clock::Clock::boot`] counts.
    seen: Option<(Epoch, Duration)>,
    /// When a server may be nominated again.
    not_before: Duration,
    pause: Duration,
    /// How long a server that was superseded is held back, if that has happened before.
    deference: Duration,
    /// The epoch in which this process itself did not get a server trusted.
    given_up: Option<Epoch>,
    /// Why Redis is away.
    error: Option<IndexError>,
}

/// How Redis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Trusted,
    /// Somebody makes its index, or will soon.
    InTheMaking,
    /// Only a master has all rows.
    Replica,
    /// The server was trusted, and then another one was: it still calls itself a master.
    Superseded,
    /// It may drop what it is to keep.
    Evicting,
    /// So may it, since its clock is ahead.
    Ahead,
    Away,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Nothing(Standing),
    /// The certificate alone is gone: nobody believes that server meanwhile.
    MakeInPlace,
    Nominate(Identity),
    /// Redis is not fit.
    Distrust(Standing),
}

impl Watch {
    /// Whether the server's clock is ahead of this machine's. Leases are this long, and it is now, as [`crate::clock::Clock::boot`] counts.
    pub(super) fn judge(
        &mut self,
        state: &IndexState,
        probe: &Probe,
        is_ahead: bool,
        lease: Duration,
        now: Duration,
    ) -> Task {
        let since = self.note(state.epoch, now);
        let is_certified = !probe.has_evicted
            && probe.certificate.is_some()
            && probe.certificate == state.certificate();
        let Some(identity) = probe.identity else {
            return Task::Nothing(Standing::Replica);
        };
        let is_own = state.identity == Some(identity) || lacks(Safeguard::Identity);
        if let Some(standing) = unfit(probe, is_ahead) {
            return if is_own {
                Task::Distrust(standing)
            } else {
                Task::Nothing(standing)
            };
        }
        let is_soon = now < since + lease + PATIENCE && self.given_up != Some(state.epoch);
        match (is_own, state.is_trusted) {
            (true, true) if is_certified => {
                self.settle(now, since);
                Task::Nothing(Standing::Trusted)
            }
            (true, true) if probe.is_marked => Task::Nothing(Standing::InTheMaking),
            (true, true) => Task::MakeInPlace,
            // Somebody is at it, unless he died.
            (_, false) if state.identity.is_some() && (probe.is_marked || is_soon) => {
                Task::Nothing(Standing::InTheMaking)
            }
            (false, true) if is_superseded(state, probe, identity) => {
                self.wait_superseded(identity, now, since)
            }
            _ => self.nominate(identity, now),
        }
    }

    /// Nobody else is at it, but who raised the epoch to this.
    pub(super) fn give_up(&mut self, epoch: Epoch) {
        self.given_up = Some(epoch);
    }

    /// Redis did not answer, and why.
    pub(super) fn note_away(&mut self, error: IndexError) -> Standing {
        self.error = Some(error);
        Standing::Away
    }

    pub(super) fn take_error(&mut self) -> Option<IndexError> {
        self.error.take()
    }

    /// Since when the epoch stands.
    fn note(&mut self, epoch: Epoch, now: Duration) -> Duration {
        match self.seen {
            Some((seen, since)) if seen == epoch => since,
            _ => {
                self.seen = Some((epoch, now));
                now
            }
        }
    }

    fn nominate(&mut self, identity: Identity, now: Duration) -> Task {
        if now < self.not_before {
            return Task::Nothing(Standing::InTheMaking);
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.not_before = now + self.pause;
        Task::Nominate(identity)
    }

    /// Two processes that each meet a master of their own would take the trust from each other without end: the
    /// one whose master was trusted first waits, each time for longer. Not for ever: the other one may be
    /// gone for good.
    fn wait_superseded(&mut self, identity: Identity, now: Duration, since: Duration) -> Task {
        if now < since + self.deference.max(FIRST_DEFERENCE) {
            return Task::Nothing(Standing::Superseded);
        }
        self.deference = (self.deference * 2).clamp(2 * FIRST_DEFERENCE, LONGEST_DEFERENCE);
        self.nominate(identity, now)
    }

    /// What stays trusted may be lost again, and is made again at once.
    fn settle(&mut self, now: Duration, since: Duration) {
        if now > since + LONGEST_PAUSE {
            self.pause = Duration::ZERO;
        }
    }
}

/// Why a server must not be trusted, whatever it has.
fn unfit(probe: &Probe, is_ahead: bool) -> Option<Standing> {
    if probe.policy == Probe::POLICY {
        is_ahead.then_some(Standing::Ahead)
    } else {
        Some(Standing::Evicting)
    }
}

/// Whether this server was trusted before another one is now.
fn is_superseded(state: &IndexState, probe: &Probe, identity: Identity) -> bool {
    probe
        .certificate
        .is_some_and(|own| own.identity == identity && own.epoch < state.epoch)
}

#[cfg(test)]
mod tests;
