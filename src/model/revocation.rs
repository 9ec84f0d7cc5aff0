//! The rule of revocation: what a revocation is about, and which tokens it kills.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use time::OffsetDateTime;

use super::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use super::session::EndReason;

/// The ledger's sequence number. Committed in order, without gaps, never going back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

impl Position {
    /// Of who has not read the ledger.
    pub const NOTHING: Self = Self(-1);
}

/// What a revocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Absolute: one access token (`jti`).
    Token(TokenId),
    /// Absolute: a session (`sid`).
    Session(SessionId),
    /// Absolute: whatever a signing key signed (`kid`).
    Key(KeyId),
    /// Cut-off: all of a user's tokens issued before.
    User(UserId),
    /// Cut-off: a user's tokens at one application issued before.
    Grant(UserId, ApplicationId),
    /// Cut-off: an application's tokens issued before.
    Application(ApplicationId),
}

impl Subject {
    /// Absolute subjects are dead whatever the token's position; cut-offs only if it is smaller.
    #[must_use]
    pub const fn is_absolute(&self) -> bool {
        matches!(self, Self::Token(_) | Self::Session(_) | Self::Key(_))
    }
}

impl Subject {
    /// As it is stored: its kind, and a text that names it within its kind.
    #[must_use]
    pub fn to_parts(self) -> (&'static str, String) {
        match self {
            Self::Token(id) => ("token", BASE64URL.encode(id.0)),
            Self::Session(id) => ("session", id.to_string()),
            Self::Key(id) => ("key", BASE64URL.encode(id.0)),
            Self::User(id) => ("user", id.to_string()),
            Self::Grant(user, application) => ("grant", format!("{user}/{application}")),
            Self::Application(id) => ("application", id.to_string()),
        }
    }

    /// The inverse of [`Self::to_parts`].
    #[must_use]
    pub fn from_parts(kind: &str, text: &str) -> Option<Self> {
        match kind {
            "token" => Some(Self::Token(TokenId(decode(text)?))),
            "session" => text.parse().ok().map(Self::Session),
            "key" => Some(Self::Key(KeyId(decode(text)?))),
            "user" => text.parse().ok().map(Self::User),
            "grant" => {
                let (user, application) = text.split_once('/')?;
                Some(Self::Grant(user.parse().ok()?, application.parse().ok()?))
            }
            "application" => text.parse().ok().map(Self::Application),
            _ => None,
        }
    }
}

fn decode<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    BASE64URL.decode(text).ok()?.try_into().ok()
}

/// What a revocation does to the tokens that it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// They are dead.
    Dead,
    /// They are out of date: refused with `TOKEN_STALE`, while a refresh goes on.
    Stale,
}

impl Effect {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Stale => "stale",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Dead, Self::Stale]
            .into_iter()
            .find(|effect| effect.as_str() == text)
    }
}

/// What the index is keyed by. The effect belongs to it: a newer stale row must never mask an
/// older dead one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    pub subject: Subject,
    pub effect: Effect,
}

/// The newest that is known of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub position: Position,
    pub reason: EndReason,
    /// No token that this concerns lives longer.
    pub expires_at: OffsetDateTime,
}

impl Entry {
    /// What both entries together say: the greater position and the later expiry win.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let newest = if other.position > self.position {
            other
        } else {
            self
        };
        Self {
            expires_at: self.expires_at.max(other.expires_at),
            ..newest
        }
    }
}

/// One row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub mark: Mark,
    pub entry: Entry,
}

/// Everything that a token can be revoked by, in the order of [`Marks::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(pub [Mark; Marks::COUNT]);

impl Marks {
    pub const COUNT: usize = 7;

    /// The marks of a token of this user, session and application, signed by this key.
    #[must_use]
    pub const fn of(
        token: TokenId,
        session: SessionId,
        key: KeyId,
        user: UserId,
        application: ApplicationId,
    ) -> Self {
        const fn dead(subject: Subject) -> Mark {
            Mark {
                subject,
                effect: Effect::Dead,
            }
        }
        let grant = Subject::Grant(user, application);
        Self([
            dead(Subject::Token(token)),
            dead(Subject::Session(session)),
            dead(Subject::Key(key)),
            dead(Subject::User(user)),
            dead(grant),
            dead(Subject::Application(application)),
            Mark {
                subject: grant,
                effect: Effect::Stale,
            },
        ])
    }
}

/// The marks that all tokens of a session have in common.
#[must_use]
pub const fn marks_of_session(
    session: SessionId,
    user: UserId,
    application: ApplicationId,
) -> [Mark; 4] {
    const fn dead(subject: Subject) -> Mark {
        Mark {
            subject,
            effect: Effect::Dead,
        }
    }
    [
        dead(Subject::Session(session)),
        dead(Subject::User(user)),
        dead(Subject::Grant(user, application)),
        dead(Subject::Application(application)),
    ]
}

/// An access token that may pass: what its check asks about.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'t> {
    /// The position at which it was issued.
    pub rev: Position,
    pub marks: &'t Marks,
    pub session: SessionId,
    /// Its `exp`: seconds since 1970-01-01.
    pub expires_at: i64,
}

/// What the index knows of each of a token's marks.
pub type Findings = [Option<Entry>; Marks::COUNT];

/// What is to be thought of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Live,
    Stale,
    Dead(EndReason),
}

/// The one rule: a token is revoked iff an absolute subject that it names is revoked, or the
/// newest cut-off of a subject that it names has a position greater than the token's `rev`.
/// Dead beats stale; of several reasons the oldest is told.
#[must_use]
pub fn judge(rev: Position, marks: &Marks, findings: &Findings) -> Verdict {
    let mut verdict = Verdict::Live;
    let mut oldest: Option<Position> = None;
    for (mark, finding) in marks.0.iter().zip(findings) {
        let Some(entry) = finding else { continue };
        if !mark.subject.is_absolute() && entry.position <= rev {
            continue;
        }
        match mark.effect {
            Effect::Dead if oldest.is_none_or(|position| entry.position < position) => {
                oldest = Some(entry.position);
                verdict = Verdict::Dead(entry.reason);
            }
            Effect::Stale if verdict == Verdict::Live => verdict = Verdict::Stale,
            Effect::Dead | Effect::Stale => {}
        }
    }
    verdict
}

#[cfg(test)]
mod tests;
