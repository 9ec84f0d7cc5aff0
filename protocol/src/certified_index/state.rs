//! Everything that SQL's row, the servers, nodes, logouts and rebuilders can be in.

use std::fmt::{self, Display, Formatter};

use crate::ledger::{MOST_LOGOUTS, Rows, Ticks};
use crate::times::Times;

/// As many as the largest case has.
pub(crate) const MOST_NODES: usize = 3;
pub(crate) const MOST_REBUILDERS: usize = 2;
pub(crate) const SERVERS: usize = 2;

/// 0 is none.
pub(crate) type Epoch = u8;

/// Stands for a `master_replid`; 0 is none.
pub(crate) type Identity = u8;

/// All that can differ from one moment to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) index: IndexState,
    pub(crate) servers: [Server; SERVERS],
    pub(crate) nodes: [Node; MOST_NODES],
    pub(crate) logouts: [Logout; MOST_LOGOUTS],
    pub(crate) rebuilders: [Rebuilder; MOST_REBUILDERS],
    pub(crate) faults: Faults,
}

/// What may still go wrong, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    /// FLUSHALL.
    pub(crate) flushes: Times,
    /// Masters that come back empty.
    pub(crate) restarts: Times,
    /// Replicas that are promoted, as far as they got, while the old master still answers.
    pub(crate) promotions: Times,
    /// Logouts that die between their commit and their acknowledgement.
    pub(crate) deaths: Times,
}

/// The row `index_state` in SQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct IndexState {
    pub(crate) epoch: Epoch,
    /// The server that is trusted, or is going to be; none after a write that failed.
    pub(crate) identity: Identity,
    pub(crate) is_trusted: bool,
}

/// One Redis, and what it holds of one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) role: Role,
    pub(crate) identity: Identity,
    pub(crate) rows: Rows,
    /// The default is none, as after a flush.
    pub(crate) certificate: Trust,
    /// The rebuilder whose marker stands, counted from 1.
    pub(crate) marker: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// There is no such server in this case.
    #[default]
    Absent,
    /// Also a demoted one that hasn't heard of it.
    Master,
    /// Takes no writes but its master's.
    Replica,
}

/// A process that answers checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Node {
    /// What is left of its lease; 0 is none.
    pub(crate) left: Ticks,
    pub(crate) trust: Trust,
    pub(crate) renewal: Renewal,
    /// What its lease row says in SQL: it goes by no `index_state` that is older.
    pub(crate) confirmed: Epoch,
    /// Where its connection leads, with the identity that the server had when it was made. Unused
    /// while [`super::Rule::IdentityAtEachRead`] is kept: then any connection may lead anywhere.
    pub(crate) connection: (u8, Identity),
    pub(crate) check: Check,
}

/// Which answers of Redis count: those of this server, with this certificate. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Trust {
    pub(crate) epoch: Epoch,
    pub(crate) identity: Identity,
}

impl Trust {
    pub(crate) const NONE: Self = Self {
        epoch: 0,
        identity: 0,
    };

    /// Of whoever is trusted at the start.
    pub(crate) const FIRST: Self = Self {
        epoch: 1,
        identity: 1,
    };
}

/// How far a node is with renewing its lease. What it would have left is counted from the noted
/// clock on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Renewal {
    #[default]
    Idle,
    Noted {
        left: Ticks,
    },
    /// SQL has read `index_state`.
    Answered {
        left: Ticks,
        epoch: Epoch,
        trust: Trust,
    },
    /// Its trust is what this epoch says, and its lease row doesn't say so yet.
    Unconfirmed {
        epoch: Epoch,
    },
}

/// A check of a token that one of the logouts concerns, started after that logout's
/// acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Check {
    #[default]
    None,
    Running {
        logout: u8,
        /// Where the connection leads that it goes over.
        server: u8,
        /// What the node trusted when it started.
        trust: Trust,
        /// How many looks were fine.
        looks: u8,
    },
    Accepted,
}

/// A logout, which is a process of its own here: the node that carries it out, or the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Logout {
    #[default]
    NotBegun,
    /// Not committed. Only without [`super::Rule::ReadStateAfterCommit`].
    Foreknows(Known),
    /// Not committed. Only without [`super::Rule::WriteAfterCommit`].
    WroteEarly,
    /// The same, and its transaction failed.
    RolledBack,
    Committed,
    /// It has read `index_state`.
    Knows(Known),
    /// The server has said who it is, before the write. Only without [`super::Rule::IdentityBehindWrite`].
    Asked(Known, u8),
    /// The server has taken the row, whoever it is.
    Wrote(Known, u8),
    /// One lease, or until all have confirmed the epoch, before it is acknowledged.
    Waiting {
        left: Ticks,
        epoch: Epoch,
    },
    Acknowledged,
    /// After its commit; who asked for it got no answer.
    Dead,
}

/// What a logout has read of `index_state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    pub(crate) epoch: Epoch,
    pub(crate) identity: Identity,
    pub(crate) is_trusted: bool,
}

/// A process that makes an index that can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Rebuilder {
    #[default]
    Idle,
    Waiting {
        job: Job,
        left: Ticks,
    },
    /// The first of two things is done: its marker is put. (Or the ledger is read, without
    /// [`super::Rule::LedgerAfterMarker`].)
    HalfDone {
        job: Job,
        read: Rows,
    },
    /// Both are, and these rows are still to be written, one chunk each.
    Writing {
        job: Job,
        to_write: Rows,
    },
    /// Its marker stood, and the certificate isn't written yet. Only without [`super::Rule::OneScript`].
    FoundMarker(Job, u8),
    /// Rows and certificate are written.
    Certified(Job),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Job {
    pub(crate) epoch: Epoch,
    pub(crate) identity: Identity,
    /// The index is trusted, and only its certificate is gone.
    pub(crate) is_in_place: bool,
}

impl State {
    /// The ledger: what is committed.
    pub(crate) fn ledger(&self) -> Rows {
        let is_committed = |&logout: &usize| {
            !matches!(
                self.logouts[logout],
                Logout::NotBegun | Logout::Foreknows(_) | Logout::WroteEarly | Logout::RolledBack
            )
        };
        (0..MOST_LOGOUTS).filter(is_committed).collect()
    }

    pub(crate) fn raise_epoch(&mut self, identity: Identity) {
        self.index = IndexState {
            epoch: self.index.epoch + 1,
            identity,
            is_trusted: false,
        };
    }
}

impl IndexState {
    pub(crate) const fn trust(self) -> Trust {
        Trust {
            epoch: self.epoch,
            identity: self.identity,
        }
    }
}

impl Display for IndexState {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let trusted = if self.is_trusted {
            "trusted"
        } else {
            "untrusted"
        };
        match self.identity {
            0 => write!(out, "epoch {}, no server, {trusted}", self.epoch),
            identity => write!(out, "epoch {}, identity {identity}, {trusted}", self.epoch),
        }
    }
}
