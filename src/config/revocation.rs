//! `[revocation]`: how a request learns that its token is dead.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Redis;
use super::faults::Problems;

/// How a request learns that its token is dead.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Revocation {
    /// What is asked at each request: the copy in this process, or the Redis of `redis.url`.
    pub check: RevocationCheck,
    /// What lets a token through: that it isn't revoked, or also that its session is known to be alive.
    pub list: RevocationList,
    /// Milliseconds that this server goes on answering from what it knows without having asked the ledger.
    #[schemars(
        range(min = 200, max = 60_000),
        extend("because" = "less trips over a hiccup, and a logout may have to wait that long for a node that died")
    )]
    pub lease_milliseconds: u64,
    /// Milliseconds between two looks at the ledger; less than `lease_milliseconds`.
    #[schemars(
        range(min = 10, max = 1000),
        extend("because" = "less is load without use, and what the command line revokes is to be in force within a second")
    )]
    pub poll_milliseconds: u64,
}

/// Which copy of the ledger is asked at each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RevocationCheck {
    /// The copy in this process.
    #[default]
    Memory,
    /// The copy in Redis, which all nodes share.
    Redis,
}

impl RevocationCheck {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
        }
    }
}

/// Which list a token is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RevocationList {
    /// The list of what is dead.
    #[default]
    Deny,
    /// That one, and the list of the sessions that live. Who isn't on it is asked after in the
    /// session table.
    Allow,
}

impl Default for Revocation {
    fn default() -> Self {
        Self {
            check: RevocationCheck::Memory,
            list: RevocationList::Deny,
            lease_milliseconds: 2000,
            poll_milliseconds: 200,
        }
    }
}

impl Revocation {
    pub(super) fn check(&self, redis: &Redis, problems: &mut Problems) {
        if self.check == RevocationCheck::Redis && redis.url.is_none() {
            problems.add(
                &["revocation.check", "redis.url"],
                "checking through Redis needs one: set redis.url, or revocation.check = \"memory\"",
            );
        }
        // A logout that waits for Redis is to be acknowledged within about a lease all the same.
        if self.check == RevocationCheck::Redis
            && redis.timeout_milliseconds * 2 > self.lease_milliseconds
        {
            problems.add(
                &["redis.timeout_milliseconds", "revocation.lease_milliseconds"],
                format!(
                    "waiting for Redis for {} ms is too long for a lease of {} ms: set redis.timeout_milliseconds to half of it or less",
                    redis.timeout_milliseconds, self.lease_milliseconds
                ),
            );
        }
        if self.poll_milliseconds >= self.lease_milliseconds {
            problems.add(
                &["revocation.poll_milliseconds", "revocation.lease_milliseconds"],
                format!(
                    "looking at the ledger every {} ms would leave the lease over each time after {} ms: \
                     set poll_milliseconds to less than lease_milliseconds",
                    self.poll_milliseconds, self.lease_milliseconds
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_is_asked_only_where_there_is_one() {
        let revocation = Revocation {
            check: RevocationCheck::Redis,
            ..Revocation::default()
        };
        let redis = Redis {
            url: Some("redis://cache".into()),
            ..Redis::default()
        };
        assert!(Problems::collect(|problems| revocation.check(&redis, problems)).is_empty());
        assert_eq!(
            Problems::collect(|problems| revocation.check(&Redis::default(), problems)).len(),
            1
        );
    }

    #[test]
    fn redis_is_waited_for_for_less_than_a_lease() {
        let revocation = Revocation {
            check: RevocationCheck::Redis,
            ..Revocation::default()
        };
        for (timeout_milliseconds, faults) in [(250, 0), (1000, 0), (1001, 1)] {
            let redis = Redis {
                url: Some("redis://cache".into()),
                timeout_milliseconds,
                ..Redis::default()
            };
            let found = Problems::collect(|problems| revocation.check(&redis, problems));
            assert_eq!(found.len(), faults, "{timeout_milliseconds}");
        }
    }

    #[test]
    fn a_copy_is_renewed_before_it_is_stale() {
        let revocation = Revocation {
            lease_milliseconds: 200,
            ..Revocation::default()
        };
        assert_eq!(
            Problems::collect(|problems| revocation.check(&Redis::default(), problems)).len(),
            1
        );
    }
}
