//! What a logout does: its commit, its write to Redis, and what it does instead.

use super::action::Move;
use super::node::number;
use super::state::{Epoch, Known, Logout, Role, State};
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
            (Move::ReadState, Logout::Committed) => Logout::Knows(self.known(state)),
            (Move::ReadState, Logout::NotBegun) => {
                when(!self.rules.keep(Rule::ReadStateAfterCommit))?;
                Logout::Foreknows(self.known(state))
            }
            (Move::Write(server), _) => self.write(state, logout, server)?,
            (Move::AskIdentity(server), _) => self.ask_identity(state, logout, server)?,
            // For whatever reason, and whenever: a cut, a time-out, somebody else's server.
            (
                Move::FailToWrite,
                Logout::Knows(known) | Logout::Asked(known, _) | Logout::Wrote(known, _),
            ) => self.distrust(state, known),
            (Move::Acknowledge, Logout::Waiting { left, epoch }) => {
                when(left == 0 || self.have_confirmed(state, epoch))?;
                Logout::Acknowledged
            }
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
            let epoch = known.epoch;
            Logout::Waiting { left, epoch }
        }
    }

    /// "Couldn't write: raise the epoch and set it untrusted, *even if it is already*; wait one lease".
    fn distrust(&self, state: &mut State, known: Known) -> Logout {
        let is_needed = state.index.is_trusted || self.rules.keep(Rule::RaiseEvenIfUntrusted);
        if is_needed && self.rules.keep(Rule::Distrust) {
            state.raise_epoch(0);
        }
        if self.rules.keep(Rule::WaitAfterDistrust) {
            let left = self.bounds.lease;
            let epoch = if self.rules.keep(Rule::ConfirmedTheRaise) {
                state.index.epoch
            } else {
                known.epoch
            };
            Logout::Waiting { left, epoch }
        } else {
            Logout::Acknowledged
        }
    }

    /// The epoch is of use only to who waits for it.
    fn known(&self, state: &State) -> Known {
        let index = state.index;
        let may_wait_for_it = !index.is_trusted || !self.rules.keep(Rule::ConfirmedTheRaise);
        Known {
            epoch: if may_wait_for_it { index.epoch } else { 0 },
            identity: index.identity,
            is_trusted: index.is_trusted,
        }
    }

    /// Who waits for a lease needn't, where the holder goes by that epoch, or by a later one.
    pub(super) fn have_confirmed(&self, state: &State, epoch: Epoch) -> bool {
        let holders = &state.nodes[..self.bounds.nodes];
        holders.iter().all(|node| node.confirmed >= epoch)
    }
}
