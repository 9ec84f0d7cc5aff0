//! Tokens that are no good, whatever the ledger says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::signer::{Signer, Signers, encode};
use crate::{Case, LEEWAY_SECONDS, NOW, case, claims, claims_with, with};

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
    malformed(headers(signers));
    malformed(signatures(signers));
    malformed(contents(&signers.es256));
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

fn headers(signers: &Signers) -> Vec<(&'static str, String)> {
    let signer = &signers.es256;
    let under = |changes: Value| signer.token_under(&with(signer.header(), &changes), &claims());
    let unknown = &signers.unknown;
    let embedded = with(unknown.header(), &json!({ "jwk": unknown.jwk }));
    let own = with(signer.header(), &json!({ "jwk": signer.jwk }));
    let claims_text = claims().to_string();
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

fn contents(signer: &Signer) -> Vec<(&'static str, String)> {
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
