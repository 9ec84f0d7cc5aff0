//! `[sessions]`: how long a sign-in lasts, and how many a user may have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tokens;
use super::faults::Problems;

/// How long a sign-in lasts, and how many a user may have.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Seconds after which a session is over that nobody has refreshed.
    #[schemars(
        range(min = 60, max = 31_536_000),
        extend("because" = "less signs people out while they read, and more keeps forgotten devices signed in")
    )]
    pub idle_lifetime_seconds: u64,
    /// Seconds after which a session is over, refreshed or not.
    #[schemars(
        range(min = 60, max = 31_536_000),
        extend("because" = "less signs people out while they read, and more is a sign-in that nobody repeats")
    )]
    pub lifetime_seconds: u64,
    /// Seconds during which a refresh token that is shown again gets the same successor.
    #[schemars(
        range(min = 0, max = 60),
        extend("because" = "so long may an answer be lost on its way, or another tab ask")
    )]
    pub refresh_grace_seconds: u64,
    /// Live sessions that a user may have.
    #[schemars(
        range(min = 1, max = 1000),
        extend("because" = "each is a row that logging out everywhere writes")
    )]
    pub maximum_per_user: u64,
    /// Days that a session is still shown to its user after its end.
    #[schemars(
        range(min = 1, max = 3650),
        extend("because" = "each session that is shown is a row that is kept")
    )]
    pub history_days: u64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            idle_lifetime_seconds: 7 * 86_400,
            lifetime_seconds: 30 * 86_400,
            refresh_grace_seconds: 10,
            maximum_per_user: 100,
            history_days: 30,
        }
    }
}

impl Sessions {
    pub(super) fn check(&self, tokens: &Tokens, problems: &mut Problems) {
        if self.idle_lifetime_seconds < tokens.access_lifetime_seconds {
            problems.add(
                &["sessions.idle_lifetime_seconds", "tokens.access_lifetime_seconds"],
                format!(
                    "a session would be over after {} s, before its first access token is, after {} s: \
                     set it to at least tokens.access_lifetime_seconds",
                    self.idle_lifetime_seconds, tokens.access_lifetime_seconds
                ),
            );
        }
        if self.lifetime_seconds < self.idle_lifetime_seconds {
            problems.add(
                &[
                    "sessions.lifetime_seconds",
                    "sessions.idle_lifetime_seconds",
                ],
                format!(
                    "a session would be over after {} s, whatever is said about {} idle ones: \
                     set it to at least sessions.idle_lifetime_seconds",
                    self.lifetime_seconds, self.idle_lifetime_seconds
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_lasts_at_least_as_long_as_the_shorter_one_within_it() {
        let tokens = Tokens {
            access_lifetime_seconds: 300,
            ..Tokens::default()
        };
        for (idle, whole, faults) in [
            (300, 300, 0),
            (299, 300, 1),
            (301, 300, 1),
            (299, 298, 2),
            (604_800, 2_592_000, 0),
        ] {
            let sessions = Sessions {
                idle_lifetime_seconds: idle,
                lifetime_seconds: whole,
                ..Sessions::default()
            };
            let told = Problems::collect(|problems| sessions.check(&tokens, problems));
            assert_eq!(told.len(), faults, "{idle} {whole}: {told:?}");
        }
    }
}
