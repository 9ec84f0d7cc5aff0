//! How a client says who it is (RFC 6749, section 2.3.1): by HTTP Basic, or in the body.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::form::{CLIENT_ASSERTION, CLIENT_ID, CLIENT_SECRET, Form};
use super::refusal::Refused;
use crate::model::secret::ClientSecret;
use crate::service::clients::Credentials;

/// What the client shows: in one way, and not in two.
pub(super) fn shown(headers: &HeaderMap, form: &Form) -> Result<Credentials, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let header = values.next();
    if values.next().is_some() {
        return Err(malformed("there are two Authorization headers"));
    }
    let (secret, assertion) = (form.get(CLIENT_SECRET), form.get(CLIENT_ASSERTION));
    let ways = [header.is_some(), secret.is_some(), assertion.is_some()];
    if ways.iter().filter(|is_used| **is_used).count() > 1 {
        return Err(malformed("the client authenticates in more than one way"));
    }
    // A way that we don't offer.
    if assertion.is_some() {
        return Err(Refused::client());
    }
    let client_id = form.get(CLIENT_ID);
    let Some(header) = header else {
        return Ok(Credentials {
            client_id: client_id.ok_or_else(Refused::client)?.to_owned(),
            secret: secret.map(|secret| ClientSecret::new(secret.to_owned())),
        });
    };
    let basic = basic(header).ok_or_else(Refused::client)?;
    // Naming itself is no second way to authenticate, unless it is another name.
    if client_id.is_some_and(|id| id != basic.client_id) {
        return Err(malformed("the client has two names"));
    }
    Ok(basic)
}

/// RFC 7617, with both parts encoded as in a form: so says RFC 6749, and so a colon may be in them.
fn basic(header: &HeaderValue) -> Option<Credentials> {
    let (scheme, encoded) = header.to_str().ok()?.trim_ascii().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let bytes = Zeroizing::new(STANDARD.decode(encoded.trim_start_matches(' ')).ok()?);
    let (client_id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some(Credentials {
        client_id: decode(client_id)?,
        secret: Some(ClientSecret::new(decode(secret)?)),
    })
}

fn decode(text: &str) -> Option<String> {
    let spaced = Zeroizing::new(text.replace('+', " "));
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn malformed(sentence: &'static str) -> Refused {
    Refused::request(StatusCode::BAD_REQUEST, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        let credentials = basic(&value.parse().expect("a header value"))?;
        let secret = credentials.secret.expect("Basic has one");
        Some((credentials.client_id, secret.expose().to_owned()))
    }

    fn encoded(text: &str) -> String {
        STANDARD.encode(text)
    }

    #[test]
    fn both_parts_are_decoded_as_in_a_form() {
        for (text, client_id, secret) in [
            ("shop:secret", "shop", "secret"),
            ("shop:", "shop", ""),
            ("shop:a%2Bb+c%25d%3Ae%26", "shop", "a+b c%d:e&"),
            ("sh%6Fp:a:b", "shop", "a:b"),
            ("shop:100%", "shop", "100%"),
            ("shop:b%C3%BCcher", "shop", "bücher"),
        ] {
            let expected = Some((client_id.to_owned(), secret.to_owned()));
            for scheme in ["Basic", "basic", "BASIC", "Basic  "] {
                let value = format!("{scheme} {}", encoded(text));
                assert_eq!(read(&value), expected, "{text}");
            }
        }
    }

    #[test]
    fn all_else_is_nobodys_name() {
        for value in [
            "",
            "Basic",
            "Basic ",
            "Bearer c2hvcDpzZWNyZXQ=",
            "Basic c2hvcDpzZWNyZXQ",
            "Basic not base64",
            &format!("Basic {}", encoded("shop")),
            &format!("Basic {}", STANDARD.encode(b"shop:\xff")),
            &format!("Basic {}", encoded("shop:%ff")),
            &format!("Basic {0}, Basic {0}", encoded("shop:secret")),
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
