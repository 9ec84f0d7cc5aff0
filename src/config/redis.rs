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
    /// `redis://user:password@host:port` of each sentinel, or `rediss://`; with them, the host in `redis.url` is the name that they know the master by.
    #[serde(serialize_with = "secret::all_redacted")]
    #[schemars(
        with = "Vec<String>",
        extend("secret" = true, "expected" = "a list of URLs, such as \"redis://10.0.0.1:26379\"")
    )]
    pub sentinels: Vec<SecretString>,
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
            sentinels: Vec::new(),
            timeout_milliseconds: 250,
            pool_size: 4,
        }
    }
}

impl Redis {
    pub(super) fn check(&self, problems: &mut Problems) {
        let url = self.url.as_ref().map(ExposeSecret::expose_secret);
        if url.is_some_and(|url| !is_redis_url(url)) {
            problems.add(
                &["redis.url"],
                "is not the URL of a Redis: write redis://user:password@host:port/number, or rediss:// for TLS",
            );
        }
        let mut sentinels = self.sentinels.iter().map(ExposeSecret::expose_secret);
        if sentinels.any(|url| !is_sentinel_url(url)) {
            problems.add(
                &["redis.sentinels"],
                "has something that is not the URL of a sentinel: write redis://user:password@host:port, or rediss:// for TLS",
            );
        }
        if !self.sentinels.is_empty() && !url.is_some_and(names_a_master) {
            problems.add(
                &["redis.sentinels", "redis.url"],
                "sentinels tell where a master is, by its name: set redis.url to redis://user:password@name/number, without a port",
            );
        }
    }
}

fn is_sentinel_url(text: &str) -> bool {
    let has_place = |url: Url| url.port().is_some() && url.path().trim_matches('/').is_empty();
    is_redis_url(text) && Url::parse(text).is_ok_and(has_place)
}

fn names_a_master(text: &str) -> bool {
    is_redis_url(text) && Url::parse(text).is_ok_and(|url| url.port().is_none())
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

    fn problems(url: Option<&str>, sentinels: &[&str]) -> Vec<String> {
        let redis = Redis {
            url: url.map(Into::into),
            sentinels: sentinels.iter().map(|&url| url.into()).collect(),
            ..Redis::default()
        };
        Problems::collect(|problems| redis.check(problems))
    }

    #[test]
    fn sentinels_have_places_and_the_master_has_a_name() {
        let sentinels = ["redis://10.0.0.1:26379", "rediss://:password@guard:26379"];
        for url in ["redis://mymaster", "rediss://user:password@my_master.1/3"] {
            assert_eq!(problems(Some(url), &sentinels), [""; 0], "{url}");
        }
        for url in [None, Some("redis://10.0.0.1:6379"), Some("redis://:1")] {
            assert!(!problems(url, &sentinels).is_empty(), "{url:?}");
        }
        for sentinel in ["guard:26379", "redis://guard", "redis://guard:26379/1", ""] {
            let problems = problems(Some("redis://mymaster"), &[sentinel]);
            assert_eq!(problems.len(), 1, "{sentinel}");
        }
    }
}
