//! `[feed]`: how many sub-systems may follow the revocations, and how often they hear that nothing happened.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many sub-systems may follow the revocations, and how often they hear that nothing happened.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Feed {
    /// Followers at the same time, in each process; each holds a connection.
    #[schemars(
        range(min = 0, max = 100_000),
        extend("because" = "each takes a connection and memory; with 0 nobody follows")
    )]
    pub max_followers: usize,
    /// Followers of one application at the same time, in each process.
    #[schemars(
        range(min = 1, max = 100_000),
        extend("because" = "one application must leave places to the others")
    )]
    pub max_followers_per_application: usize,
    /// Seconds between two events of a stream at most, while the database answers.
    #[schemars(
        range(min = 1, max = 3),
        extend("because" = "followers go by what they heard for 5 seconds, and must hear more by then, or ask about each token")
    )]
    pub heartbeat_seconds: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            max_followers: 2000,
            max_followers_per_application: 100,
            heartbeat_seconds: 2,
        }
    }
}
