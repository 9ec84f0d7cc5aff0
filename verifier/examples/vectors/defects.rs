//! Tokens that are no good, whatever the ledger says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::signer::{Signer, Signers, encode};
use crate::{Case, LEEWAY_SECONDS, NOW, case, claims, claims_with, contents, headers, with};

/// More than the 8 KiB that are read.
const TOO_LONG: usize = 9 * 1024;

pub(crate) fn cases(signers: &Signers) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut malformed = |tokens: Vec<(&'static str, String)>| {
        cases.extend(
            tokens
                .into_iter()
                .map(|(name, token)| case(name, token, "MALFORMED")),
        );
    };
    malformed(shapes(&signers.es256));
    malformed(headers::cases(signers));
    malformed(signatures(signers));
    malformed(contents::cases(&signers.es256));
    cases.extend(missing(&signers.es256));
    cases.extend(times_and_audiences(&signers.es256));
    cases
}

fn shapes(signer: &Signer) -> Vec<(&'static str, String)> {
    let good = signer.token(&claims());
    let parts: Vec<_> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        unreachable!("a token has three parts")
    };
    let long = "x".repeat(TOO_LONG);
    let classic = STANDARD.encode(header_bytes(signer));
    vec![
        ("empty", String::new()),
        ("no token", "token".to_owned()),
        ("one dot", format!("{header}.{payload}")),
        ("three dots", format!("{good}.{signature}")),
        ("only dots", "..".to_owned()),
        ("an empty header", format!(".{payload}.{signature}")),
        ("an empty payload", format!("{header}..{signature}")),
        ("an empty signature", format!("{header}.{payload}.")),
        (
            "padding behind the header",
            format!("{header}=.{payload}.{signature}"),
        ),
        (
            "padding behind the payload",
            format!("{header}.{payload}=.{signature}"),
        ),
        ("padding behind the signature", format!("{good}==")),
        ("a space in front", format!(" {good}")),
        ("a line's end behind", format!("{good}\n")),
        ("a space in it", format!("{header}. {payload}.{signature}")),
        (
            "not the alphabet of base64url",
            format!("{classic}+/.{payload}.{signature}"),
        ),
        (
            "a letter outside of ASCII",
            format!("{header}.{payload}é.{signature}"),
        ),
        (
            "too long",
            signer.token(&claims_with(&json!({ "padding": long }))),
        ),
        (
            "a JWS in JSON",
            json!({ "protected": header, "payload": payload, "signature": signature }).to_string(),
        ),
        (
            "five parts, as what is encrypted has",
            format!("{header}.{signature}.{payload}.{payload}.{signature}"),
        ),
    ]
}

fn header_bytes(signer: &Signer) -> Vec<u8> {
    signer.header().to_string().into_bytes()
}

fn signatures(signers: &Signers) -> Vec<(&'static str, String)> {
    let signer = &signers.es256;
    let good = signer.token(&claims());
    let (message, signature) = good.rsplit_once('.').expect("a token has three parts");
    let (header, _) = message.split_once('.').expect("a token has three parts");
    let richer = encode(claims_with(&json!({ "scope": "everything" })).to_string());
    let none = with(signer.header(), &json!({ "alg": "none" }));
    let none = format!(
        "{}.{}.",
        encode(none.to_string()),
        encode(claims().to_string())
    );
    let elsewhere = signer.token(&claims_with(&json!({ "jti": "AAAAAAAAAAAAAAAAAAAAAA" })));
    let (_, another) = elsewhere.rsplit_once('.').expect("a token has three parts");
    let zero = encode([0; 64]);
    vec![
        ("signed by nobody", none),
        (
            "signed by nobody, with a signature",
            format!("{message}.{zero}"),
        ),
        ("another token's signature", format!("{message}.{another}")),
        (
            "other claims than were signed",
            format!("{header}.{richer}.{signature}"),
        ),
        (
            "half a signature",
            format!("{message}.{}", &signature[..43]),
        ),
        (
            "signed with a key that nobody knows",
            signers.unknown.token(&claims()),
        ),
        (
            "signed with another key than it names",
            signers.unknown.token_under(&signer.header(), &claims()),
        ),
        (
            "signed with a key that is there to encrypt",
            signers.encrypting.token(&claims()),
        ),
        (
            "HS256 with a key that everybody can read",
            signers.shared.token(&claims()),
        ),
        (
            "HS256 with the public key as the secret",
            hmac_of(signer, &signer.jwk.to_string()),
        ),
        (
            "HS256 with the public key's x as the secret",
            hmac_of(signer, text(&signer.jwk["x"])),
        ),
        (
            "HS256 with the RSA key's modulus as the secret",
            hmac_of(&signers.rs256, text(&signers.rs256.jwk["n"])),
        ),
    ]
}

/// What a verifier takes that goes by the token's `alg`.
fn hmac_of(signer: &Signer, secret: &str) -> String {
    let header = with(signer.header(), &json!({ "alg": "HS256" }));
    Signer::hs256(secret.as_bytes()).token_under(&header, &claims())
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn missing(signer: &Signer) -> Vec<Case> {
    let names = [
        ("no iss", "iss"),
        ("no aud", "aud"),
        ("no sub", "sub"),
        ("no sid", "sid"),
        ("no jti", "jti"),
        ("no iat", "iat"),
        ("no exp", "exp"),
        ("no auth_time", "auth_time"),
        ("no amr", "amr"),
        ("no client_id", "client_id"),
        ("no rev", "rev"),
    ];
    let without = |claim: &str| signer.token(&claims_with(&json!({ claim: null })));
    let case = |(name, claim)| case(name, without(claim), "MALFORMED");
    names.into_iter().map(case).collect()
}

fn times_and_audiences(signer: &Signer) -> Vec<Case> {
    let saying = |changes: Value| signer.token(&claims_with(&changes));
    let sister = "https://billing.example.com";
    let over = json!({ "iat": NOW - 600, "exp": NOW - 300 });
    let ahead = NOW + LEEWAY_SECONDS + 1;
    vec![
        case(
            "another audience",
            saying(json!({ "aud": sister })),
            "WRONG_AUDIENCE",
        ),
        case(
            "a sister's token",
            saying(json!({ "aud": sister, "client_id": "billing" })),
            "WRONG_AUDIENCE",
        ),
        case(
            "a sister's name with our audience",
            saying(json!({ "client_id": "billing" })),
            "WRONG_AUDIENCE",
        ),
        case(
            "the audience with a slash behind",
            saying(json!({ "aud": "https://shop.example.com/" })),
            "WRONG_AUDIENCE",
        ),
        case(
            "an empty audience",
            saying(json!({ "aud": "" })),
            "WRONG_AUDIENCE",
        ),
        case(
            "another audience, and expired",
            saying(with(over.clone(), &json!({ "aud": sister }))),
            "WRONG_AUDIENCE",
        ),
        case("expired", saying(over), "EXPIRED"),
        case(
            "expired, just beyond the leeway",
            saying(json!({ "exp": NOW - LEEWAY_SECONDS })),
            "EXPIRED",
        ),
        case(
            "issued in the future",
            saying(json!({ "iat": ahead })),
            "NOT_YET_VALID",
        ),
        case(
            "not before a moment in the future",
            saying(json!({ "nbf": ahead })),
            "NOT_YET_VALID",
        ),
        case(
            "issued in the future, though not before now",
            saying(json!({ "iat": ahead, "nbf": NOW })),
            "NOT_YET_VALID",
        ),
        case(
            "expired before it was to begin",
            saying(json!({ "iat": NOW - 60, "exp": NOW - 10, "nbf": ahead })),
            "EXPIRED",
        ),
    ]
}
