//! Identifiers: one type for each kind of thing, so that one can't be passed for another.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use uuid::{Builder, Uuid};

use super::page::Key;

macro_rules! identifiers {
    ($($(#[$documentation:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier: `UUIDv7` (RFC 9562, section 5.7), so that rows sort by their birth.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

identifiers! {
    /// A person with an account; the `sub` claim.
    UserId,
    /// One sign-in of one user at one application; the `sid` claim.
    SessionId,
    /// Something that people sign in to.
    ApplicationId,
    /// A process that answers checks, from when it takes a lease until it loses it.
    LeaseId,
    /// The ledger of one installation, until it is restored from a backup.
    LedgerId,
    /// Something that an application is told; the `jti` of the token that tells it.
    EventId,
    /// An application's event stream.
    StreamId,
}

impl SessionId {
    /// None that was made since so long ago, by this machine's clock, is less than this.
    #[must_use]
    pub fn least_of(since: Duration) -> Self {
        let now = Uuid::now_v7().get_timestamp();
        let (seconds, nanoseconds) = now.map_or((0, 0), |now| now.to_unix());
        let then = Duration::new(seconds, nanoseconds).saturating_sub(since);
        let milliseconds = u64::try_from(then.as_millis()).unwrap_or(u64::MAX);
        Self(Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid())
    }
}

impl Key for SessionId {
    const KIND: &'static str = "session";
}

/// The `jti` claim: 128 random bits. (A UUID has only 122; ASVS 11.5.1 asks for 128.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(pub [u8; 16]);

/// A signing key's `kid`: its RFC 7638 thumbprint, a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 32]);
