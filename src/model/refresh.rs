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

/// Counts how often all refresh tokens of a session were withdrawn at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefreshEra(pub i32);

impl RefreshEra {
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A refresh token that we gave out once, as it is known afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshMark {
    pub era: RefreshEra,
    pub hash: RefreshHash,
}

/// What a session knows of its refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshState {
    /// The era of its tokens: those of an earlier one are worth nothing, and nobody's theft.
    pub era: RefreshEra,
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
    /// Of before all were withdrawn, by its owner: a second tab, or an answer that got lost. It
    /// gets nothing.
    Withdrawn,
    /// Used up or replaced: two have it, and one of them is a thief (RFC 9700, section 4.14.2).
    Reused,
}

impl RefreshState {
    /// Of a session whose first token was just made.
    #[must_use]
    pub const fn first(current: RefreshHash, made_at: OffsetDateTime) -> Self {
        Self {
            era: RefreshEra(0),
            rotation: 0,
            current,
            previous: None,
            rotated_at: made_at,
        }
    }

    /// Judges a token that this session once gave out.
    #[must_use]
    pub fn judge(&self, shown: RefreshMark, now: OffsetDateTime, grace: Duration) -> Shown {
        if shown.era < self.era {
            Shown::Withdrawn
        } else if shown.hash == self.current {
            Shown::Current
        } else if Some(shown.hash) != self.previous {
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
            era: self.era,
            rotation: self.rotation + 1,
            current: next,
            previous: Some(used),
            rotated_at,
        }
    }

    /// The state once `next` was given out, and all before it were withdrawn.
    #[must_use]
    pub const fn renewed(&self, next: RefreshHash, rotated_at: OffsetDateTime) -> Self {
        Self {
            era: self.era.next(),
            rotation: self.rotation + 1,
            current: next,
            previous: None,
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

    fn shown(number: u8) -> RefreshMark {
        RefreshMark {
            era: RefreshEra(0),
            hash: token(number),
        }
    }

    fn first() -> RefreshState {
        RefreshState::first(token(0), BEGUN)
    }

    #[test]
    fn a_replay_is_forgiven_while_the_successor_is_unused() {
        let state = first().rotated(token(0), token(1), BEGUN);
        let later = BEGUN + GRACE;
        assert_eq!(state.judge(shown(1), BEGUN, GRACE), Shown::Current);
        assert_eq!(state.judge(shown(0), BEGUN, GRACE), Shown::Replayed);
        assert_eq!(state.judge(shown(0), later, GRACE), Shown::Late);
        let replaced = state.rotated(token(0), token(2), later);
        assert_eq!(replaced.judge(shown(0), later, GRACE), Shown::Replayed);
        assert_eq!(replaced.judge(shown(1), later, GRACE), Shown::Reused);
        let used = state.rotated(token(1), token(3), BEGUN);
        assert_eq!(used.judge(shown(0), BEGUN, GRACE), Shown::Reused);
    }

    #[test]
    fn what_its_owner_withdrew_is_no_theft() {
        let state = first().rotated(token(0), token(1), BEGUN);
        let state = state.renewed(token(2), BEGUN);
        for old in [0, 1] {
            assert_eq!(state.judge(shown(old), BEGUN, GRACE), Shown::Withdrawn);
        }
        let newest = RefreshMark {
            era: state.era,
            hash: token(2),
        };
        assert_eq!(state.judge(newest, BEGUN, GRACE), Shown::Current);
    }
}
