//! The configuration: defaults, then a file, then the environment, then flags; all faults are told at once.

mod accounts;
pub mod application_rules;
mod applications;
mod catalogue;
mod data;
mod database;
mod faults;
mod feed;
mod file;
mod graphql;
mod http;
mod key;
mod keys;
mod layers;
mod limits;
mod log;
mod metrics;
mod outbox;
mod passwords;
mod redis;
mod revocation;
mod secret;
mod sessions;
mod sockets;
mod suggestion;
mod text;
mod tokens;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use accounts::Accounts;
pub use applications::Application;
pub use data::Data;
pub use database::Database;
pub use faults::{Fault, Faults, Source};
pub use feed::Feed;
pub use graphql::Graphql;
pub use http::Http;
pub use keys::{KeyAlgorithm, Keys, decode_master_key};
pub use limits::Limits;
pub use log::{Log, LogFormat};
pub use metrics::Metrics;
pub use outbox::Outbox;
pub use passwords::Passwords;
pub use redis::Redis;
pub use revocation::{Revocation, RevocationCheck, RevocationList};
pub use sessions::Sessions;
pub use sockets::Sockets;
pub use text::{effective, example};
pub use tokens::Tokens;

use faults::Problems;
use layers::Layers;

/// The file that is read from the working directory when no other is named.
pub const DEFAULT_FILE: &str = "cardea.toml";

/// The whole configuration. `Config::default()` is what a server without any configuration runs on.
///
/// Only [`load`] judges the values: a test may build what an operator could not.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub http: Http,
    pub graphql: Graphql,
    pub data: Data,
    pub database: Database,
    pub redis: Redis,
    pub revocation: Revocation,
    pub feed: Feed,
    pub outbox: Outbox,
    pub tokens: Tokens,
    pub sessions: Sessions,
    pub sockets: Sockets,
    pub keys: Keys,
    pub passwords: Passwords,
    pub limits: Limits,
    pub accounts: Accounts,
    pub log: Log,
    pub metrics: Metrics,
    pub applications: Vec<Application>,
}

/// Reads the configuration.
///
/// `file` is a file that must exist; without one, [`DEFAULT_FILE`] is read if it is there. Of the
/// `environment`, the variables `CARDEA__SECTION__KEY` count. A flag is a dotted key and its value
/// as text, the later one winning.
///
/// # Errors
///
/// All that is wrong with any layer, or with what they come to together.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    flags: &[(String, String)],
) -> Result<Config, Faults> {
    let mut layers = Layers::default();
    file::read(file, &mut layers);
    layers.add_environment(environment);
    layers.add_flags(flags);
    layers.settle()
}

// The defaults that depend on other keys.
impl Config {
    /// Where the database is: as configured, or a file in the data directory.
    #[must_use]
    pub fn database_url(&self) -> SecretString {
        let configured = self.database.url.clone();
        configured.unwrap_or_else(|| self.data.database_url().into())
    }

    /// The `iss` of tokens and the base of all links: as configured, or the address listened on.
    #[must_use]
    pub fn issuer(&self) -> String {
        let configured = self.tokens.issuer.clone();
        configured.unwrap_or_else(|| format!("http://{}", self.http.listen))
    }

    /// The file that holds the master key, unless `keys.master_key` does.
    #[must_use]
    pub fn master_key_file(&self) -> PathBuf {
        let configured = self.keys.master_key_file.clone();
        configured.unwrap_or_else(|| self.data.directory.join("master.key"))
    }

    /// Whether the master key comes from elsewhere than the data directory.
    #[must_use]
    pub fn has_own_master_key(&self) -> bool {
        self.keys.master_key.is_some() || self.keys.master_key_file.is_some()
    }

    /// Whether the schema may be asked for: as configured, or only if nobody else can reach us.
    #[must_use]
    pub fn introspection(&self) -> bool {
        let configured = self.graphql.introspection;
        configured.unwrap_or_else(|| self.is_local())
    }

    /// Whether the playground is served: as configured, or only if nobody else can reach us.
    #[must_use]
    pub fn playground(&self) -> bool {
        let configured = self.graphql.playground;
        configured.unwrap_or_else(|| self.is_local())
    }

    /// Whether only this machine can reach us: a loopback listener, and no proxy before it, which
    /// a public issuer would give away.
    fn is_local(&self) -> bool {
        self.http.is_loopback()
            && self.http.trusted_proxies.is_empty()
            && self.tokens.has_loopback_issuer()
    }

    /// What is wrong with values that are well formed each by itself.
    fn problems(&self) -> Problems {
        let mut problems = Problems::default();
        self.http.check(&mut problems);
        self.data.check(&mut problems);
        self.database.check(&mut problems);
        self.redis.check(&mut problems);
        self.revocation.check(&self.redis, &mut problems);
        self.tokens.check(&self.http, &mut problems);
        self.sessions.check(&self.tokens, &mut problems);
        self.keys.check(&mut problems);
        self.passwords.check(&mut problems);
        self.log.check(&mut problems);
        applications::check(self, &mut problems);
        problems
    }
}

#[cfg(test)]
mod tests;
