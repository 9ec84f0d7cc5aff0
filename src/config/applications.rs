//! `[[applications]]`: what people sign in to, beside the default application.

mod check;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::application_rules::client_id_problem;
use super::{Sessions, Tokens, secret};

pub(super) use check::check;

/// An application that people sign in to, beside the default one of `tokens`: a table for each. Only the file can hold them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Application {
    /// Its client id.
    #[schemars(example = &"shop", extend("mandatory" = true))]
    pub client_id: String,
    /// What people call it; by default its client id.
    #[schemars(example = &"Shop")]
    pub name: Option<String>,
    /// Audience (`aud`) of its tokens, which no other application has; by default its client id.
    #[schemars(example = "https://shop.example.com")]
    pub audience: Option<String>,
    /// Exact origins of its pages, such as `https://shop.example.com`, by which it is recognised, too.
    #[schemars(extend("expected" = "a list of origins, such as \"https://shop.example.com\""))]
    pub allowed_origins: Vec<String>,
    /// Scopes that its users can be granted, such as `orders:read`.
    #[schemars(extend("expected" = "a list of scopes, such as \"orders:read\""))]
    pub scopes: Vec<String>,
    /// Seconds that its access tokens live; by default `tokens.access_lifetime_seconds`.
    #[schemars(
        range(min = 10, max = 3600),
        example = 300,
        extend("because" = "less keeps clients busy refreshing, and sub-systems that never ask us believe a token that long")
    )]
    pub access_lifetime_seconds: Option<u64>,
    /// Seconds after which its sessions are over that nobody has refreshed; by default `sessions.idle_lifetime_seconds`.
    #[schemars(
        range(min = 60, max = 31_536_000),
        example = 604_800,
        extend("because" = "less signs people out while they read, and more keeps forgotten devices signed in")
    )]
    pub idle_lifetime_seconds: Option<u64>,
    /// Seconds after which its sessions are over, refreshed or not; by default `sessions.lifetime_seconds`.
    #[schemars(
        range(min = 60, max = 31_536_000),
        example = 2_592_000,
        extend("because" = "less signs people out while they read, and more is a sign-in that nobody repeats")
    )]
    pub lifetime_seconds: Option<u64>,
    /// Makes it confidential: what its own servers show to introspect and revoke tokens.
    #[serde(serialize_with = "secret::redacted")]
    #[schemars(
        with = "Option<String>",
        example = "the output of: openssl rand -hex 32",
        extend("secret" = true)
    )]
    pub secret: Option<SecretString>,
    /// Where it is told of the end of each of its sessions (OpenID Connect Back-Channel Logout): an https URL.
    #[schemars(example = "https://shop.example.com/backchannel-logout")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether anybody can sign in to it; if not, its sessions are over, too.
    pub enabled: bool,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            name: None,
            audience: None,
            allowed_origins: Vec::new(),
            scopes: Vec::new(),
            access_lifetime_seconds: None,
            idle_lifetime_seconds: None,
            lifetime_seconds: None,
            secret: None,
            backchannel_logout_uri: None,
            enabled: true,
        }
    }
}

// The defaults that depend on other keys.
impl Application {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.client_id)
    }

    /// The `aud` of its tokens.
    #[must_use]
    pub fn audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(&self.client_id)
    }

    /// Seconds that its access tokens live.
    #[must_use]
    pub fn access_lifetime_seconds(&self, tokens: &Tokens) -> u64 {
        self.access_lifetime_seconds
            .unwrap_or(tokens.access_lifetime_seconds)
    }

    /// Seconds after which its sessions are over that nobody has refreshed.
    #[must_use]
    pub fn idle_lifetime_seconds(&self, sessions: &Sessions) -> u64 {
        self.idle_lifetime_seconds
            .unwrap_or(sessions.idle_lifetime_seconds)
    }

    /// Seconds after which its sessions are over, refreshed or not.
    #[must_use]
    pub fn lifetime_seconds(&self, sessions: &Sessions) -> u64 {
        self.lifetime_seconds.unwrap_or(sessions.lifetime_seconds)
    }
}

/// The dotted key with the client id in the place of the number, if it is one of an application that has one.
pub(super) fn with_client_id(dotted: &str, applications: &[Application]) -> String {
    let parts = || {
        let (index, key) = dotted.strip_prefix("applications[")?.split_once(']')?;
        let client_id = &applications.get(index.parse::<usize>().ok()?)?.client_id;
        let is_good = client_id_problem(client_id).is_none();
        is_good.then(|| format!("applications.{client_id}{key}"))
    };
    parts().unwrap_or_else(|| dotted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(client_id: &str) -> Application {
        Application {
            client_id: client_id.to_owned(),
            ..Application::default()
        }
    }

    #[test]
    fn a_fault_bears_the_name_of_its_application() {
        let applications = [named("shop.example"), named("")];
        for (dotted, named) in [
            ("applications[0].scopes", "applications.shop.example.scopes"),
            ("applications[1].scopes", "applications[1].scopes"),
            ("applications[2].scopes", "applications[2].scopes"),
            ("applications[]", "applications[]"),
            ("tokens.client_id", "tokens.client_id"),
        ] {
            assert_eq!(with_client_id(dotted, &applications), named);
        }
    }
}
