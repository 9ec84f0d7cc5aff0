//! Everything that can happen, in the words of a trace.

use std::fmt::{self, Display, Formatter};

use crate::ledger::position_of;

/// One step of somebody, or of time. Processes and logouts go by their index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Tick,
    /// A tick that this process's clock misses.
    TickWithout(usize),
    /// Whoever is going to wait looks at the lease rows, as it does now and then.
    Look,
    Process(usize, Act),
    /// What a process does about a logout.
    Check(usize, usize),
    Logout(usize, Move),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Start,
    NoteClock,
    CommitRow,
    ReadLedger,
    Apply,
    GiveUpRenewal,
    HearOfRow,
    Confirm,
    LookOn,
    BeginToStop,
    FinishStopping,
    Crash,
    Sleep,
    Wake,
}

impl Act {
    pub(crate) const ALL: [Self; 14] = [
        Self::Start,
        Self::NoteClock,
        Self::CommitRow,
        Self::ReadLedger,
        Self::Apply,
        Self::GiveUpRenewal,
        Self::HearOfRow,
        Self::Confirm,
        Self::LookOn,
        Self::BeginToStop,
        Self::FinishStopping,
        Self::Crash,
        Self::Sleep,
        Self::Wake,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    TakePosition,
    Commit,
    ReadLeaseRows,
    MarkLost(usize),
    Acknowledge,
    Die,
    AskAgain,
}

impl Move {
    /// All but [`Self::MarkLost`], which needs a process.
    pub(crate) const OF_ITS_OWN: [Self; 6] = [
        Self::TakePosition,
        Self::Commit,
        Self::ReadLeaseRows,
        Self::Acknowledge,
        Self::Die,
        Self::AskAgain,
    ];
}

impl Display for Action {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Tick => write!(out, "a tick passes"),
            Self::TickWithout(process) => {
                write!(
                    out,
                    "a tick passes, and process {process}'s clock misses it"
                )
            }
            Self::Look => write!(out, "whoever may have to wait looks at the lease rows"),
            Self::Check(process, logout) => {
                let logout = position_of(logout);
                write!(
                    out,
                    "process {process} begins to check a token of logout {logout}"
                )
            }
            Self::Process(process, act) => write!(out, "process {process} {act}"),
            Self::Logout(logout, what) => write!(out, "logout {} {what}", position_of(logout)),
        }
    }
}

impl Display for Act {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Start => "starts, with an empty copy",
            Self::NoteClock => "wants a lease, and notes its clock",
            Self::CommitRow => "commits its lease row",
            Self::ReadLedger => "reads the ledger",
            Self::Apply => "applies what it read, and its lease counts",
            Self::GiveUpRenewal => "gets no answer from SQL, and gives the renewal up",
            Self::HearOfRow => "hears of a row by the feed, and applies it",
            Self::Confirm => "confirms",
            Self::LookOn => "goes on with its check",
            Self::BeginToStop => "is told to stop",
            Self::FinishStopping => "is gone",
            Self::Crash => "dies",
            Self::Sleep => "falls asleep with its machine",
            Self::Wake => "wakes",
        })
    }
}

impl Display for Move {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::TakePosition => "takes its position",
            Self::Commit => "is committed",
            Self::ReadLeaseRows => "reads the lease rows",
            Self::MarkLost(process) => return write!(out, "marks process {process}'s row lost"),
            Self::Acknowledge => "need not wait any more",
            Self::Die => "dies before it is acknowledged",
            Self::AskAgain => "is asked for again, and finds nothing left to end",
        })
    }
}
