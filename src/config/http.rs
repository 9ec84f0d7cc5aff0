//! `[http]`: where the server listens, whom it trusts, and how long and how much it bears.

use std::net::SocketAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

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
    /// Exact origins of single-page apps that live elsewhere, such as `https://app.example.com`.
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
            let problem = match exact_origin(origin) {
                Some(exact) if exact == *origin => continue,
                Some(exact) => format!(
                    "{origin:?} is not the exact form in which browsers send this origin; write {exact:?}"
                ),
                None => format!(
                    "{origin:?} is not an origin; write scheme and host, such as \"https://app.example.com\", one entry for each"
                ),
            };
            problems.add(&["http.allowed_origins"], problem);
        }
    }
}

/// The origin in the ASCII form of RFC 6454, section 6.2, which is what browsers send.
fn exact_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let matches_one_site = matches!(url.scheme(), "http" | "https") && !text.contains('*');
    matches_one_site.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(origin: &str) -> Vec<String> {
        let http = Http {
            allowed_origins: vec![origin.to_owned()],
            ..Http::default()
        };
        Problems::collect(|problems| http.check(problems))
    }

    #[test]
    fn an_origin_is_taken_only_in_its_exact_form() {
        for origin in [
            "https://app.example.com",
            "https://app.example.com:8443",
            "http://localhost:5173",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(problems_of(origin), Vec::<String>::new(), "{origin}");
        }
        for origin in [
            "https://app.example.com/",
            "https://App.example.com",
            "https://app.example.com:443",
            "https://app.example.com/path",
            "https://bücher.example",
            " https://app.example.com",
        ] {
            assert!(
                problems_of(origin)[0].contains("; write \"https://"),
                "{origin}"
            );
        }
        for origin in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://*.example.com",
            "ftp://app.example.com",
            "https://",
        ] {
            assert!(
                problems_of(origin)[0].contains("is not an origin"),
                "{origin}"
            );
        }
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
