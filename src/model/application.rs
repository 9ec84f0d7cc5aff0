//! Applications: what people sign in to.

use std::time::Duration;

use super::id::ApplicationId;
use super::revocation::Position;
use super::scope::Scopes;

/// An application: a single-page app, or a sub-system that verifies its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub id: ApplicationId,
    pub client_id: String,
    /// What people know it by.
    pub name: String,
    /// The `aud` of its access tokens.
    pub audience: String,
    /// The web origins (RFC 6454) of its pages.
    pub allowed_origins: Vec<String>,
    /// All that its users can be granted.
    pub scopes: Scopes,
    /// The SHA-256 of its secret; a public application has none (RFC 6749, section 2.1).
    pub secret_hash: Option<[u8; 32]>,
    pub lifetimes: OwnLifetimes,
    pub enabled: bool,
    /// The position of the newest cut-off of all of its sessions.
    pub cutoff: Position,
    /// Where it is told of the end of each session.
    pub backchannel_logout_uri: Option<String>,
}

impl Application {
    /// The names of the fields that differ, for people.
    #[must_use]
    pub fn differences(&self, other: &Self) -> String {
        let fields = [
            ("name", self.name != other.name),
            ("audience", self.audience != other.audience),
            ("origins", self.allowed_origins != other.allowed_origins),
            ("scopes", self.scopes != other.scopes),
            ("secret", self.secret_hash != other.secret_hash),
            ("lifetimes", self.lifetimes != other.lifetimes),
            (
                "backchannel logout URI",
                self.backchannel_logout_uri != other.backchannel_logout_uri,
            ),
            ("enabled", self.enabled != other.enabled),
        ];
        let changed = fields.iter().filter(|(_, differs)| *differs);
        let names: Vec<_> = changed.map(|(name, _)| *name).collect();
        names.join(" ")
    }
}

/// The lifetimes that an application sets itself; the others are the installation's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnLifetimes {
    pub access: Option<Duration>,
    pub idle: Option<Duration>,
    pub session: Option<Duration>,
}

/// How long what an application's users get lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token.
    pub access: Duration,
    /// Of a session that isn't refreshed.
    pub idle: Duration,
    /// Of a session, refreshed or not.
    pub session: Duration,
}

impl Lifetimes {
    /// With what an application sets itself.
    #[must_use]
    pub fn with(self, own: OwnLifetimes) -> Self {
        Self {
            access: own.access.unwrap_or(self.access),
            idle: own.idle.unwrap_or(self.idle),
            session: own.session.unwrap_or(self.session),
        }
    }
}

/// What a user may do at an application, and whether its tokens live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    pub scopes: Scopes,
    /// The position of the newest cut-off of this user's sessions there.
    pub cutoff: Position,
}
