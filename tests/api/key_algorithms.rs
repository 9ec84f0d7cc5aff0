//! Keys of each algorithm, as those see them who verify on their own; and the change from one to another.

use cardea::config::KeyAlgorithm;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::{Client, Request};
use crate::forgery::Token;
use crate::keys::{
    KEYS, LEAD_SECONDS, OVERLAP_SECONDS, command, kid, kids, new_kids, published, signer,
};
use crate::people::{Person, Session};

/// How each is configured, is called in a token, and is shown.
const ALGORITHMS: [(KeyAlgorithm, Algorithm, &str, &[&str]); 3] = [
    (
        KeyAlgorithm::Es256,
        Algorithm::ES256,
        "ES256",
        &["alg", "crv", "kid", "kty", "use", "x", "y"],
    ),
    (
        KeyAlgorithm::EdDsa,
        Algorithm::EdDSA,
        "EdDSA",
        &["alg", "crv", "kid", "kty", "use", "x"],
    ),
    (
        KeyAlgorithm::Rs256,
        Algorithm::RS256,
        "RS256",
        &["alg", "e", "kid", "kty", "n", "use"],
    ),
];

/// What a sub-system does: everything named, nothing left to the token.
async fn assert_verified_elsewhere(client: &Client, session: &Session, algorithm: Algorithm) {
    let answer = client.send(Request::get(KEYS)).await;
    let keys: JwkSet = serde_json::from_slice(&answer.body).expect("a set of keys");
    let key = keys.find(&signer(session)).expect("it is published");
    let key = DecodingKey::from_jwk(key).expect("a key");
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&["cardea"]);
    let claims = jsonwebtoken::decode::<Value>(&session.token, &key, &validation);
    assert!(claims.is_ok(), "{claims:?}");
}

async fn algorithms_of_metadata(client: &Client) -> Value {
    let path = "/.well-known/oauth-authorization-server";
    let document = client.send(Request::get(path)).await.json();
    document["id_token_signing_alg_values_supported"].clone()
}

#[tokio::test]
async fn tokens_of_each_algorithm_are_taken_here_and_by_what_is_published() {
    for (configured, algorithm, name, members) in ALGORITHMS {
        let app = TestApp::with(|config| config.keys.algorithm = configured).await;
        let alice = Person::signed_up("alice", &app).await;
        let session = alice.log_in(&app).await;
        session.assert_live(&app).await;
        assert_verified_elsewhere(&app, &session, algorithm).await;
        assert_eq!(algorithms_of_metadata(&app).await, json!([name]));

        let header = Token::apart(&session.token).header;
        let expected = json!({ "typ": "at+jwt", "alg": name, "kid": header["kid"] });
        assert_eq!(header, expected);
        let keys = published(&app).await;
        assert_eq!(keys.len(), 1);
        let names: Vec<_> = keys[0].as_object().expect("an object").keys().collect();
        assert_eq!(names, members);
        assert_eq!(keys[0]["alg"], name);
        assert_eq!(keys[0]["use"], "sig");

        // The algorithm is the key's, whatever the header says.
        for other in ["none", "HS256", "ES256", "EdDSA", "RS256", "PS256"] {
            if other == name {
                continue;
            }
            let token = Token::apart(&session.token).with_header("alg", other);
            let signature = session.token.rsplit('.').next().expect("three parts");
            let answer = app
                .ask_as(&token.unsigned(signature), "{ me { id } }")
                .await;
            answer.assert_unauthenticated("MALFORMED");
        }
        session.end(&app).await;
        session.assert_dead(&app).await;
    }
}

#[tokio::test]
async fn another_algorithm_is_published_first_and_ends_nobodys_session() {
    let app = TestApp::with(|config| config.tokens.access_lifetime_seconds = 3600).await;
    let alice = Person::signed_up("alice", &app).await;
    let mut known = kids(&app).await;
    let mut node = app;
    for (configured, algorithm, name, _) in [ALGORITHMS[2], ALGORITHMS[1], ALGORITHMS[0]] {
        let before = alice.log_in(&node).await;
        let app = node
            .restarted(|config| config.keys.algorithm = configured)
            .await;
        let new = new_kids(&app, 2, &known).await;
        assert_eq!(signer(&alice.log_in(&app).await), known[0], "not yet");
        let both = algorithms_of_metadata(&app).await;
        assert_eq!(both.as_array().map(Vec::len), Some(2), "{both}");
        assert!(both.as_array().expect("a list").contains(&json!(name)));

        app.advance_seconds(LEAD_SECONDS + 1);
        let after = alice.log_in(&app).await;
        assert_eq!(signer(&after), new[0]);
        for session in [&before, &after] {
            session.assert_live(&app).await;
        }
        assert_verified_elsewhere(&app, &after, algorithm).await;
        app.advance_seconds(OVERLAP_SECONDS);
        known = new_kids(&app, 1, &[]).await;
        assert_eq!(known, new);
        assert_eq!(algorithms_of_metadata(&app).await, json!([name]));
        node = app;
    }
}

#[tokio::test]
async fn a_restart_without_a_change_makes_no_key() {
    let app = TestApp::with(|config| config.keys.algorithm = KeyAlgorithm::EdDsa).await;
    let before = published(&app).await;
    let app = app.restarted(|_| {}).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(published(&app).await, before);
    // A command is no server: what it is configured to changes nothing.
    let list = command(&app, &["list"]).await;
    assert!(
        list.contains(&kid(&before[0])) && list.contains("EdDSA"),
        "{list}"
    );
    assert_eq!(list.lines().count(), 1, "{list}");
    assert_eq!(crate::keys::kept(&app).await.len(), 1);
}
