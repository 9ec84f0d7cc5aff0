//! `[metrics]`: where scrapers find what the server measures.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where scrapers find what the server measures: at `/metrics`, on a listener of its own.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Whether there is such a listener.
    pub enabled: bool,
    /// Address and port of it; by default `127.0.0.1:9464`, or none if that is taken. Whoever reaches it may read all.
    #[schemars(
        with = "Option<String>",
        example = "127.0.0.1:9464",
        extend("expected" = "an address and a port, such as \"127.0.0.1:9464\" or \"[::1]:9464\"")
    )]
    pub listen: Option<SocketAddr>,
}

impl Metrics {
    /// Where it listens unless somebody says otherwise: the port that `OpenTelemetry` has for this.
    /// It may be taken, by another server on this machine: what nobody asked for is no reason not
    /// to start.
    #[must_use]
    pub const fn default_address() -> SocketAddr {
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: None,
        }
    }
}
