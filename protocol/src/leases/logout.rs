//! What a logout does: its commit, and its wait for every lease.

use super::action::Move;
use super::state::{Awaited, Logout, Process, RowStatus, State};
use super::{Leases, Rule};
use crate::ledger::{Ticks, position_of};
use crate::rules::when;

impl Leases {
    pub(super) fn proceed(&self, state: &mut State, logout: usize, what: Move) -> Option<()> {
        let before = state.logouts[logout];
        state.logouts[logout] = match what {
            Move::TakePosition => {
                when(before == Logout::NotBegun && self.may_take_position(state, logout))?;
                if !self.rules.keep(Rule::LeaseRowsAfterCommit) {
                    self.read_lease_rows(state, logout);
                }
                Logout::HasPosition
            }
            Move::Commit => {
                when(before == Logout::HasPosition)?;
                if !self.rules.keep(Rule::WaitForLeases) {
                    Logout::Acknowledged
                } else if self.rules.keep(Rule::LeaseRowsAfterCommit) {
                    Logout::Committed
                } else {
                    Logout::Waiting
                }
            }
            Move::ReadLeaseRows => {
                when(before == Logout::Committed)?;
                self.read_lease_rows(state, logout);
                Logout::Waiting
            }
            Move::MarkLost(process) => {
                when(before == Logout::Waiting)?;
                self.mark_lost(&mut state.processes[process], logout)?;
                before
            }
            Move::Acknowledge => {
                when(before == Logout::Waiting)?;
                let is_over = |process: &Process| self.need_not_wait(process, logout);
                when(state.processes.iter().all(is_over))?;
                forget_lease_rows(state, logout);
                Logout::Acknowledged
            }
            Move::Die => {
                when(matches!(before, Logout::Committed | Logout::Waiting))?;
                state.faults.deaths.take()?;
                forget_lease_rows(state, logout);
                Logout::Dead
            }
            Move::AskAgain => {
                when(before == Logout::Dead)?;
                if self.rules.keep(Rule::AskAgain) {
                    Logout::Committed
                } else {
                    Logout::Acknowledged
                }
            }
        };
        Some(())
    }

    /// The counter row is locked until the commit. (Logouts are all alike, so that they may as well
    /// take their positions in the order of their names.)
    fn may_take_position(&self, state: &State, logout: usize) -> bool {
        let is_free = |before: &Logout| match before {
            Logout::NotBegun => false,
            Logout::HasPosition => !self.rules.keep(Rule::PositionsInOrder),
            _ => true,
        };
        state.logouts[..logout].iter().all(is_free)
    }

    fn read_lease_rows(&self, state: &mut State, logout: usize) {
        for process in &mut state.processes {
            process.row.awaited[logout] = match process.row.status {
                RowStatus::Live => Awaited::Until {
                    left: process.row.seen.unwrap_or(self.patience(process)),
                    was_renewed: false,
                },
                RowStatus::Absent | RowStatus::Lost => Awaited::No,
            };
        }
    }

    pub(super) fn look_at_lease_rows(&self, state: &mut State) -> Option<()> {
        when(!self.rules.keep(Rule::SinceThatReading))?;
        for process in &mut state.processes {
            if process.row.status == RowStatus::Live {
                let patience = self.patience(process);
                process.row.seen.get_or_insert(patience);
            }
        }
        Some(())
    }

    /// "Its length plus 1%", which is as much as clocks may differ.
    fn patience(&self, process: &Process) -> Ticks {
        let length = if self.rules.keep(Rule::ItsOwnLength) {
            process.length
        } else {
            self.bounds.lease
        };
        if self.rules.keep(Rule::PlusOnePercent) {
            length + self.bounds.faults.missed_ticks
        } else {
            length
        }
    }

    /// "Wait for each until it has confirmed, or until its length [..] has passed."
    fn need_not_wait(&self, process: &Process, logout: usize) -> bool {
        let is_over = match process.row.awaited[logout] {
            Awaited::No => true,
            Awaited::Until { left, .. } => left == 0 && self.rules.keep(Rule::NoLongerThanTheLease),
        };
        is_over
            || process.row.status != RowStatus::Live
            || process.row.confirmed >= position_of(logout)
    }

    /// "Then mark it lost by compare-and-set on its renewal count." It may be late, or not come
    /// at all: the acknowledgement doesn't depend on it.
    fn mark_lost(&self, process: &mut Process, logout: usize) -> Option<()> {
        let Awaited::Until {
            left: 0,
            was_renewed,
        } = process.row.awaited[logout]
        else {
            return None;
        };
        when(process.row.status == RowStatus::Live)?;
        when(process.row.confirmed < position_of(logout))?;
        when(!was_renewed || !self.rules.keep(Rule::LostByCompareAndSet))?;
        process.row.status = RowStatus::Lost;
        Some(())
    }
}

fn forget_lease_rows(state: &mut State, logout: usize) {
    for process in &mut state.processes {
        process.row.awaited[logout] = Awaited::No;
    }
}
