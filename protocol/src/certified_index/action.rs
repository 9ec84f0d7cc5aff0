//! Everything that can happen, in the words of a trace.

use std::fmt::{self, Display, Formatter};

use crate::ledger::position_of;

/// One step of somebody, or of time. Everybody goes by an index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Tick,
    Server(usize, Event),
    Node(usize, Act),
    Connect {
        node: usize,
        server: usize,
    },
    Check {
        node: usize,
        logout: usize,
        server: usize,
    },
    Logout(usize, Move),
    BeginRebuild {
        rebuilder: usize,
        server: usize,
    },
    Rebuild(usize, Task),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Replicate,
    Promote,
    Demote,
    Flush,
    Restart,
    Evict(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    NoteClock,
    ReadState,
    TakeLease,
    Confirm,
    Overtake,
    LookOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Commit,
    RollBack,
    ReadState,
    Write(usize),
    AskIdentity(usize),
    FailToWrite,
    Acknowledge,
    Die,
    AskAgain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    PutMarker(usize),
    ReadLedger,
    WriteChunk(usize),
    RunScript(usize),
    WriteCertificate,
    SetTrusted,
    GiveUp,
}

impl Event {
    /// All but [`Self::Evict`], which needs a row.
    pub(crate) const OF_THE_WHOLE: [Self; 5] = [
        Self::Replicate,
        Self::Promote,
        Self::Demote,
        Self::Flush,
        Self::Restart,
    ];
}

impl Act {
    pub(crate) const ALL: [Self; 6] = [
        Self::NoteClock,
        Self::ReadState,
        Self::TakeLease,
        Self::Confirm,
        Self::Overtake,
        Self::LookOn,
    ];
}

impl Move {
    pub(crate) const WITHOUT_SERVER: [Self; 7] = [
        Self::Commit,
        Self::RollBack,
        Self::ReadState,
        Self::FailToWrite,
        Self::Acknowledge,
        Self::Die,
        Self::AskAgain,
    ];
}

impl Task {
    pub(crate) const WITHOUT_SERVER: [Self; 4] = [
        Self::ReadLedger,
        Self::WriteCertificate,
        Self::SetTrusted,
        Self::GiveUp,
    ];
}

impl Display for Action {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Tick => write!(out, "a tick passes"),
            Self::Server(server, event) => write!(out, "Redis {server} {event}"),
            Self::Node(node, act) => write!(out, "node {node} {act}"),
            Self::Connect { node, server } => {
                write!(
                    out,
                    "node {node} connects to Redis {server}, and asks who it is"
                )
            }
            Self::Check {
                node,
                logout,
                server,
            } => {
                let logout = position_of(logout);
                write!(
                    out,
                    "node {node} begins to check a token of logout {logout} at Redis {server}"
                )
            }
            Self::Logout(logout, what) => write!(out, "logout {} {what}", position_of(logout)),
            Self::BeginRebuild { rebuilder, server } => {
                write!(
                    out,
                    "rebuilder {rebuilder} wants Redis {server} to be trusted"
                )
            }
            Self::Rebuild(rebuilder, task) => write!(out, "rebuilder {rebuilder} {task}"),
        }
    }
}

impl Display for Event {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replicate => write!(out, "takes over what its master has"),
            Self::Promote => write!(out, "is promoted, as far as it got"),
            Self::Demote => write!(out, "becomes the other's replica, and resynchronises"),
            Self::Flush => write!(out, "is flushed"),
            Self::Restart => write!(out, "restarts empty"),
            Self::Evict(logout) => write!(out, "evicts the row of logout {}", position_of(*logout)),
        }
    }
}

impl Display for Act {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoteClock => "renews its lease, and notes its clock",
            Self::ReadState => "reads index_state",
            Self::TakeLease => "has the answer, replaces its trust, and its lease counts",
            Self::Confirm => "confirms the epoch in its lease row",
            Self::Overtake => "meanwhile reads index_state again, replaces its trust, and confirms",
            Self::LookOn => "goes on with its check",
        })
    }
}

impl Display for Move {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit => write!(out, "is committed"),
            Self::RollBack => write!(out, "fails to commit"),
            Self::ReadState => write!(out, "reads index_state"),
            Self::Write(server) => write!(out, "writes its row to Redis {server}"),
            Self::AskIdentity(server) => write!(out, "asks who Redis {server} is: it is the one"),
            Self::FailToWrite => write!(out, "couldn't write"),
            Self::Acknowledge => write!(out, "has waited for every lease"),
            Self::Die => write!(out, "dies before it is acknowledged"),
            Self::AskAgain => write!(out, "is asked for again, and finds nothing left to end"),
        }
    }
}

impl Display for Task {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutMarker(server) => write!(out, "puts its marker into Redis {server}"),
            Self::ReadLedger => write!(out, "reads the ledger"),
            Self::WriteChunk(server) => write!(out, "writes a chunk of rows to Redis {server}"),
            Self::RunScript(server) => {
                write!(
                    out,
                    "runs its script at Redis {server}, if its marker stands"
                )
            }
            Self::WriteCertificate => write!(out, "writes the certificate"),
            Self::SetTrusted => write!(out, "sets the index trusted"),
            Self::GiveUp => write!(out, "gives up"),
        }
    }
}
