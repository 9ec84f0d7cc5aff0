//! Answering from memory: processes whose copies of the ledger count while their leases do, and logouts that wait for those leases.

mod action;
mod cases;
mod check;
mod logout;
mod process;
mod rule;
mod state;

use std::fmt::{self, Display, Formatter};

pub use cases::{large, small};
pub use rule::Rule;

use crate::ledger::{Ticks, count_down};
use crate::rules::Rules;
use crate::search::Model;
use crate::times::Times;
use action::{Act, Action, Move};
use check::Look;
use state::{Awaited, Check, Faults, Logout, Phase, Process, RowStatus, State};

/// The protocol of section 6, within bounds, and perhaps without some of its rules.
pub(crate) struct Leases {
    rules: Rules<Rule>,
    bounds: Bounds,
    /// What a check looks at, by these rules.
    looks: Vec<Look>,
}

/// How large a world is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Processes that run, or may be started.
    pub(crate) processes: usize,
    /// Those of them that run at the start, with a lease.
    pub(crate) running: usize,
    pub(crate) logouts: usize,
    /// The length of a lease.
    pub(crate) lease: Ticks,
    /// By how much the first process's leases are longer.
    pub(crate) longer: Ticks,
    pub(crate) faults: Faults,
}

impl Leases {
    pub(crate) fn new(rules: Rules<Rule>, bounds: Bounds) -> Self {
        Self {
            rules,
            bounds,
            looks: check::looks(rules),
        }
    }
}

impl Model for Leases {
    type State = State;
    type Action = Action;

    fn start(&self) -> State {
        let mut state = State {
            faults: self.bounds.faults,
            ..State::default()
        };
        for (index, process) in self.processes(&mut state).iter_mut().enumerate() {
            let longer = if index == 0 { self.bounds.longer } else { 0 };
            *process = Process::down(self.bounds.lease + longer);
            if index < self.bounds.running {
                process.phase = Phase::Up;
                process.left = process.length;
                process.row.status = RowStatus::Live;
            }
        }
        state
    }

    fn actions(&self) -> Vec<Action> {
        let Bounds {
            processes, logouts, ..
        } = self.bounds;
        let mut actions = vec![Action::Tick, Action::Look];
        for process in 0..processes {
            actions.push(Action::TickWithout(process));
            actions.extend(Act::ALL.map(|act| Action::Process(process, act)));
            actions.extend((0..logouts).map(|logout| Action::Check(process, logout)));
        }
        for logout in 0..logouts {
            actions.extend(Move::OF_ITS_OWN.map(|what| Action::Logout(logout, what)));
            let marks = (0..processes).map(Move::MarkLost);
            actions.extend(marks.map(|what| Action::Logout(logout, what)));
        }
        actions
    }

    fn step(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::Tick => self.tick(&mut next, None),
            Action::TickWithout(process) => {
                next.faults.missed_ticks = next.faults.missed_ticks.checked_sub(1)?;
                self.tick(&mut next, Some(process));
            }
            Action::Look => self.look_at_lease_rows(&mut next)?,
            Action::Process(process, act) => self.act(&mut next, process, act)?,
            Action::Check(process, logout) => self.begin_check(&mut next, process, logout)?,
            Action::Logout(logout, what) => self.proceed(&mut next, logout, what)?,
        }
        Some(next)
    }

    /// Processes are all alike: their order says nothing. Nor does what nobody looks at again.
    fn canonical(&self, mut state: State) -> State {
        for process in self.processes(&mut state) {
            process.row.forget_what_is_over();
        }
        if self.rules.keep(Rule::RandomId) {
            self.processes(&mut state).sort_unstable();
        }
        state
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        let ledger = state.ledger();
        let accepted = |process: &Process| process.check == Check::Accepted;
        let refuses_others = |process: &Process| !process.copy.are_within(ledger);
        if state.processes.iter().any(accepted) {
            Some("a check that started after the acknowledgement is ACCEPTED")
        } else if state.processes.iter().any(refuses_others) {
            Some("a session that nobody ended is refused as ended")
        } else {
            None
        }
    }

    fn is_settled(&self, state: &State) -> bool {
        let is_done = |logout: &Logout| matches!(logout, Logout::NotBegun | Logout::Acknowledged);
        let answers = |process: &Process| {
            process.phase != Phase::Up || process.left > 0 && process.copy == state.ledger()
        };
        state.logouts.iter().all(is_done) && state.processes.iter().all(answers)
    }

    fn is_fault(&self, action: Action) -> bool {
        matches!(
            action,
            Action::TickWithout(_)
                | Action::Process(_, Act::Start | Act::Crash | Act::Sleep)
                | Action::Logout(_, Move::Die)
        )
    }

    fn tell(&self, before: &State, action: Action, after: &State) -> String {
        let look = match action {
            Action::Check(..) => self.looks.first().copied(),
            Action::Process(who, Act::LookOn) => self.next_look(&before.processes[who]),
            _ => None,
        };
        let acknowledged = |state: &State| {
            let is_it = |logout: &&Logout| **logout == Logout::Acknowledged;
            state.logouts.iter().filter(is_it).count()
        };
        let mut told = action.to_string();
        if matches!(action, Action::Process(_, Act::BeginToStop)) {
            told.push_str(if self.rules.keep(Rule::StopAnsweringFirst) {
                ", and stops answering"
            } else {
                ", and deletes its row"
            });
        }
        if let Some(look) = look {
            let is_fine = after
                .processes
                .iter()
                .any(|process| process.check != Check::None);
            let answer = if is_fine { "yes" } else { "no" };
            told = format!("{told}: {look} {answer}");
        }
        if acknowledged(after) > acknowledged(before) {
            told.push_str(": ACKNOWLEDGED");
        }
        told
    }
}

impl Leases {
    fn processes<'s>(&self, state: &'s mut State) -> &'s mut [Process] {
        &mut state.processes[..self.bounds.processes]
    }

    /// Time passes for everybody, by the clock of each.
    fn tick(&self, state: &mut State, slow: Option<usize>) {
        for (index, process) in state.processes.iter_mut().enumerate() {
            let stands_still = process.is_asleep && !self.rules.keep(Rule::ClockRunsInSleep);
            if !stands_still && slow != Some(index) {
                count_down(&mut process.left);
                if let Some(left) = process.renewal.left() {
                    count_down(left);
                }
            }
            if let Some(left) = &mut process.row.seen {
                count_down(left);
            }
            for awaited in &mut process.row.awaited {
                if let Awaited::Until { left, .. } = awaited {
                    count_down(left);
                }
            }
        }
    }
}

impl Display for Bounds {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Faults {
            crashes,
            sleeps,
            missed_ticks,
            deaths,
            stops,
        } = self.faults;
        let Self {
            processes,
            running,
            logouts,
            lease,
            ..
        } = self;
        write!(out, "processes={processes} running={running}")?;
        write!(out, " logouts={logouts} lease={lease}")?;
        for (name, number) in [("longer", self.longer), ("missed ticks", missed_ticks)] {
            if number > 0 {
                write!(out, " {name}={number}")?;
            }
        }
        for (name, number) in [
            ("crashes", crashes),
            ("sleeps", sleeps),
            ("deaths", deaths),
            ("stops", stops),
        ] {
            if number != Times::NEVER {
                write!(out, " {name}={number}")?;
            }
        }
        Ok(())
    }
}
