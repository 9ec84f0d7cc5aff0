//! Keys that come and go.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cardea_verifier::Refusal;
use serde_json::json;

use crate::following::ADA;
use crate::server::Server;
use crate::signer::Signer;

#[tokio::test]
async fn a_new_key_is_looked_for_once_however_many_tokens_name_it() {
    let server = Server::start().await;
    let (verifier, _stream) = server.followed().await;
    assert!(verifier.verify(&server.token(ADA, 100)).await.is_ok());
    assert_eq!(server.looks(), 1);

    let new = Signer::new();
    server.publish(vec![server.signer.jwk(), new.jwk()]);
    let token = new.sign(&server.claims(ADA, 100));
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verifier.verify(&token).await })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.unwrap().is_ok());
    }
    assert_eq!(server.looks(), 2);
}

#[tokio::test]
async fn keys_that_nobody_has_cost_one_look_in_a_while_and_nobody_else_a_refusal() {
    let server = Server::start().await;
    let (verifier, _stream) = server.followed().await;
    let started_at = Instant::now();
    let forgers: Vec<_> = (0..20)
        .map(|_| {
            let (verifier, token) = (
                verifier.clone(),
                Signer::new().sign(&server.claims(ADA, 100)),
            );
            tokio::spawn(async move { verifier.verify(&token).await })
        })
        .collect();
    for forger in forgers {
        assert_eq!(forger.await.unwrap().unwrap_err(), Refusal::Malformed);
    }
    assert!(server.looks() <= 3, "{} looks", server.looks());
    assert!(verifier.verify(&server.token(ADA, 100)).await.is_ok());
    // A name that is no thumbprint isn't worth a look.
    let looks = server.looks();
    let odd = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30.AA";
    assert_eq!(verifier.verify(odd).await.unwrap_err(), Refusal::Malformed);
    assert_eq!(server.looks(), looks);
    assert!(started_at.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn a_key_that_was_revoked_is_dead_whether_it_is_published_or_not() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let old = server.token(ADA, 100);
    assert!(verifier.verify(&old).await.is_ok());
    let row = json!({
        "position": 101, "effect": "dead", "cut_off": false, "reason": "REVOKED",
        "subject": { "kid": server.signer.kid() }, "expires_at": 9_999_999_999_i64,
    });
    server.publish(vec![]);
    stream.tell(101, &[row]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for token in [old, server.token(ADA, 102)] {
        assert_eq!(
            verifier.verify(&token).await.unwrap_err().verdict(),
            "REVOKED"
        );
    }
}

#[tokio::test]
async fn a_new_key_that_can_not_be_looked_for_is_nobodys_fault() {
    let server = Server::start().await;
    server.answer(StatusCode::OK, json!({ "active": true }));
    // Nobody listens there.
    let verifier = cardea_verifier::Verifier::new("http://127.0.0.1:9", crate::server::AUDIENCE)
        .credentials("shop", "s3cret!")
        .start()
        .unwrap();
    let refusal = verifier.verify(&server.token(ADA, 100)).await.unwrap_err();
    assert_eq!(refusal, Refusal::Unavailable);
}
