//! `[outbox]`: what applications are told in the standards' ways, until they have heard it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What applications are told in the standards' ways, until they have heard it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Outbox {
    /// Days after which an event is forgotten that its application has not fetched, or could not be told.
    #[schemars(
        range(min = 1, max = 90),
        extend("because" = "an application that never comes back must not fill the database")
    )]
    pub retention_days: u64,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { retention_days: 7 }
    }
}
