//! Keys and headers of tokens: only our own key signs, in only one way, and nothing else is asked.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::client::Request;
use crate::forgery::{Key, encode};
use crate::token_defects::{assert_malformed, target};

#[tokio::test]
async fn a_public_key_is_no_secret_for_hmac() {
    let (app, _session, token) = target().await;
    let document = app.send(Request::get("/.well-known/jwks.json")).await;
    let key = &document.json()["keys"][0];
    let server = Key::of_server(&app).await;
    let point = server.public_point();
    assert_eq!(key["x"], encode(&point[1..33]), "it is the server's key");
    // SubjectPublicKeyInfo of P-256: this, and then the point.
    let prefix = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
    let der = [&base64_decode(prefix)[..26], point].concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &der)
    );
    let coordinate = key["x"].as_str().expect("a text").to_owned();
    let kid = key["kid"].as_str().expect("a text").to_owned();
    let mut defects = Vec::new();
    for algorithm in ["HS256", "hs256"] {
        let token = token.clone().with_header("alg", algorithm);
        for (name, secret) in [
            ("the set", document.body.as_slice()),
            ("the JWK", key.to_string().as_bytes()),
            ("the PEM", pem.as_bytes()),
            ("the PEM, trimmed", pem.trim().as_bytes()),
            ("the DER", &der),
            ("the point", point),
            ("the coordinates", &point[1..]),
            ("x", coordinate.as_bytes()),
            ("kid", kid.as_bytes()),
            ("nothing", b""),
        ] {
            defects.push((name, token.hashed_under(secret)));
        }
    }
    // Nor does the label decide: an HMAC that calls itself ES256 is no signature.
    defects.push(("labelled ES256", token.hashed_under(&der)));
    assert_malformed(&app, &defects).await;
}

fn base64_decode(text: &str) -> Vec<u8> {
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).expect("base64")
}

/// Names of keys that nobody has: data, and nothing else.
const KIDS: [&str; 12] = [
    "",
    " ",
    "unknown",
    "../../../../dev/null",
    "/dev/null",
    "..\\..\\nul",
    "file:///etc/passwd",
    "' OR '1'='1",
    "x' UNION SELECT sealed_key FROM signing_keys --",
    "$(id)",
    "`id`",
    "\u{0}",
];

#[tokio::test]
async fn keys_come_from_our_own_store_and_nowhere_else() {
    let (app, _session, token) = target().await;
    let foreign = Key::foreign();
    let point = foreign.public_point();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let thumbprint = encode(digest(&SHA256, thumbprint.as_bytes()).as_ref());
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": thumbprint });
    let of = |kid: &str| token.clone().with_header("kid", kid);
    let long = "k".repeat(4000);
    let mut defects = vec![
        (
            "jwk, our kid",
            token
                .clone()
                .with_header("jwk", jwk.clone())
                .signed_by(&foreign),
        ),
        (
            "jwk, its kid",
            of(&thumbprint).with_header("jwk", jwk).signed_by(&foreign),
        ),
        (
            "no kid",
            token.clone().without_header("kid").signed_by(&foreign),
        ),
        (
            "null for a kid",
            token
                .clone()
                .with_header("kid", Value::Null)
                .signed_by(&foreign),
        ),
        (
            "a number for a kid",
            token.clone().with_header("kid", 1).signed_by(&foreign),
        ),
        (
            "x5c",
            token
                .clone()
                .with_header("x5c", json!(["MIIB"]))
                .signed_by(&foreign),
        ),
    ];
    for member in ["jku", "x5u"] {
        let url = format!("http://{}/.well-known/jwks.json", app.address);
        defects.push((
            member,
            token.clone().with_header(member, url).signed_by(&foreign),
        ));
    }
    for kid in KIDS.into_iter().chain([thumbprint.as_str(), &long]) {
        defects.push((kid, of(kid).signed_by(&foreign)));
    }
    assert_malformed(&app, &defects).await;
}

#[tokio::test]
async fn a_good_signature_under_a_bad_header_is_no_token() {
    let (app, session, token) = target().await;
    let server = Key::of_server(&app).await;
    let with = |name: &str, value: Value| token.clone().with_header(name, value).signed_by(&server);
    let claims = token.claims.to_string();
    let kid = token.header["kid"].as_str().expect("a text");
    let raw = |header: String| server.sign(&header, &claims);
    assert_malformed(
        &app,
        &[
            ("typ JWT", with("typ", json!("JWT"))),
            ("typ of a logout token", with("typ", json!("logout+jwt"))),
            ("typ of an ID token", with("typ", json!("id_token+jwt"))),
            ("typ that begins well", with("typ", json!("at+jwtx"))),
            ("typ of another tree", with("typ", json!("text/at+jwt"))),
            (
                "no typ",
                token.clone().without_header("typ").signed_by(&server),
            ),
            ("typ null", with("typ", Value::Null)),
            (
                "no kid",
                token.clone().without_header("kid").signed_by(&server),
            ),
            ("crit of the unknown", with("crit", json!(["exp"]))),
            ("crit of the known", with("crit", json!(["b64"]))),
            ("an empty crit", with("crit", json!([]))),
            ("crit that is no list", with("crit", json!("exp"))),
            ("another algorithm", with("alg", json!("ES384"))),
            ("RS256", with("alg", json!("RS256"))),
            ("HS256", with("alg", json!("HS256"))),
            ("EdDSA", with("alg", json!("EdDSA"))),
            ("alg in lower case", with("alg", json!("es256"))),
            (
                "its own jwk",
                with(
                    "jwk",
                    json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
                ),
            ),
            ("a jku", with("jku", json!("https://example.com/jwks.json"))),
            ("an x5u", with("x5u", json!("https://example.com/x5u"))),
            ("an x5c", with("x5c", json!(["MIIB"]))),
            (
                "two algs",
                raw(format!(
                    r#"{{"alg":"none","typ":"at+jwt","alg":"ES256","kid":"{kid}"}}"#
                )),
            ),
            (
                "two kids",
                raw(format!(
                    r#"{{"alg":"ES256","typ":"at+jwt","kid":"x","kid":"{kid}"}}"#
                )),
            ),
            (
                "two typs",
                raw(format!(
                    r#"{{"alg":"ES256","typ":"JWT","typ":"at+jwt","kid":"{kid}"}}"#
                )),
            ),
        ],
    )
    .await;
    session.assert_live(&app).await;
}
