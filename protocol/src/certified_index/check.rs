//! A check: what it looks at, and in which order.

use std::fmt::{self, Display, Formatter};

use super::node::number;
use super::state::{Check, Logout, Node, Role, State, Trust};
use super::{CertifiedIndex, Rule};
use crate::rules::{Rules, when};

/// One thing that a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The node's own lease.
    Lease,
    /// In one read of Redis.
    CertificateAndRow,
    Certificate,
    Row,
    /// Who answers.
    Identity,
    /// Who answered when the connection was made.
    IdentityOfConnection,
}

/// What a check looks at, in this order: "the lease first", then "one pipeline: `MGET certificate,
/// keys…`, *then* the server's identity".
pub(super) fn looks(rules: Rules<Rule>) -> Vec<Look> {
    let keep = |rule| rules.keep(rule);
    let mut looks = if !keep(Rule::Certificate) {
        vec![Look::Row]
    } else if !keep(Rule::RowsWithCertificate) {
        vec![Look::Certificate, Look::Row]
    } else if !keep(Rule::CertificateWithRows) {
        vec![Look::Row, Look::Certificate]
    } else {
        vec![Look::CertificateAndRow]
    };
    if !keep(Rule::IdentityAtEachRead) {
        looks.insert(0, Look::IdentityOfConnection);
    } else if !keep(Rule::IdentityBehindRead) {
        looks.insert(0, Look::Identity);
    } else if keep(Rule::IdentityOfRead) {
        looks.push(Look::Identity);
    }
    if !keep(Rule::LeaseBeforeRead) {
        looks.push(Look::Lease);
    } else if keep(Rule::TrustUnderLease) {
        looks.insert(0, Look::Lease);
    }
    looks
}

impl CertifiedIndex {
    /// It starts after the acknowledgement, with its first look. The connection may lead to any
    /// server. Looks that end in a question to the ledger, or in a refusal, change nothing here: only
    /// those that go on are followed.
    pub(super) fn begin_check(
        &self,
        state: &mut State,
        who: usize,
        logout: usize,
        server: usize,
    ) -> Option<()> {
        when(state.logouts[logout] == Logout::Acknowledged)?;
        // One at a time will do: checks change nothing, and one is enough to break the promise.
        when(state.nodes.iter().all(|node| node.check == Check::None))?;
        when(state.servers[server].role != Role::Absent)?;
        let trust = state.nodes[who].trust;
        when(trust != Trust::NONE)?;
        state.nodes[who].check = Check::Running {
            logout: number(logout),
            server: number(server),
            trust,
            looks: 0,
        };
        self.look_on(state, who)?;
        when(state.nodes[who].check != Check::None)
    }

    pub(super) fn look_on(&self, state: &mut State, who: usize) -> Option<()> {
        let node = &state.nodes[who];
        let Check::Running {
            logout,
            server,
            trust,
            looks,
        } = node.check
        else {
            return None;
        };
        let is_fine = self.is_fine(state, node, self.next_look(node)?);
        let looks = looks + 1;
        state.nodes[who].check = if !is_fine {
            Check::None
        } else if usize::from(looks) == self.looks.len() {
            Check::Accepted
        } else {
            Check::Running {
                logout,
                server,
                trust,
                looks,
            }
        };
        Some(())
    }

    fn is_fine(&self, state: &State, node: &Node, look: Look) -> bool {
        let Check::Running {
            logout,
            server,
            trust,
            ..
        } = node.check
        else {
            return false;
        };
        let answering = state.servers[usize::from(server)];
        let is_certificate_right = self.certifies(answering.certificate, trust);
        let lacks_row = !answering.rows.has(logout.into());
        match look {
            Look::Lease => node.left > 0,
            Look::CertificateAndRow => is_certificate_right && lacks_row,
            Look::Certificate => is_certificate_right,
            Look::Row => lacks_row,
            Look::Identity => self.is_certified(answering, trust.identity),
            Look::IdentityOfConnection => node.connection == (server, trust.identity),
        }
    }

    /// "Compared as a whole", unless one of the two isn't in it.
    pub(super) fn certifies(&self, certificate: Trust, trust: Trust) -> bool {
        let is_compared = |rule| self.rules.keep(rule);
        certificate != Trust::NONE
            && (certificate.epoch == trust.epoch || !is_compared(Rule::EpochInCertificate))
            && (certificate.identity == trust.identity || !is_compared(Rule::IdentityInCertificate))
    }

    pub(super) fn next_look(&self, node: &Node) -> Option<Look> {
        match node.check {
            Check::Running { looks, .. } => Some(self.looks[usize::from(looks)]),
            Check::None | Check::Accepted => None,
        }
    }
}

impl Display for Look {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Lease => "is its lease in force?",
            Self::CertificateAndRow => "is the certificate right, and the row missing?",
            Self::Certificate => "is the certificate right?",
            Self::Row => "is the row missing?",
            Self::Identity => "is it the server that was trusted?",
            Self::IdentityOfConnection => "was it the server that was trusted, when it connected?",
        })
    }
}
