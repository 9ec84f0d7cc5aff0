//! Claims that say the wrong thing, all of them signed.

use serde_json::{Value, json};

use crate::signer::Signer;
use crate::{NOW, claims_with};

pub(crate) fn cases(signer: &Signer) -> Vec<(&'static str, String)> {
    let mut cases = names(signer);
    cases.extend(times(signer));
    cases.extend(others(signer));
    cases
}

/// Who, for whom, and from whom.
fn names(signer: &Signer) -> Vec<(&'static str, String)> {
    let saying = |changes: Value| signer.token(&claims_with(&changes));
    let header = signer.header().to_string();
    vec![
        ("claims that are no JSON", signer.sign(&header, "{")),
        ("claims that are a list", signer.sign(&header, "[]")),
        (
            "another issuer",
            saying(json!({ "iss": "https://evil.example.com" })),
        ),
        (
            "the issuer with a slash behind",
            saying(json!({ "iss": "https://login.example.com/" })),
        ),
        (
            "the issuer in capitals",
            saying(json!({ "iss": "HTTPS://LOGIN.EXAMPLE.COM" })),
        ),
        (
            "an issuer that is a list",
            saying(json!({ "iss": ["https://login.example.com"] })),
        ),
        (
            "an audience that is a list with ours in it",
            saying(json!({ "aud": ["https://shop.example.com"] })),
        ),
        ("a user that is no UUID", saying(json!({ "sub": "ada" }))),
        ("a user that is a number", saying(json!({ "sub": 1 }))),
        (
            "a session that is no UUID",
            saying(json!({ "sid": "a session" })),
        ),
        (
            "a jti that is too short",
            saying(json!({ "jti": "ngI5v02XV96UylzlLJxx" })),
        ),
        ("a jti that is a number", saying(json!({ "jti": 1 }))),
    ]
}

/// When.
fn times(signer: &Signer) -> Vec<(&'static str, String)> {
    let saying = |changes: Value| signer.token(&claims_with(&changes));
    vec![
        (
            "an iat that is a text",
            saying(json!({ "iat": (NOW - 60).to_string() })),
        ),
        (
            "an exp that is a text",
            saying(json!({ "exp": (NOW + 240).to_string() })),
        ),
        (
            "an exp that is no whole number",
            saying(json!({ "exp": 1_795_330_600.5 })),
        ),
        ("an exp that is true", saying(json!({ "exp": true }))),
        (
            "an nbf that is a text",
            saying(json!({ "nbf": (NOW - 60).to_string() })),
        ),
        (
            "an auth_time that is a text",
            saying(json!({ "auth_time": "yesterday" })),
        ),
        (
            "a lifetime that is too long",
            saying(json!({ "exp": NOW - 60 + 3601 })),
        ),
        (
            "a lifetime of no second",
            saying(json!({ "exp": NOW - 60 })),
        ),
        (
            "a lifetime that ends before it begins",
            saying(json!({ "exp": NOW - 61 })),
        ),
        (
            "a lifetime that is too long, and over",
            saying(json!({ "iat": NOW - 7200, "exp": NOW - 60 })),
        ),
    ]
}

/// How, and what for.
fn others(signer: &Signer) -> Vec<(&'static str, String)> {
    let saying = |changes: Value| signer.token(&claims_with(&changes));
    vec![
        ("an amr that is a text", saying(json!({ "amr": "pwd" }))),
        ("an amr with a number in it", saying(json!({ "amr": [1] }))),
        (
            "a client_id that is a number",
            saying(json!({ "client_id": 1 })),
        ),
        (
            "a scope that is a list",
            saying(json!({ "scope": ["orders:read"] })),
        ),
        ("a rev that is a text", saying(json!({ "rev": "900" }))),
        (
            "a rev that is no whole number",
            saying(json!({ "rev": 900.5 })),
        ),
    ]
}
