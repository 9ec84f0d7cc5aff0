//! Tokens that are good, if only just.

use serde_json::json;

use crate::signer::Signers;
use crate::{Case, LEEWAY_SECONDS, NOW, POSITION, case, claims, claims_with, with};

pub(crate) fn cases(signers: &Signers) -> Vec<Case> {
    let es256 = &signers.es256;
    let saying = |changes| es256.token(&claims_with(&changes));
    let typed = |typ| es256.token_under(&with(es256.header(), &json!({ "typ": typ })), &claims());
    let tokens = [
        ("ES256", es256.token(&claims())),
        ("EdDSA", signers.eddsa.token(&claims())),
        ("RS256", signers.rs256.token(&claims())),
        ("no scope", saying(json!({ "scope": null }))),
        ("no method", saying(json!({ "amr": [] }))),
        (
            "a claim that nobody knows",
            saying(json!({ "colour": "blue" })),
        ),
        ("a type in capitals", typed("AT+JWT")),
        ("a type with its whole name", typed("application/at+jwt")),
        (
            "a header that nobody knows",
            es256.token_under(
                &with(es256.header(), &json!({ "colour": "blue" })),
                &claims(),
            ),
        ),
        (
            "expired, within the leeway",
            saying(json!({ "exp": NOW - LEEWAY_SECONDS + 1 })),
        ),
        (
            "issued by a clock that is a little ahead",
            saying(json!({ "iat": NOW + LEEWAY_SECONDS })),
        ),
        (
            "not before a moment that is almost here",
            saying(json!({ "nbf": NOW + LEEWAY_SECONDS })),
        ),
        (
            "the longest lifetime",
            saying(json!({ "exp": NOW - 60 + 3600 })),
        ),
        (
            "issued at the position that was heard",
            saying(json!({ "rev": POSITION })),
        ),
    ];
    let tokens = tokens.into_iter();
    tokens
        .map(|(name, token)| case(name, token, "valid"))
        .collect()
}
