//! `[sockets]`: how many clients follow subscriptions, and how long a silent one is borne.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many clients follow subscriptions, and how long a silent one is borne. A message has at most `http.body_limit_bytes`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sockets {
    /// Sockets that are open at the same time; a further one is answered 503.
    #[schemars(
        range(min = 1, max = 1_000_000),
        extend("because" = "each takes a file descriptor and memory")
    )]
    pub maximum: usize,
    /// Sockets of one user; a further one is closed with 1008.
    #[schemars(
        range(min = 1, max = 10_000),
        extend("because" = "one is a tab of a browser")
    )]
    pub maximum_per_user: usize,
    /// Subscriptions over one socket.
    #[schemars(
        range(min = 1, max = 1000),
        extend("because" = "each is told of each event, and executed for it")
    )]
    pub maximum_subscriptions: usize,
    /// Seconds that a client may take to send `connection_init`.
    #[schemars(
        range(min = 1, max = 60),
        extend("because" = "a client that says nothing holds its socket that long")
    )]
    pub init_timeout_seconds: u64,
    /// Seconds between two pings; a client from which nothing comes for twice as long is gone.
    #[schemars(
        range(min = 1, max = 300),
        extend("because" = "proxies cut what is silent, often after a minute")
    )]
    pub ping_seconds: u64,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            maximum: 1000,
            maximum_per_user: 20,
            maximum_subscriptions: 10,
            init_timeout_seconds: 5,
            ping_seconds: 25,
        }
    }
}
