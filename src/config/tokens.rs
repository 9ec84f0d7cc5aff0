//! `[tokens]`: what access tokens say, and how long they live.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Http;
use super::application_rules::{audience_problem, client_id_problem};
use super::faults::Problems;

/// What access tokens say, and how long they live.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// URL under which clients reach the server, kept to the letter as `iss`; by default `http://` and `http.listen`.
    #[schemars(example = "https://login.example.com")]
    pub issuer: Option<String>,
    /// Client id of the default application, at which people sign in who name no other; further ones are `[[applications]]`.
    pub client_id: String,
    /// Audience (`aud`) of that application's tokens.
    pub audience: String,
    /// Seconds that an access token lives.
    #[schemars(
        range(min = 10, max = 3600),
        extend("because" = "less keeps clients busy refreshing, and sub-systems that never ask us believe a token that long")
    )]
    pub access_lifetime_seconds: u64,
    /// Seconds by which the clocks of nodes may differ when a token's times are checked.
    #[schemars(
        range(min = 0, max = 5),
        extend("because" = "an expired token is accepted that much longer")
    )]
    pub leeway_seconds: u64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: "default".to_owned(),
            audience: "cardea".to_owned(),
            access_lifetime_seconds: 300,
            leeway_seconds: 0,
        }
    }
}

impl Tokens {
    /// Whether the issuer is this machine, as it is while none is set.
    pub(super) fn has_loopback_issuer(&self) -> bool {
        let issuer = self.issuer.as_deref().map(Url::parse);
        issuer.is_none_or(|issuer| issuer.is_ok_and(|url| is_loopback(&url)))
    }

    pub(super) fn check(&self, http: &Http, problems: &mut Problems) {
        match &self.issuer {
            Some(issuer) => {
                if let Some(problem) = issuer_problem(issuer) {
                    problems.add(&["tokens.issuer"], format!("{issuer:?} {problem}"));
                }
            }
            None if http.is_loopback() => {}
            None => problems.add(
                &["http.listen", "tokens.issuer"],
                format!(
                    "{} is not a loopback address, so tokens.issuer must be set: the https URL under which clients reach the server",
                    http.listen
                ),
            ),
        }
        if let Some(problem) = client_id_problem(&self.client_id) {
            problems.add(&["tokens.client_id"], problem);
        }
        if let Some(problem) = audience_problem(&self.audience) {
            problems.add(&["tokens.audience"], problem);
        }
    }
}

/// RFC 8414, section 2: an https URL without query and fragment. Verifiers compare it letter by letter, so
/// what a URL parser would silently repair is refused.
fn issuer_problem(issuer: &str) -> Option<String> {
    let example = "such as \"https://login.example.com\"";
    let Some(url) = Url::parse(issuer)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
    else {
        return Some(format!(
            "is not an absolute http or https URL: write one, {example}"
        ));
    };
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Some(format!(
            "has more than scheme, host, port and path: write it without, {example}"
        ));
    }
    if url.path().contains([':', '*', '{', '}']) {
        return Some(format!(
            "has a path with one of `: * {{ }}`: write one of letters, digits, `-`, `_`, `.` and `/`, {example}"
        ));
    }
    let exact = url.as_str();
    if exact != issuer && exact.strip_suffix('/') != Some(issuer) {
        return Some(format!(
            "is not written as clients will see it: write {exact:?}"
        ));
    }
    (url.scheme() == "http" && !is_loopback(&url))
        .then(|| "sends tokens in plain text over the network: write https, http is for loopback hosts only".to_owned())
}

/// Whether it leads to this machine, and over no network.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_exact_https_url() {
        for issuer in [
            "https://login.example.com",
            "https://login.example.com/",
            "https://example.com:8443/login",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/cardea",
        ] {
            assert_eq!(issuer_problem(issuer), None, "{issuer}");
        }
        for (issuer, word) in [
            ("login.example.com", "absolute"),
            ("ftp://login.example.com", "absolute"),
            ("", "absolute"),
            ("https://login.example.com?a", "has more"),
            ("https://login.example.com/#", "has more"),
            ("https://me@login.example.com", "has more"),
            (
                "https://Login.example.com",
                "\"https://login.example.com/\"",
            ),
            ("https://login.example.com:443", "as clients"),
            (" https://login.example.com", "as clients"),
            ("https:login.example.com", "as clients"),
            ("http://login.example.com", "write https"),
            ("http://localhost.example.com", "write https"),
        ] {
            let problem = issuer_problem(issuer).unwrap();
            assert!(problem.contains(word), "{issuer}: {problem}");
        }
    }

    #[test]
    fn a_server_for_others_says_its_name() {
        let http = Http {
            listen: "0.0.0.0:8080".parse().unwrap(),
            ..Http::default()
        };
        let told = Problems::collect(|problems| Tokens::default().check(&http, problems));
        assert!(told[0].contains("tokens.issuer must be set"), "{told:?}");
    }

    #[test]
    fn names_are_fit_for_cookies_and_claims() {
        let tokens = Tokens {
            client_id: "my app".to_owned(),
            audience: String::new(),
            ..Tokens::default()
        };
        assert_eq!(
            Problems::collect(|problems| tokens.check(&Http::default(), problems)).len(),
            2
        );
    }
}
