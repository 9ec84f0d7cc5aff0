//! Refresh tokens: which one is good, which one is forgiven, and which one was stolen.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

/// All that is kept of a refresh token: its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshHash(pub [u8; 32]);

impl fmt::Debug for RefreshHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshHash(..)")
    }
}

/// What a session knows of its refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshState {
    /// How often there was a new one.
    pub rotation: i64,
    /// The newest. Nobody has used it yet.
    pub current: RefreshHash,
    /// The one whose use made it.
    pub previous: Option<RefreshHash>,
    /// When the newest was made.
    pub rotated_at: OffsetDateTime,
}

/// What a refresh token is, that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The newest: its successor takes its place.
    Current,
    /// The one before, a moment ago: a second tab, or an answer that got lost. It gets the same
    /// successor again.
    Replayed,
    /// The one before, later, and nobody has used its successor: the answer got lost. It gets a
    /// fresh successor, and the unused one is replaced.
    Late,
    /// Used up or replaced: two have it, and one of them is a thief (RFC 9700, section 4.14.2).
    Reused,
}

impl RefreshState {
    /// Of a session whose first token was just made.
    #[must_use]
    pub const fn first(current: RefreshHash, made_at: OffsetDateTime) -> Self {
        Self {
            rotation: 0,
            current,
            previous: None,
            rotated_at: made_at,
        }
    }

    /// Judges a token that this session once gave out.
    #[must_use]
    pub fn judge(&self, shown: RefreshHash, now: OffsetDateTime, grace: Duration) -> Shown {
        if shown == self.current {
            Shown::Current
        } else if Some(shown) != self.previous {
            Shown::Reused
        } else if now < self.rotated_at + grace {
            Shown::Replayed
        } else {
            Shown::Late
        }
    }

    /// The state once `next` was given out for `used`.
    #[must_use]
    pub const fn rotated(
        &self,
        used: RefreshHash,
        next: RefreshHash,
        rotated_at: OffsetDateTime,
    ) -> Self {
        Self {
            rotation: self.rotation + 1,
            current: next,
            previous: Some(used),
            rotated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(10);
    const BEGUN: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn token(number: u8) -> RefreshHash {
        RefreshHash([number; 32])
    }

    fn first() -> RefreshState {
        RefreshState::first(token(0), BEGUN)
    }

    #[test]
    fn a_replay_is_forgiven_while_the_successor_is_unused() {
        let state = first().rotated(token(0), token(1), BEGUN);
        let later = BEGUN + GRACE;
        assert_eq!(state.judge(token(1), BEGUN, GRACE), Shown::Current);
        assert_eq!(state.judge(token(0), BEGUN, GRACE), Shown::Replayed);
        assert_eq!(state.judge(token(0), later, GRACE), Shown::Late);
        let replaced = state.rotated(token(0), token(2), later);
        assert_eq!(replaced.judge(token(0), later, GRACE), Shown::Replayed);
        assert_eq!(replaced.judge(token(1), later, GRACE), Shown::Reused);
        let used = state.rotated(token(1), token(3), BEGUN);
        assert_eq!(used.judge(token(0), BEGUN, GRACE), Shown::Reused);
    }
}
