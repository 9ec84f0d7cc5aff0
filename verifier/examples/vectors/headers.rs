//! Headers that say the wrong thing, all of them signed.

use serde_json::{Value, json};

use crate::signer::{Signers, encode};
use crate::{claims, with};

pub(crate) fn cases(signers: &Signers) -> Vec<(&'static str, String)> {
    let mut cases = names(signers);
    cases.extend(rules(signers));
    cases
}

/// Types and keys.
fn names(signers: &Signers) -> Vec<(&'static str, String)> {
    let signer = &signers.es256;
    let under = |changes: Value| signer.token_under(&with(signer.header(), &changes), &claims());
    vec![
        ("no type", under(json!({ "typ": null }))),
        ("the type of an ID token", under(json!({ "typ": "JWT" }))),
        (
            "the type of a logout token",
            under(json!({ "typ": "logout+jwt" })),
        ),
        (
            "a type that only begins well",
            under(json!({ "typ": "at+jwt2" })),
        ),
        ("a type that is a number", under(json!({ "typ": 1 }))),
        ("no kid", under(json!({ "kid": null }))),
        ("a kid that is a number", under(json!({ "kid": 1 }))),
        (
            "a kid that names no key",
            under(json!({ "kid": encode([7; 32]) })),
        ),
        (
            "a kid that is a path",
            under(json!({ "kid": "../../etc/passwd" })),
        ),
        ("a kid that is empty", under(json!({ "kid": "" }))),
        (
            "another key's kid",
            under(json!({ "kid": signers.revoked.kid() })),
        ),
        (
            "the kid of a key of another algorithm",
            under(json!({ "kid": signers.eddsa.kid() })),
        ),
    ]
}

/// Algorithms, what is critical, and keys that are brought along.
fn rules(signers: &Signers) -> Vec<(&'static str, String)> {
    let signer = &signers.es256;
    let under = |changes: Value| signer.token_under(&with(signer.header(), &changes), &claims());
    let unknown = &signers.unknown;
    let embedded = with(unknown.header(), &json!({ "jwk": unknown.jwk }));
    let own = with(signer.header(), &json!({ "jwk": signer.jwk }));
    let claims_text = claims().to_string();
    vec![
        ("no algorithm", under(json!({ "alg": null }))),
        (
            "an algorithm that the key is not for",
            under(json!({ "alg": "EdDSA" })),
        ),
        (
            "an algorithm of the same family",
            under(json!({ "alg": "ES384" })),
        ),
        (
            "an algorithm in small letters",
            under(json!({ "alg": "es256" })),
        ),
        (
            "something critical that nobody knows",
            under(json!({ "crit": ["colour"], "colour": "blue" })),
        ),
        (
            "something critical that somebody knows",
            under(json!({ "crit": ["b64"], "b64": true })),
        ),
        ("nothing critical, in a list", under(json!({ "crit": [] }))),
        (
            "a key of its own",
            unknown.token_under(&embedded, &claims()),
        ),
        ("its own key, again", signer.token_under(&own, &claims())),
        (
            "the address of a key",
            under(json!({ "jku": "https://evil.example.com/jwks.json" })),
        ),
        ("a certificate", under(json!({ "x5c": ["MIIB"] }))),
        (
            "the address of a certificate",
            under(json!({ "x5u": "https://evil.example.com/x509" })),
        ),
        ("a header that is no JSON", signer.sign("{", &claims_text)),
        ("a header that is a list", signer.sign("[]", &claims_text)),
    ]
}
