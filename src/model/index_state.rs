//! Which index in Redis is to be believed, as the database has it.

use std::fmt::{self, Debug, Display, Formatter};

use super::id::LedgerId;

/// The row that all nodes go by. Redis is believed while the server that answers has the
/// certificate of the epoch, and calls itself by the identity, that stand here; and only if they are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexState {
    pub ledger: LedgerId,
    pub epoch: Epoch,
    /// The server that is trusted, or is going to be; none after a write that failed.
    pub identity: Option<Identity>,
    pub is_trusted: bool,
}

impl IndexState {
    /// What the index has to carry to be believed: `epoch identity`. None where no server is to be
    /// trusted.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        let identity = self.identity?;
        Some(Certificate {
            epoch: self.epoch,
            identity,
        })
    }
}

/// Raised whenever the index is distrusted, and whenever a server is to be trusted anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

/// What a server calls the history of its data, its `master_replid` of 40 hexadecimal digits, and which of its
/// databases is meant. The first changes with each restart and each promotion; `run_id` would not.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    replication: [u8; 40],
    database: i64,
}

impl Identity {
    #[must_use]
    pub fn new(replication: &str, database: i64) -> Option<Self> {
        let replication: [u8; 40] = replication.as_bytes().try_into().ok()?;
        let is_hexadecimal = replication.iter().all(u8::is_ascii_hexdigit);
        is_hexadecimal.then_some(Self {
            replication,
            database,
        })
    }

    /// The inverse of its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (replication, database) = text.split_once('/')?;
        Self::new(replication, database.parse().ok()?)
    }
}

impl Display for Identity {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let replication = str::from_utf8(&self.replication).expect("hexadecimal digits");
        write!(out, "{replication}/{}", self.database)
    }
}

impl Debug for Identity {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, out)
    }
}

/// What says in Redis itself that the index is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub epoch: Epoch,
    pub identity: Identity,
}

impl Certificate {
    /// The inverse of its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, identity) = text.split_once(' ')?;
        Some(Self {
            epoch: Epoch(epoch.parse().ok()?),
            identity: Identity::parse(identity)?,
        })
    }
}

impl Display for Certificate {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.epoch.0, self.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_read_as_it_was_written() {
        let identity = Identity::new("0123456789abcdef0123456789abcdef01234567", 1);
        let certificate = Certificate {
            epoch: Epoch(7),
            identity: identity.expect("40 digits"),
        };
        assert_eq!(
            Certificate::parse(&certificate.to_string()),
            Some(certificate)
        );
        for other in ["", "7", "7 ", "x 0123", "7 0123456789abcdef"] {
            assert_eq!(Certificate::parse(other), None, "{other}");
        }
    }
}
