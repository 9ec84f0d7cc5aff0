//! Everything that processes, their lease rows and logouts can be in.

use crate::ledger::{MOST_LOGOUTS, Position, Rows, Ticks, position_of};
use crate::times::Times;

/// As many as the largest case has.
pub(crate) const MOST_PROCESSES: usize = 3;

/// All that can differ from one moment to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) processes: [Process; MOST_PROCESSES],
    pub(crate) logouts: [Logout; MOST_LOGOUTS],
    pub(crate) faults: Faults,
}

/// What may still go wrong, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    /// Processes that die.
    pub(crate) crashes: Times,
    /// Machines that go to sleep.
    pub(crate) sleeps: Times,
    /// Ticks that one process's clock misses: it runs slower than the others.
    pub(crate) missed_ticks: Ticks,
    /// Logouts that die between their commit and their acknowledgement.
    pub(crate) deaths: Times,
    /// Not a fault: processes that are told to stop.
    pub(crate) stops: Times,
}

/// A process that answers checks, with what it remembers and its row in SQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Process {
    pub(crate) phase: Phase,
    pub(crate) is_asleep: bool,
    /// How long its leases are.
    pub(crate) length: Ticks,
    /// What is left of its lease, by its own clock; 0 is none.
    pub(crate) left: Ticks,
    /// The rows of the ledger that its memory holds.
    pub(crate) copy: Rows,
    /// "The last I saw": what it asks the ledger from, and what it confirms.
    pub(crate) applied: Position,
    pub(crate) renewal: Renewal,
    pub(crate) check: Check,
    pub(crate) row: LeaseRow,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Not started yet, stopped, or dead.
    #[default]
    Down,
    Up,
    /// It was told to stop.
    Stopping,
}

/// How far a process is with taking or renewing its lease. What the lease would have left is counted
/// from the noted clock on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Renewal {
    #[default]
    Idle,
    /// The clock is noted.
    Noted { left: Ticks },
    /// The first of two things is done: the row is committed. (Or the ledger is read, without [`super::Rule::RowBeforeLedger`].)
    HalfDone { left: Ticks, read: Rows },
    /// The row is committed, and the ledger is read, but not yet applied.
    Done { left: Ticks, read: Rows },
}

impl Renewal {
    pub(crate) const fn left(&mut self) -> Option<&mut Ticks> {
        match self {
            Self::Idle => None,
            Self::Noted { left } | Self::HalfDone { left, .. } | Self::Done { left, .. } => {
                Some(left)
            }
        }
    }
}

/// A check of a token that one of the logouts concerns. It starts after that logout's
/// acknowledgement: others are no business of the promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Check {
    #[default]
    None,
    Running {
        logout: u8,
        /// How many looks were fine.
        looks: u8,
    },
    /// All of them were.
    Accepted,
}

/// A lease row, as SQL has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LeaseRow {
    pub(crate) status: RowStatus,
    pub(crate) confirmed: Position,
    /// How long it would be waited for, counted from when it was first seen as it is. Only without
    /// [`super::Rule::SinceThatReading`].
    pub(crate) seen: Option<Ticks>,
    /// What each logout that read this row knows of it.
    pub(crate) awaited: [Awaited; MOST_LOGOUTS],
}

impl LeaseRow {
    /// A row that isn't live is waited for by nobody, and one that has confirmed by nobody before.
    pub(crate) fn forget_what_is_over(&mut self) {
        if self.status != RowStatus::Live {
            self.confirmed = 0;
            self.seen = None;
            self.awaited = Default::default();
        }
        for (logout, awaited) in self.awaited.iter_mut().enumerate() {
            if self.confirmed >= position_of(logout) {
                *awaited = Awaited::No;
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum RowStatus {
    #[default]
    Absent,
    Live,
    /// Nobody waits for it any more.
    Lost,
}

/// Whether a logout waits for a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Awaited {
    #[default]
    No,
    Until {
        /// How long still, by the clock of the one that waits.
        left: Ticks,
        /// Whether the renewal count is another than the one that was read.
        was_renewed: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Logout {
    #[default]
    NotBegun,
    /// It has its position, and is not committed.
    HasPosition,
    Committed,
    /// It has read the lease rows.
    Waiting,
    Acknowledged,
    /// After its commit; who asked for it got no answer.
    Dead,
}

impl State {
    /// The ledger: what is committed.
    pub(crate) fn ledger(&self) -> Rows {
        let committed = |&logout: &usize| {
            !matches!(self.logouts[logout], Logout::NotBegun | Logout::HasPosition)
        };
        (0..MOST_LOGOUTS).filter(committed).collect()
    }
}
