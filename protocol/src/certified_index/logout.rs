//! What a logout does: its commit, its write to Redis, and what it does instead.

use super::action::Move;
use super::node::number;
use super::state::{Known, Logout, Role, State};
use super::{CertifiedIndex, Rule};
use crate::ledger::Rows;
use crate::rules::when;

impl CertifiedIndex {
    pub(super) fn proceed(&self, state: &mut State, logout: usize, what: Move) -> Option<()> {
        let before = state.logouts[logout];
        // Logouts are all alike: they may as well begin in the order of their names.
        let has_begun = |earlier: &Logout| *earlier != Logout::NotBegun;
        when(state.logouts[..logout].iter().all(has_begun))?;
        state.logouts[logout] = match (what, before) {
            (Move::Commit, Logout::NotBegun) => {
                when(self.rules.keep(Rule::ReadStateAfterCommit))?;
                when(self.rules.keep(Rule::WriteAfterCommit))?;
                Logout::Committed
            }
            (Move::Commit, Logout::Foreknows(known)) => Logout::Knows(known),
            (Move::Commit, Logout::WroteEarly) => Logout::Committed,
            (Move::RollBack, Logout::WroteEarly) => Logout::RolledBack,
            (Move::ReadState, Logout::Committed) => Logout::Knows(known(state)),
            (Move::ReadState, Logout::NotBegun) => {
                when(!self.rules.keep(Rule::ReadStateAfterCommit))?;
                Logout::Foreknows(known(state))
            }
            (Move::Write(server), _) => self.write(state, logout, server)?,
            (Move::AskIdentity(server), _) => self.ask_identity(state, logout, server)?,
            // For whatever reason, and whenever: a cut, a time-out, somebody else's server.
            (Move::FailToWrite, Logout::Knows(_) | Logout::Asked(..) | Logout::Wrote(..)) => {
                self.distrust(state)
            }
            (Move::Acknowledge, Logout::Waiting { left: 0 }) => Logout::Acknowledged,
            (
                Move::Die,
                Logout::Committed
                | Logout::Knows(_)
                | Logout::Asked(..)
                | Logout::Wrote(..)
                | Logout::Waiting { .. },
            ) => {
                state.faults.deaths.take()?;
                Logout::Dead
            }
            (Move::AskAgain, Logout::Dead) => {
                if self.rules.keep(Rule::AskAgain) {
                    Logout::Committed
                } else {
                    Logout::Acknowledged
                }
            }
            _ => return None,
        };
        Some(())
    }

    /// Over a connection that may lead to any server. A replica takes no writes.
    fn write(&self, state: &mut State, logout: usize, server: usize) -> Option<Logout> {
        let to = &mut state.servers[server];
        when(to.role == Role::Master)?;
        let asks_behind = self.rules.keep(Rule::IdentityBehindWrite);
        let next = match state.logouts[logout] {
            Logout::Knows(known) if known.identity != 0 && asks_behind => {
                Logout::Wrote(known, number(server))
            }
            Logout::Asked(known, asked) if asked == number(server) => self.written(known),
            Logout::NotBegun if !self.rules.keep(Rule::WriteAfterCommit) => Logout::WroteEarly,
            _ => return None,
        };
        to.rows = to.rows.and(Rows::of(logout));
        let written = *to;
        let other = &mut state.servers[1 - server];
        if self.bounds.waits_for_replicas && other.role == Role::Replica {
            *other = self.copy_of(written, *other);
        }
        Some(next)
    }

    /// "Ask the identity behind the write."
    fn ask_identity(&self, state: &State, logout: usize, server: usize) -> Option<Logout> {
        let asks_behind = self.rules.keep(Rule::IdentityBehindWrite);
        let is_right = |known: Known| {
            !self.rules.keep(Rule::IdentityOfWrite)
                || self.is_certified(state.servers[server], known.identity)
        };
        match state.logouts[logout] {
            Logout::Wrote(known, wrote) if wrote == number(server) => {
                when(is_right(known))?;
                Some(self.written(known))
            }
            Logout::Knows(known) if known.identity != 0 && !asks_behind => {
                when(is_right(known))?;
                Some(Logout::Asked(known, number(server)))
            }
            _ => None,
        }
    }

    /// "Only a write that the certified instance of that epoch took counts." While it isn't trusted
    /// yet, leases on the one before may still run.
    fn written(&self, known: Known) -> Logout {
        if known.is_trusted || !self.rules.keep(Rule::OnlyCertifiedCounts) {
            Logout::Acknowledged
        } else {
            let left = self.bounds.lease;
            Logout::Waiting { left }
        }
    }

    /// "Couldn't write: raise the epoch and set it untrusted, *even if it is already*; wait one lease".
    fn distrust(&self, state: &mut State) -> Logout {
        let is_needed = state.index.is_trusted || self.rules.keep(Rule::RaiseEvenIfUntrusted);
        if is_needed && self.rules.keep(Rule::Distrust) {
            state.raise_epoch(0);
        }
        if self.rules.keep(Rule::WaitAfterDistrust) {
            let left = self.bounds.lease;
            Logout::Waiting { left }
        } else {
            Logout::Acknowledged
        }
    }
}

const fn known(state: &State) -> Known {
    Known {
        identity: state.index.identity,
        is_trusted: state.index.is_trusted,
    }
}
