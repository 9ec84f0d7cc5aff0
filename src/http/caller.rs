//! What a request shows of its caller: the bearer token and the address. Nothing is decided here.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use ipnet::IpNet;

use crate::model::caller::Bearer;
use crate::model::secret::AccessToken;
use crate::model::user_agent;

/// The bearer token (RFC 6750, section 2.1): only ever from the header, never from the URL, a body
/// or a cookie.
pub(crate) fn bearer(headers: &HeaderMap) -> Bearer {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Bearer::Absent;
    };
    // Of two headers, which one counts? A proxy may have thought otherwise.
    if values.next().is_some() {
        return Bearer::Malformed;
    }
    value.to_str().map_or(Bearer::Malformed, bearer_of)
}

/// The bearer token in the value of such a header.
pub(crate) fn bearer_of(value: &str) -> Bearer {
    token(value).map_or(Bearer::Malformed, Bearer::Presented)
}

fn token(value: &str) -> Option<AccessToken> {
    let (scheme, token) = value.trim_ascii().split_once(' ')?;
    let token = token.trim_start_matches(' ');
    // Schemes are compared without case (RFC 9110, section 11.1).
    let is_bearer = scheme.eq_ignore_ascii_case("Bearer");
    let is_one_word = !token.is_empty() && !token.bytes().any(|byte| b" \t,".contains(&byte));
    (is_bearer && is_one_word).then(|| AccessToken::new(token.to_owned()))
}

/// The client's address: the peer's, unless that is a proxy that we trust. Then it is the last
/// address of `X-Forwarded-For` that no trusted proxy has: what stands before it, anybody may have
/// written.
pub(crate) fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|network| network.contains(&address))
    };
    let mut client = peer;
    let forwarded: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let hops = forwarded.iter().rev().flat_map(|value| {
        value
            .to_str()
            .unwrap_or_default()
            .rsplit(',')
            .map(str::trim_ascii)
    });
    for hop in hops {
        if !is_trusted(client) {
            break;
        }
        let Ok(address) = hop.parse() else { break };
        client = address;
    }
    client.to_canonical()
}

/// What the client says it is.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<String> {
    user_agent::kept(headers.get(USER_AGENT)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().expect("a header value"));
        }
        headers
    }

    #[test]
    fn one_bearer_token_is_presented_and_all_else_is_malformed() {
        let presented = Bearer::Presented(AccessToken::new("a.b.c".to_owned()));
        for value in [
            "Bearer a.b.c",
            "bearer a.b.c",
            "BEARER   a.b.c",
            " Bearer a.b.c ",
        ] {
            assert_eq!(
                bearer(&headers("authorization", &[value])),
                presented,
                "{value}"
            );
        }
        for values in [
            &["Basic a.b.c"][..],
            &["Bearer"],
            &["Bearer "],
            &["a.b.c"],
            &["Bearer a b"],
            &["Bearer a,Bearer b"],
            &["Bearer a.b.c", "Bearer a.b.c"],
            &[""],
        ] {
            assert_eq!(
                bearer(&headers("authorization", values)),
                Bearer::Malformed,
                "{values:?}"
            );
        }
        assert_eq!(bearer(&HeaderMap::new()), Bearer::Absent);
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a network")];
        let of = |peer: &str, values: &[&'static str]| {
            let peer = peer.parse().expect("an address");
            address(peer, &headers("x-forwarded-for", values), &trusted).to_string()
        };
        assert_eq!(
            of("192.0.2.1", &["198.51.100.7"]),
            "192.0.2.1",
            "not a proxy of ours"
        );
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            of("10.0.0.1", &["203.0.113.9, 198.51.100.7"]),
            "198.51.100.7",
            "forged"
        );
        assert_eq!(
            of("10.0.0.1", &["203.0.113.9", "198.51.100.7, 10.0.0.2"]),
            "198.51.100.7"
        );
        assert_eq!(of("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(of("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }
}
