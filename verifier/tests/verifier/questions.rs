//! What can't be known here is asked, and what can't be asked is no refusal of the token.

use axum::http::StatusCode;
use cardea_verifier::{Reason, Refusal, Unusable};
use serde_json::{Value, json};

use crate::following::{ADA, BOB};
use crate::server::Server;

#[tokio::test]
async fn before_the_feed_is_there_the_server_is_asked() {
    let server = Server::start().await;
    let verifier = server.settings().start().unwrap();
    let ada = server.token(ADA, 100);
    for (status, answer, verdict) in [
        (StatusCode::OK, json!({ "active": true }), Ok(())),
        (
            StatusCode::OK,
            json!({ "active": true, "jti": "ngI5v02XV96UylzlLJxxCQ" }),
            Ok(()),
        ),
        (
            StatusCode::OK,
            json!({ "active": false }),
            Err(Refusal::Ended(Reason::Revoked)),
        ),
        (
            StatusCode::OK,
            json!({ "active": true, "jti": "another" }),
            Err(Refusal::Unavailable),
        ),
        (
            StatusCode::OK,
            json!({ "active": "yes" }),
            Err(Refusal::Unavailable),
        ),
        (
            StatusCode::OK,
            json!("x".repeat(1 << 20)),
            Err(Refusal::Unavailable),
        ),
        (StatusCode::OK, Value::Null, Err(Refusal::Unavailable)),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            Value::Null,
            Err(Refusal::Unavailable),
        ),
        (
            StatusCode::FOUND,
            json!({ "active": true }),
            Err(Refusal::Unavailable),
        ),
        // The last: who isn't known doesn't ask again for a while.
        (
            StatusCode::UNAUTHORIZED,
            json!({ "active": false }),
            Err(Refusal::Unavailable),
        ),
        (
            StatusCode::OK,
            json!({ "active": true }),
            Err(Refusal::Unavailable),
        ),
    ] {
        server.answer(status, answer.clone());
        let judged = verifier.verify(&ada).await.map(|_| ());
        assert_eq!(judged, verdict, "{status} {answer:.40}");
    }
    let asked = server.questions();
    assert_eq!(asked.len(), 10);
    assert_eq!(
        asked[0]
            .replace("%2E", ".")
            .replace("%2D", "-")
            .replace("%5F", "_"),
        format!("token={ada}")
    );
}

#[tokio::test]
async fn a_token_from_beyond_the_news_is_asked_about_in_the_end() {
    let server = Server::start().await;
    let (verifier, _stream) = server.followed().await;
    server.answer(StatusCode::OK, json!({ "active": true }));
    assert!(verifier.verify(&server.token(ADA, 101)).await.is_ok());
    server.answer(StatusCode::OK, json!({ "active": false }));
    let refusal = verifier.verify(&server.token(BOB, 101)).await.unwrap_err();
    assert_eq!((refusal.status(), refusal.verdict()), (401, "REVOKED"));
    assert_eq!(server.questions().len(), 2);
    // What is no good anyway isn't worth a question.
    let mut claims = server.claims(BOB, 101);
    claims.aud = "another".to_owned();
    let refusal = verifier
        .verify(&server.signer.sign(&claims))
        .await
        .unwrap_err();
    assert_eq!(refusal, Refusal::WrongAudience);
    assert_eq!(server.questions().len(), 2);
}

#[tokio::test]
async fn more_questions_than_are_asked_at_once_are_told_to_come_back_or_wait_their_turn() {
    let server = Server::start().await;
    let verifier = server.settings().start().unwrap();
    server.answer(StatusCode::OK, json!({ "active": true }));
    let ada = server.token(ADA, 100);
    assert!(verifier.verify(&ada).await.is_ok());
    let callers: Vec<_> = (0..2000)
        .map(|_| {
            let (verifier, ada) = (verifier.clone(), ada.clone());
            tokio::spawn(async move { verifier.verify(&ada).await.map(|_| ()) })
        })
        .collect();
    let mut passed = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(()) => passed += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::Unavailable),
        }
    }
    assert!((32..2000).contains(&passed), "{passed} passed");
}

#[tokio::test]
async fn a_server_is_reached_where_one_was_told_and_its_tokens_are_its_issuers() {
    let server = Server::start_as(Some("https://id.example.com")).await;
    let settings = server.settings().server(format!("{}/", server.base));
    let (verifier, stream) = server.followed_by(settings).await;
    let ada = server.token(ADA, 100);
    assert!(verifier.verify(&ada).await.is_ok());

    drop(stream);
    server.answer(StatusCode::OK, json!({ "active": false }));
    let newer = server.token(ADA, 101);
    let judged = verifier.verify(&newer).await;
    assert_eq!(judged.map(drop), Err(Refusal::Ended(Reason::Revoked)));
    assert_eq!(server.questions().len(), 1);

    for url in ["id.example.com", "ftp://id.example.com", ""] {
        let started = server.settings().server(url).start();
        assert!(matches!(started, Err(Unusable::Server)), "{url}");
    }
}
