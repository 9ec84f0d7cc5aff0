//! `[database]`: where the truth is kept, and how long to wait for it.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::faults::Problems;
use super::secret;

/// Where the truth is kept, and how long to wait for it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://path` or `postgres://user:password@host/name`; by default `cardea.db` in `data.directory`.
    #[serde(serialize_with = "secret::redacted")]
    #[schemars(
        with = "Option<String>",
        example = "postgres://cardea:password@127.0.0.1/cardea",
        extend("secret" = true)
    )]
    pub url: Option<SecretString>,
    /// Connections that the pool may open.
    #[schemars(
        range(min = 1, max = 1000),
        extend("because" = "databases bear no more, and most do best with few")
    )]
    pub max_connections: u32,
    /// Milliseconds to wait for a connection or an answer.
    #[schemars(
        range(min = 50, max = 60_000),
        extend("because" = "less fails on a hiccup, and more keeps requests waiting for a database that is gone")
    )]
    pub timeout_milliseconds: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            max_connections: 8,
            timeout_milliseconds: 3000,
        }
    }
}

impl Database {
    pub(super) fn check(&self, problems: &mut Problems) {
        if let Some(problem) = self
            .url
            .as_ref()
            .and_then(|url| url_problem(url.expose_secret()))
        {
            problems.add(&["database.url"], problem);
        }
    }
}

/// Says what is wrong without repeating anything of the URL: there is a password in it.
fn url_problem(url: &str) -> Option<&'static str> {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    if address.starts_with("sqlite:") {
        let file = address.strip_prefix("sqlite://");
        if address.ends_with(":memory:") || parameters.contains("mode=memory") {
            return Some(
                "must name a file: a database in memory forgets its users and what was revoked; write sqlite://path",
            );
        }
        return file
            .is_none_or(str::is_empty)
            .then_some("must name a file: write sqlite://path, or sqlite:///path from the root");
    }
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Url::parse(url)
            .is_err()
            .then_some("is not a well-formed URL: write postgres://user:password@host:port/name, with percent-encoding where the password has /, ?, # or @");
    }
    Some("must begin with sqlite://, postgres:// or postgresql://: other databases can't be used")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_both_databases_are_taken() {
        for url in [
            "sqlite://data/cardea.db",
            "sqlite:///var/lib/cardea/cardea.db?mode=rwc",
            "postgres://cardea@db/cardea",
            "postgresql://u:p@[::1]:5432/c?sslmode=require",
            "postgres:///cardea?host=/run/postgresql",
        ] {
            assert_eq!(url_problem(url), None, "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_what_to_write() {
        for (url, word) in [
            ("sqlite::memory:", "memory"),
            ("sqlite://:memory:", "memory"),
            ("sqlite://x?mode=memory", "memory"),
            ("sqlite:x.db", "sqlite://path"),
            ("sqlite://", "sqlite://path"),
            ("postgres://cardea:pass/word@db/cardea", "percent-encoding"),
            ("mysql://db/cardea", "must begin"),
            ("", "must begin"),
        ] {
            assert!(url_problem(url).unwrap().contains(word), "{url}");
        }
    }
}
