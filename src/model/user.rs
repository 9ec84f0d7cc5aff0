//! Users: people with an account.

use time::OffsetDateTime;

use super::id::UserId;
use super::revocation::Position;

/// A user, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub username: Option<String>,
    pub display_name: Option<String>,
    pub status: UserStatus,
    /// The position of the newest cut-off of all of this user's sessions.
    pub cutoff: Position,
    pub created_at: OffsetDateTime,
    pub last_login_at: Option<OffsetDateTime>,
}

/// Whether the user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    Active,
    Suspended,
}

impl UserStatus {
    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What an e-mail address or a user name is compared by: two that differ only in case are one.
#[must_use]
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}
