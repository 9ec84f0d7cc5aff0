//! `[redis]`: the Redis or Valkey that nodes may share.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::faults::Problems;
use super::secret;

/// The Redis or Valkey that nodes may share.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// `redis://user:password@host:port/number`, or `rediss://` for TLS; by default there is none.
    #[serde(serialize_with = "secret::redacted")]
    #[schemars(
        with = "Option<String>",
        example = "redis://127.0.0.1:6379",
        extend("secret" = true)
    )]
    pub url: Option<SecretString>,
    /// Milliseconds to wait for an answer; after that the request is refused as one that can't be decided now.
    #[schemars(
        range(min = 10, max = 10_000),
        extend("because" = "less fails on a hiccup, and more keeps every request waiting")
    )]
    pub timeout_milliseconds: u64,
    /// Connections of the pool; checks of tokens share connections of their own.
    #[schemars(
        range(min = 1, max = 100),
        extend("because" = "a Redis works on one command at a time anyway")
    )]
    pub pool_size: usize,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            url: None,
            timeout_milliseconds: 250,
            pool_size: 4,
        }
    }
}

impl Redis {
    pub(super) fn check(&self, problems: &mut Problems) {
        if self
            .url
            .as_ref()
            .is_some_and(|url| !is_redis_url(url.expose_secret()))
        {
            problems.add(
                &["redis.url"],
                "is not the URL of a Redis: write redis://user:password@host:port/number, or rediss:// for TLS",
            );
        }
    }
}

fn is_redis_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "redis" | "rediss")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && names_a_database(&url)
    })
}

/// By its number, or none.
fn names_a_database(url: &Url) -> bool {
    let number = url.path().trim_matches('/');
    number.is_empty() || number.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_a_redis_over_tcp_are_taken() {
        for url in [
            "redis://127.0.0.1",
            "redis://:password@cache:6379/1",
            "rediss://cache.example.com",
        ] {
            assert!(is_redis_url(url), "{url}");
        }
        for url in [
            "127.0.0.1:6379",
            "redis://",
            "redis:///0",
            "unix:///run/redis.sock",
            "redis+unix:///run/redis.sock",
            "http://cache",
            "redis://127.0.0.1:1/abc",
            "",
        ] {
            assert!(!is_redis_url(url), "{url}");
        }
    }
}
