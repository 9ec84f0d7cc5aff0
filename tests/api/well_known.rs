//! What sub-systems read: the public keys, and where everything is. Never what a request suggests.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::Request;
use crate::forgery::{Token, decode, encode};

const KEYS: &str = "/.well-known/jwks.json";
const METADATA: [&str; 2] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

#[tokio::test]
async fn the_public_keys_are_published_and_nothing_of_the_private_ones() {
    let (app, alice) = TestApp::with_user("alice").await;
    let answer = app.send(Request::get(KEYS)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/jwk-set+json")
    );
    let document = answer.json();
    let keys = document["keys"].as_array().expect("a list");
    assert_eq!(keys.len(), 1);
    let key = keys[0].as_object().expect("an object");
    let names: BTreeSet<_> = key.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from(["kty", "crv", "x", "y", "kid", "use", "alg"])
    );
    for (name, value) in [
        ("kty", "EC"),
        ("crv", "P-256"),
        ("use", "sig"),
        ("alg", "ES256"),
    ] {
        assert_eq!(key[name], value, "{name}");
    }
    let token = Token::apart(&alice.log_in(&app).await.token);
    assert_eq!(token.header["kid"], key["kid"]);
}

#[tokio::test]
async fn a_kid_is_the_thumbprint_of_its_key() {
    let app = TestApp::start().await;
    let document = app.send(Request::get(KEYS)).await.json();
    let key = &document["keys"][0];
    let text = |name: &str| key[name].as_str().expect("a text");
    // RFC 7638, section 3.2: the required members, in this order, without spaces.
    let members = format!(
        r#"{{"crv":"{}","kty":"{}","x":"{}","y":"{}"}}"#,
        text("crv"),
        text("kty"),
        text("x"),
        text("y"),
    );
    assert_eq!(
        text("kid"),
        encode(digest(&SHA256, members.as_bytes()).as_ref())
    );
    // RFC 7518, section 6.2.1.2: the full length of a coordinate, zeros and all.
    assert_eq!((decode(text("x")).len(), decode(text("y")).len()), (32, 32));
}

#[tokio::test]
async fn a_token_verifies_by_what_is_published() {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let answer = app.send(Request::get(KEYS)).await;
    let keys: JwkSet = serde_json::from_slice(&answer.body).expect("a set of keys");
    let header = jsonwebtoken::decode_header(&session.token).expect("a header");
    let key = keys
        .find(&header.kid.expect("a kid"))
        .expect("it is published");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&["cardea"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let key = DecodingKey::from_jwk(key).expect("a key");
    let claims = jsonwebtoken::decode::<Value>(&session.token, &key, &validation);
    assert!(claims.is_ok(), "{claims:?}");
}

#[tokio::test]
async fn documents_may_be_kept_and_asked_for_again_cheaply() {
    let app = TestApp::start().await;
    for path in [KEYS, METADATA[0], METADATA[1]] {
        let answer = app.send(Request::get(path)).await;
        let control = answer.header("cache-control").expect("it may be kept");
        assert!(
            control.contains("public") && control.contains("max-age="),
            "{control}"
        );
        let tag = answer.header("etag").expect("a tag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let again = app
                .send(Request::get(path).header("If-None-Match", &known))
                .await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
            assert_eq!(
                again.header("cache-control"),
                answer.header("cache-control")
            );
        }
        let changed = Request::get(path).header("If-None-Match", "\"x\"");
        assert_eq!(app.send(changed).await.status, 200);
        let head = app.send(Request::new("HEAD", path)).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(app.send(Request::new("POST", path)).await.status, 405);
    }
}

#[tokio::test]
async fn metadata_says_what_there_is() {
    let app = TestApp::start().await;
    for path in METADATA {
        let answer = app.send(Request::get(path)).await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let document = answer.json();
        assert_eq!(document["issuer"], ISSUER);
        assert_eq!(document["jwks_uri"], format!("{ISSUER}{KEYS}"));
        assert!(
            document["response_types_supported"].is_array(),
            "RFC 8414 requires it"
        );
        let algorithms = &document["id_token_signing_alg_values_supported"];
        assert_eq!(algorithms, &json!(["ES256"]));
        let feed = format!("{ISSUER}/revocations");
        assert_eq!(document["revocation_feed_endpoint"], feed);
        // What isn't there isn't named: each endpoint has to be real.
        for (name, value) in document.as_object().expect("an object") {
            let names_endpoint = name.ends_with("_endpoint") || name.ends_with("_uri");
            if !names_endpoint {
                continue;
            }
            let url = value.as_str().expect("an endpoint is a URL");
            let path = url.strip_prefix(ISSUER).expect("it is one of ours");
            assert_ne!(app.send(Request::get(path)).await.status, 404, "{name}");
        }
        for (name, path, methods) in [
            (
                "introspection",
                "introspect",
                json!(["client_secret_basic", "client_secret_post"]),
            ),
            (
                "revocation",
                "revoke",
                json!(["client_secret_basic", "client_secret_post", "none"]),
            ),
        ] {
            let endpoint = format!("{ISSUER}/oauth2/{path}");
            assert_eq!(document[format!("{name}_endpoint")], endpoint);
            let supported = &document[format!("{name}_endpoint_auth_methods_supported")];
            assert_eq!(*supported, methods);
        }
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_metadata_where_each_standard_looks() {
    let issuer = "https://example.com/login";
    let app = TestApp::with(|config| config.tokens.issuer = Some(issuer.to_owned())).await;
    for path in [
        METADATA[0],
        METADATA[1],
        "/.well-known/oauth-authorization-server/login",
        "/login/.well-known/openid-configuration",
    ] {
        let document = app.send(Request::get(path)).await.json();
        assert_eq!(document["issuer"], issuer, "{path}");
        assert_eq!(document["jwks_uri"], format!("{issuer}{KEYS}"), "{path}");
    }
}

#[tokio::test]
async fn no_request_chooses_the_issuer() {
    let (app, alice) = TestApp::with_user("alice").await;
    let evil = |request: Request| {
        request
            .header("Host", "evil.example")
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Proto", "http")
            .header("X-Forwarded-For", "203.0.113.9")
            .header("Forwarded", "host=evil.example;proto=http")
            .header("X-Original-URL", "http://evil.example/")
    };
    for path in [KEYS, METADATA[0], METADATA[1]] {
        let plain = app.send(Request::get(path)).await;
        let answer = app.send(evil(Request::get(path))).await;
        assert_eq!(answer.body, plain.body, "{path}");
        assert!(!answer.text().contains("evil"));
    }
    let answer = app.send(evil(alice.to_log_in())).await;
    let session = crate::people::Session::of(&answer);
    assert_eq!(Token::apart(&session.token).claims["iss"], ISSUER);
    let settings = Request::graphql("{ authSettings { issuer } }", &Value::Null);
    assert_eq!(
        app.send(evil(settings)).await.data()["authSettings"]["issuer"],
        ISSUER
    );
    let absolute = Request::get("http://evil.example/.well-known/openid-configuration");
    let answer = app.send(absolute.header("Host", "evil.example")).await;
    assert!(!answer.text().contains("evil"), "{}", answer.text());
}

#[tokio::test]
async fn without_a_configured_issuer_it_is_the_address_listened_on() {
    let app = TestApp::with(|config| config.tokens.issuer = None).await;
    let document = app.send(Request::get(METADATA[0])).await.json();
    assert_eq!(document["issuer"], format!("http://{}", app.address));
}
