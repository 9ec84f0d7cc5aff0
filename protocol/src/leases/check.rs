//! A check: what it looks at, and in which order.

use std::fmt::{self, Display, Formatter};

use super::state::{Check, Logout, Process, State};
use super::{Leases, Rule};
use crate::rules::{Rules, when};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Lease,
    Copy,
}

/// "Look at the lease first, then at the copy."
pub(super) fn looks(rules: Rules<Rule>) -> Vec<Look> {
    if !rules.keep(Rule::LeaseAtEachCheck) {
        vec![Look::Copy]
    } else if !rules.keep(Rule::LeaseBeforeCopy) {
        vec![Look::Copy, Look::Lease]
    } else {
        vec![Look::Lease, Look::Copy]
    }
}

impl Leases {
    /// It starts after the acknowledgement, with its first look. Looks that end in a question to the
    /// ledger, or in a refusal, change nothing here: only those that go on are followed.
    pub(super) fn begin_check(&self, state: &mut State, who: usize, logout: usize) -> Option<()> {
        when(state.logouts[logout] == Logout::Acknowledged)?;
        // One at a time will do: checks change nothing, and one is enough to break the promise.
        when(
            state
                .processes
                .iter()
                .all(|other| other.check == Check::None),
        )?;
        let process = &mut state.processes[who];
        when(self.answers(process) && !process.is_asleep)?;
        process.check = Check::Running {
            logout: u8::try_from(logout).expect("logouts are few"),
            looks: 0,
        };
        self.look_on(state, who)?;
        when(state.processes[who].check != Check::None)
    }

    pub(super) fn look_on(&self, state: &mut State, who: usize) -> Option<()> {
        let process = &mut state.processes[who];
        let look = self.next_look(process)?;
        let Check::Running { logout, looks } = process.check else {
            return None;
        };
        let is_fine = match look {
            Look::Lease => process.left > 0,
            Look::Copy => !process.copy.has(logout.into()),
        };
        let looks = looks + 1;
        process.check = if !is_fine {
            Check::None
        } else if usize::from(looks) == self.looks.len() {
            Check::Accepted
        } else {
            Check::Running { logout, looks }
        };
        Some(())
    }

    pub(super) fn next_look(&self, process: &Process) -> Option<Look> {
        match process.check {
            Check::Running { looks, .. } => Some(self.looks[usize::from(looks)]),
            Check::None | Check::Accepted => None,
        }
    }
}

impl Display for Look {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Lease => "is its lease in force?",
            Self::Copy => "is the row missing in its copy?",
        })
    }
}
