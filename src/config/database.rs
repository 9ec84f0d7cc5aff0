//! `[database]`: where the truth is kept, and how long to wait for it.

use std::borrow::Cow;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

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

/// What `sslmode` of PostgreSQL may be.
const SSL_MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

const BAD_PARAMETERS: &str = "has a parameter behind the ? that this database doesn't know";

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
        if file.is_none_or(str::is_empty) {
            return Some("must name a file: write sqlite://path, or sqlite:///path from the root");
        }
        let is_known = |(name, value): (Cow<'_, str>, Cow<'_, str>)| match &*name {
            "mode" => ["ro", "rw", "rwc"].contains(&&*value),
            "cache" => ["private", "shared"].contains(&&*value),
            "immutable" => ["true", "false"].contains(&&*value),
            "vfs" => true,
            _ => false,
        };
        let mut all = form_urlencoded::parse(parameters.as_bytes());
        return (!all.all(is_known)).then_some(BAD_PARAMETERS);
    }
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        if Url::parse(url).is_err() {
            return Some(
                "is not a well-formed URL: write postgres://user:password@host:port/name, with percent-encoding where the password has /, ?, # or @",
            );
        }
        let mut all = form_urlencoded::parse(parameters.as_bytes());
        let is_bad = all.any(|(name, value)| {
            ["sslmode", "ssl-mode"].contains(&&*name) && !SSL_MODES.contains(&&*value)
        });
        return is_bad.then_some(BAD_PARAMETERS);
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
            ("sqlite://x?bogus=1", "behind the ?"),
            ("postgres://db/cardea?sslmode=bogus", "behind the ?"),
            ("mysql://db/cardea", "must begin"),
            ("", "must begin"),
        ] {
            assert!(url_problem(url).unwrap().contains(word), "{url}");
        }
    }
}
