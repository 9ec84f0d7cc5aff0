//! `[http]`: where the server listens, whom it trusts, and how long and how much it bears.

use std::net::SocketAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application_rules::origin_problem;
use super::faults::Problems;

/// Where the server listens, whom it trusts, and how long and how much it bears.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on; port 0 takes any free one.
    #[schemars(
        with = "String",
        extend("expected" = "an address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"")
    )]
    pub listen: SocketAddr,
    /// Networks of the proxies whose `X-Forwarded-For` is believed.
    #[schemars(
        with = "Vec<String>",
        extend("expected" = "a list of networks, such as \"10.0.0.0/8\"; a single address is \"10.0.0.1/32\"")
    )]
    pub trusted_proxies: Vec<IpNet>,
    /// Exact origins of single-page apps that live elsewhere, such as `https://app.example.com`; those of one application stand with it.
    #[schemars(extend("expected" = "a list of origins, such as \"https://app.example.com\""))]
    pub allowed_origins: Vec<String>,
    /// Seconds within which a request is answered, whatever it waits for.
    #[schemars(
        range(min = 1, max = 120),
        extend("because" = "clients and proxies have given up by then")
    )]
    pub request_timeout_seconds: u64,
    /// Seconds that a client may take to send its headers, and again to send its body.
    #[schemars(
        range(min = 1, max = 60),
        extend("because" = "a slow client holds its connection that long")
    )]
    pub header_timeout_seconds: u64,
    /// Bytes that the body of a request may have.
    #[schemars(
        range(min = 1024, max = 1_048_576),
        extend("because" = "less cuts off real operations, and more is memory for anybody who asks")
    )]
    pub body_limit_bytes: usize,
    /// Connections that are open at the same time; further ones wait.
    #[schemars(
        range(min = 1, max = 1_000_000),
        extend("because" = "each takes a file descriptor and memory")
    )]
    pub max_connections: usize,
    /// Seconds that requests under way are given to finish when the server stops.
    #[schemars(
        range(min = 0, max = 300),
        extend("because" = "supervisors kill what takes longer")
    )]
    pub shutdown_timeout_seconds: u64,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            trusted_proxies: Vec::new(),
            allowed_origins: Vec::new(),
            request_timeout_seconds: 10,
            header_timeout_seconds: 5,
            body_limit_bytes: 65_536,
            max_connections: 4096,
            shutdown_timeout_seconds: 20,
        }
    }
}

impl Http {
    /// Whether only this machine can reach the server.
    pub(super) fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for origin in &self.allowed_origins {
            if let Some(problem) = origin_problem(origin) {
                problems.add(&["http.allowed_origins"], problem);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_is_judged() {
        let http = Http {
            allowed_origins: ["https://a.example", "https://B.example", "*"]
                .map(str::to_owned)
                .to_vec(),
            ..Http::default()
        };
        let told = Problems::collect(|problems| http.check(problems));
        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[test]
    fn loopback_is_recognised_in_every_notation() {
        for (listen, loopback) in [
            ("127.0.0.1:1", true),
            ("127.9.9.9:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("10.0.0.1:1", false),
        ] {
            let http = Http {
                listen: listen.parse().unwrap(),
                ..Http::default()
            };
            assert_eq!(http.is_loopback(), loopback, "{listen}");
        }
    }
}
