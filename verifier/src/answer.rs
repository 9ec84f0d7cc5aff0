//! What the feed of revocations tells: one answer, with its rows.

use serde::{Deserialize, Serialize};

/// One answer of the feed: what is new since the position that was asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which ledger this is; after it was recovered from a backup it is another one.
    pub ledger: String,
    /// Everything up to here has been told now.
    pub position: i64,
    /// There is more already.
    pub more: bool,
    /// When the ledger was read, by the database's clock: seconds since 1970-01-01.
    pub time: f64,
    /// What was dropped of the ledger; an older server doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swept: Option<Swept>,
    /// The oldest first.
    pub revocations: Vec<Row>,
}

/// Which tokens the rows concerned that were dropped: those with a smaller `rev` and no later `exp`.
/// Such a token has expired, whatever a clock that was set back says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    pub position: i64,
    /// Seconds since 1970-01-01.
    pub exp: i64,
}

/// One revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub position: i64,
    pub effect: Effect,
    /// Concerns only tokens whose `rev` is smaller than its position.
    pub cut_off: bool,
    pub subject: Subject,
    pub reason: Reason,
    /// No token that this concerns lives longer: seconds since 1970-01-01.
    pub expires_at: i64,
}

/// What a revocation does to the tokens that it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// They are dead.
    Dead,
    /// They are out of date: a refresh brings one that is not.
    Stale,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    LoggedOut,
    LoggedOutOfApplication,
    LoggedOutEverywhere,
    PasswordChanged,
    Suspended,
    RefreshTokenReused,
    /// What this version has no name for, too: that must not keep it from hearing of the end.
    #[serde(other)]
    Revoked,
}

impl Reason {
    /// As it is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "LOGGED_OUT",
            Self::LoggedOutOfApplication => "LOGGED_OUT_OF_APPLICATION",
            Self::LoggedOutEverywhere => "LOGGED_OUT_EVERYWHERE",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::Suspended => "SUSPENDED",
            Self::RefreshTokenReused => "REFRESH_TOKEN_REUSED",
            Self::Revoked => "REVOKED",
        }
    }
}

/// Which tokens a revocation is about: those whose claims of these names have these values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Members", into = "Members")]
pub enum Subject {
    /// `jti`
    Token(Box<str>),
    /// `sid`
    Session(Box<str>),
    /// `kid`, of the token's header
    Key(Box<str>),
    /// `sub`
    User(Box<str>),
    /// `sub` and `client_id`
    Grant(Box<str>, Box<str>),
    /// `client_id`
    Application(Box<str>),
}

/// A subject as it is written. One with a member that nobody here knows is refused: whom it
/// concerns can't be told.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<Box<str>>,
}

impl TryFrom<Members> for Subject {
    type Error = &'static str;

    fn try_from(members: Members) -> Result<Self, Self::Error> {
        let Members {
            jti,
            sid,
            kid,
            sub,
            client_id,
        } = members;
        match (jti, sid, kid, sub, client_id) {
            (Some(jti), None, None, None, None) => Ok(Self::Token(jti)),
            (None, Some(sid), None, None, None) => Ok(Self::Session(sid)),
            (None, None, Some(kid), None, None) => Ok(Self::Key(kid)),
            (None, None, None, Some(sub), None) => Ok(Self::User(sub)),
            (None, None, None, Some(sub), Some(client)) => Ok(Self::Grant(sub, client)),
            (None, None, None, None, Some(client)) => Ok(Self::Application(client)),
            _ => Err("a subject is one of jti, sid, kid, sub, client_id, or sub with client_id"),
        }
    }
}

impl From<Subject> for Members {
    fn from(subject: Subject) -> Self {
        let mut members = Self::default();
        match subject {
            Subject::Token(jti) => members.jti = Some(jti),
            Subject::Session(sid) => members.sid = Some(sid),
            Subject::Key(kid) => members.kid = Some(kid),
            Subject::User(sub) => members.sub = Some(sub),
            Subject::Grant(sub, client) => {
                members.sub = Some(sub);
                members.client_id = Some(client);
            }
            Subject::Application(client) => members.client_id = Some(client),
        }
        members
    }
}
