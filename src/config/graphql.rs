//! `[graphql]`: what the server tells strangers about its schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the server tells strangers about its schema.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Graphql {
    /// Whether the schema may be asked for; by default only if nobody but this machine can reach the server: a loopback address, no trusted proxies, no public issuer.
    #[schemars(example = true)]
    pub introspection: Option<bool>,
    /// Whether the playground is served at `/`; by default only if nobody but this machine can reach the server: a loopback address, no trusted proxies, no public issuer.
    #[schemars(example = true)]
    pub playground: Option<bool>,
}
