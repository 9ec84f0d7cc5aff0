//! What a process does: its lease, its copy, and its end.

use super::action::Act;
use super::state::{Awaited, Check, LeaseRow, Phase, Process, Renewal, RowStatus, State};
use super::{Leases, Rule};
use crate::ledger::{MOST_LOGOUTS, Rows, position_of};
use crate::rules::when;

/// What comes between the noted clock and the lease that counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Row,
    Ledger,
}

impl Leases {
    pub(super) fn act(&self, state: &mut State, who: usize, act: Act) -> Option<()> {
        let Process {
            phase, is_asleep, ..
        } = state.processes[who];
        match act {
            Act::Start => {
                when(phase == Phase::Down)?;
                start_as_new(&mut state.processes[who]);
            }
            Act::Wake => {
                when(is_asleep)?;
                state.processes[who].is_asleep = false;
            }
            _ if is_asleep => return None,
            Act::LookOn => self.look_on(state, who)?,
            Act::FinishStopping => {
                when(phase == Phase::Stopping)?;
                state.processes[who] = Process::down(state.processes[who].length);
            }
            _ if phase != Phase::Up => return None,
            Act::NoteClock => note_clock(&mut state.processes[who])?,
            Act::CommitRow => self.commit_row(state, who)?,
            Act::ReadLedger => self.read_ledger(state, who)?,
            Act::Apply => self.apply(&mut state.processes[who])?,
            Act::GiveUpRenewal => {
                when(state.processes[who].renewal != Renewal::Idle)?;
                state.processes[who].renewal = Renewal::Idle;
            }
            Act::HearOfRow => self.hear_of_row(state, who)?,
            Act::Confirm => self.confirm(state, who)?,
            Act::BeginToStop => self.begin_to_stop(state, who)?,
            Act::Crash => crash(state, who)?,
            Act::Sleep => {
                state.faults.sleeps.take()?;
                state.processes[who].is_asleep = true;
            }
        }
        Some(())
    }

    /// "Commit the lease row." It finds out what became of the row meanwhile.
    fn commit_row(&self, state: &mut State, who: usize) -> Option<()> {
        let process = &mut state.processes[who];
        process.renewal = self.get_on(process.renewal, Half::Row, Rows::NONE)?;
        if !self.rules.keep(Rule::OnlyThenItCounts)
            && let Some(&mut left) = process.renewal.left()
        {
            process.left = left;
        }
        let row = self.row_of(state, who);
        match row.status {
            RowStatus::Absent => row.status = RowStatus::Live,
            RowStatus::Live => {
                row.seen = None;
                for awaited in &mut row.awaited {
                    if let Awaited::Until { was_renewed, .. } = awaited {
                        *was_renewed = true;
                    }
                }
            }
            RowStatus::Lost => self.start_over(&mut state.processes[who]),
        }
        Some(())
    }

    /// "A node that finds its row lost starts as new."
    fn start_over(&self, process: &mut Process) {
        if !self.rules.keep(Rule::LostStartsAsNew) {
            return;
        }
        let Process { copy, applied, .. } = *process;
        start_as_new(process);
        if !self.rules.keep(Rule::LostStartsEmpty) {
            process.copy = copy;
            process.applied = applied;
        }
    }

    /// "Read the ledger up to now": what is greater than the last it saw.
    fn read_ledger(&self, state: &mut State, who: usize) -> Option<()> {
        let ledger = state.ledger();
        let process = &mut state.processes[who];
        let is_needed = process.left == 0 || self.rules.keep(Rule::LedgerAtEachRenewal);
        let read = (0..self.bounds.logouts)
            .filter(|&logout| is_needed && ledger.has(logout))
            .filter(|&logout| position_of(logout) > process.applied)
            .collect();
        process.renewal = self.get_on(process.renewal, Half::Ledger, read)?;
        Some(())
    }

    /// "Commit the lease row; read the ledger": in this order, or in the other.
    fn get_on(&self, renewal: Renewal, half: Half, read: Rows) -> Option<Renewal> {
        let first = if self.rules.keep(Rule::RowBeforeLedger) {
            Half::Row
        } else {
            Half::Ledger
        };
        match renewal {
            Renewal::Noted { left } if half == first => Some(Renewal::HalfDone { left, read }),
            Renewal::HalfDone { left, read: before } if half != first => {
                let read = read.and(before);
                Some(Renewal::Done { left, read })
            }
            _ => None,
        }
    }

    /// "And apply it. Only then does the lease count, from the noted clock."
    fn apply(&self, process: &mut Process) -> Option<()> {
        let Renewal::Done { left, read } = process.renewal else {
            return None;
        };
        process.learn(read);
        process.renewal = Renewal::Idle;
        process.left = if self.rules.keep(Rule::LeaseFromNotedClock) {
            left
        } else {
            process.length
        };
        Some(())
    }

    /// "The feed [..] only makes this fast": it may bring a row at any time, or never.
    fn hear_of_row(&self, state: &mut State, who: usize) -> Option<()> {
        let ledger = state.ledger();
        let process = &mut state.processes[who];
        let is_new = |&logout: &usize| position_of(logout) > process.applied && ledger.has(logout);
        let mut rows = 0..MOST_LOGOUTS;
        let heard = if self.rules.keep(Rule::NoGaps) {
            rows.find(is_new)?
        } else {
            rows.rfind(is_new)?
        };
        process.learn(Rows::of(heard));
        Some(())
    }

    /// "Confirm a position after applying it."
    fn confirm(&self, state: &mut State, who: usize) -> Option<()> {
        let process = state.processes[who];
        let seen = match process.renewal {
            Renewal::Done { read, .. } if !self.rules.keep(Rule::ConfirmAfterApplying) => {
                process.applied.max(read.greatest())
            }
            _ => process.applied,
        };
        let row = self.row_of(state, who);
        when(row.status == RowStatus::Live && row.confirmed < seen)?;
        row.confirmed = seen;
        Some(())
    }

    pub(super) fn answers(&self, process: &Process) -> bool {
        match process.phase {
            Phase::Down => false,
            Phase::Up => true,
            Phase::Stopping => !self.rules.keep(Rule::StopAnsweringFirst),
        }
    }

    /// "First stop answering, then delete the row." Or the other way round.
    fn begin_to_stop(&self, state: &mut State, who: usize) -> Option<()> {
        state.faults.stops.take()?;
        let process = &mut state.processes[who];
        process.phase = Phase::Stopping;
        process.renewal = Renewal::Idle;
        if self.rules.keep(Rule::StopAnsweringFirst) {
            process.check = Check::None;
            process.left = 0;
        } else {
            process.row = LeaseRow::default();
        }
        Some(())
    }

    /// The row that a process writes.
    fn row_of<'s>(&self, state: &'s mut State, who: usize) -> &'s mut LeaseRow {
        let is_of_that_host = who == 0 || who + 1 == self.bounds.processes;
        let shares = is_of_that_host && !self.rules.keep(Rule::RandomId);
        &mut state.processes[if shares { 0 } else { who }].row
    }
}

impl Process {
    /// Not running, and without a row.
    pub(super) fn down(length: u8) -> Self {
        Self {
            length,
            ..Self::default()
        }
    }

    fn learn(&mut self, rows: Rows) {
        self.copy = self.copy.and(rows);
        self.applied = self.applied.max(rows.greatest());
    }
}

/// With a new random id: no row goes by it. A row that was there before belonged to a process that is
/// no more; others could only wait for it, and so it is left out of what follows.
fn start_as_new(process: &mut Process) {
    *process = Process {
        phase: Phase::Up,
        ..Process::down(process.length)
    };
}

fn note_clock(process: &mut Process) -> Option<()> {
    when(process.renewal == Renewal::Idle)?;
    process.renewal = Renewal::Noted {
        left: process.length,
    };
    Some(())
}

/// The row stays: nobody deletes it.
fn crash(state: &mut State, who: usize) -> Option<()> {
    state.faults.crashes.take()?;
    let Process { length, row, .. } = state.processes[who];
    state.processes[who] = Process {
        row,
        ..Process::down(length)
    };
    Some(())
}
