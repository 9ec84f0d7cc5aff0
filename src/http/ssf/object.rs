//! The body of a request: one object in JSON.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::malformed;
use crate::http::oauth::Refused;
use crate::http::{Limits, body, media};

/// Reads it. Members that nobody knows are ignored (SSF 1.0 lets others add some); nothing at all is as
/// good as an object without members.
pub(super) async fn read<T: DeserializeOwned>(
    limits: &Limits,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refused> {
    // The standard's own examples don't say what they send.
    if headers.contains_key(CONTENT_TYPE) && !media::is_json(headers) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Refused::request(
            status,
            "the body must be application/json, in UTF-8",
        ));
    }
    let bytes = body::read(limits, headers, body).await;
    let bytes = bytes.map_err(|why| Refused::request(why.status, why.sentence))?;
    parse(&bytes).ok_or_else(|| {
        malformed(
            "the body must be one JSON object, whose members are there once and of their types",
        )
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let text = bytes.trim_ascii();
    match text.first() {
        None => serde_json::from_slice(b"{}").ok(),
        // A list would be read as an object's members, in their order.
        Some(b'{') => serde_json::from_slice(text).ok(),
        Some(_) => None,
    }
}

/// A text that can be stored and told again: not too long, and without the one character that PostgreSQL has
/// no place for.
pub(super) fn text(
    text: Option<String>,
    name: &str,
    longest: usize,
) -> Result<Option<String>, Refused> {
    if let Some(text) = &text
        && (text.len() > longest || text.contains('\0'))
    {
        let sentence = format!("`{name}` has at most {longest} bytes, and no NUL");
        return Err(malformed(&sentence));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Said {
        a: Option<String>,
        b: Option<u8>,
    }

    #[test]
    fn only_an_object_is_one() {
        let said = |a: Option<&str>, b| {
            let a = a.map(str::to_owned);
            Some(Said { a, b })
        };
        for (text, expected) in [
            ("", said(None, None)),
            (" \r\n", said(None, None)),
            ("{}", said(None, None)),
            (r#" {"a":"x","c":[{}]} "#, said(Some("x"), None)),
            (r#"{"a":null,"b":7}"#, said(None, Some(7))),
            (r#"{"b":"7"}"#, None),
            (r#"{"b":1,"b":2}"#, None),
            (r#"["x",7]"#, None),
            ("null", None),
            ("{} {}", None),
            (r#"{"a":"x""#, None),
            ("{\"a\":\"\u{0}\"}", None),
        ] {
            assert_eq!(parse::<Said>(text.as_bytes()), expected, "{text}");
        }
    }
}
