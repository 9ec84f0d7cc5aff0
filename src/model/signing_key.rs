//! Signing keys: which kinds there are, and the life of one: published, signing, verifying, gone.

use std::time::Duration;

use time::OffsetDateTime;

use super::token::{MAXIMUM_LIFETIME, RETENTION_MARGIN};

/// How long a key is published before it signs: whoever verifies on their own has it by then. They
/// keep what they have read for five minutes, from a node that read it at most [`UNREAD`] before.
pub const LEAD: Duration = Duration::from_mins(10);

/// How long a node goes on with the keys that it has read. It reads them every few seconds.
pub const UNREAD: Duration = Duration::from_mins(5);

/// How long a key verifies after its successor took over: a node may not have heard of that yet,
/// and what it signs then lives on.
pub const OVERLAP: Duration =
    Duration::from_secs(UNREAD.as_secs() + MAXIMUM_LIFETIME.as_secs() + RETENTION_MARGIN.as_secs());

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).
    Es256,
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256, on keys of 3072 bits (RFC 7518, section 3.3).
    Rs256,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    /// The `alg` of a JWS (RFC 7518, section 3.1, and RFC 8037, section 3.1). As it is stored, too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
    }
}

/// When what happened to a key, and what will. By the database's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    pub created_at: OffsetDateTime,
    /// From when it signs, until the next one does.
    pub activates_at: OffsetDateTime,
    pub revoked_at: Option<OffsetDateTime>,
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Those who verify may have it; it signs nothing yet.
    Published,
    /// It signs.
    Signing,
    /// Its successor signs; what it has signed is still taken.
    Verifying,
    /// Somebody else has it: nothing that it signed is taken.
    Revoked,
    /// All that it signed has expired.
    Gone,
}

impl KeyState {
    /// As it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Revoked => "revoked",
            Self::Gone => "gone",
        }
    }
}

/// The life of a key among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLife {
    pub times: KeyTimes,
    /// When its successor takes over, if there is one.
    superseded_at: Option<OffsetDateTime>,
}

impl KeyLife {
    /// Where it stands at a time: a function of the time alone, so that all nodes agree on it.
    #[must_use]
    pub fn state(&self, now: OffsetDateTime) -> KeyState {
        let has_left = self.leaves_at().is_some_and(|time| time <= now);
        let is_superseded = self.superseded_at.is_some_and(|time| time <= now);
        match (self.times.revoked_at, has_left) {
            (_, true) => KeyState::Gone,
            (Some(_), false) => KeyState::Revoked,
            (None, false) if now < self.times.activates_at => KeyState::Published,
            (None, false) if is_superseded => KeyState::Verifying,
            (None, false) => KeyState::Signing,
        }
    }

    /// When nothing that it signed is alive any more; `None` as long as nothing follows it.
    #[must_use]
    pub fn leaves_at(&self) -> Option<OffsetDateTime> {
        let ends_at = self.times.revoked_at.or(self.superseded_at)?;
        Some(ends_at + OVERLAP)
    }
}

/// The lives of keys that are sorted by [`KeyTimes::activates_at`]: each signs until the next one
/// does. One that was revoked before it signed is nobody's successor.
#[must_use]
pub fn lives(sorted: &[KeyTimes]) -> Vec<KeyLife> {
    let mut next = None;
    let mut lives: Vec<_> = sorted
        .iter()
        .rev()
        .map(|&times| {
            let life = KeyLife {
                times,
                superseded_at: next,
            };
            if times
                .revoked_at
                .is_none_or(|time| time > times.activates_at)
            {
                next = Some(times.activates_at);
            }
            life
        })
        .collect();
    lives.reverse();
    lives
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds)
    }

    fn times((activates, revoked): (i64, Option<i64>)) -> KeyTimes {
        KeyTimes {
            created_at: at(0),
            activates_at: at(activates),
            revoked_at: revoked.map(at),
        }
    }

    fn seconds(duration: Duration) -> i64 {
        i64::try_from(duration.as_secs()).unwrap()
    }

    #[test]
    fn a_key_is_published_then_signs_then_verifies_then_is_gone() {
        let lives = lives(&[times((0, None)), times((1000, None))]);
        let overlap = seconds(OVERLAP);
        for (second, first, successor) in [
            (-1, KeyState::Published, KeyState::Published),
            (0, KeyState::Signing, KeyState::Published),
            (999, KeyState::Signing, KeyState::Published),
            (1000, KeyState::Verifying, KeyState::Signing),
            (999 + overlap, KeyState::Verifying, KeyState::Signing),
            (1000 + overlap, KeyState::Gone, KeyState::Signing),
            (10_000_000, KeyState::Gone, KeyState::Signing),
        ] {
            let states = [lives[0].state(at(second)), lives[1].state(at(second))];
            assert_eq!(states, [first, successor], "{second}");
        }
    }

    #[test]
    fn who_keeps_the_published_keys_for_five_minutes_has_each_before_it_signs() {
        assert!(LEAD >= UNREAD + Duration::from_mins(5));
    }

    #[test]
    fn a_revoked_key_signs_nothing_and_one_that_never_signed_follows_nobody() {
        let pending = lives(&[times((0, None)), times((1000, Some(500)))]);
        assert_eq!(pending[0].state(at(2000)), KeyState::Signing);
        assert_eq!(pending[1].state(at(2000)), KeyState::Revoked);
        let signing = lives(&[times((0, Some(500))), times((500, None))]);
        assert_eq!(signing[0].state(at(600)), KeyState::Revoked);
        assert_eq!(signing[1].state(at(600)), KeyState::Signing);
        let gone = at(500 + seconds(OVERLAP));
        assert_eq!(signing[0].state(gone), KeyState::Gone);
    }

    #[test]
    fn each_algorithm_has_a_name_of_its_own() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        assert_eq!(Algorithm::parse("none"), None);
    }

    proptest! {
        #[test]
        fn from_the_first_on_exactly_one_key_signs_and_what_it_signs_is_taken_to_the_end(
            mut activations in prop::collection::vec(0_i64..20_000, 1..6),
            now in 0_i64..40_000,
            age in 0_i64..=seconds(MAXIMUM_LIFETIME),
        ) {
            activations.sort_unstable();
            activations.dedup();
            let lives = lives(&activations.iter().map(|&time| times((time, None))).collect::<Vec<_>>());
            let signing = |now| lives.iter().position(|life| life.state(now) == KeyState::Signing);
            let count = lives.iter().filter(|life| life.state(at(now)) == KeyState::Signing).count();
            prop_assert_eq!(count, usize::from(activations[0] <= now));
            if let Some(key) = signing(at(now)) {
                let state = lives[key].state(at(now + age));
                prop_assert!(matches!(state, KeyState::Signing | KeyState::Verifying), "{:?}", state);
            }
        }
    }
}
