//! A server that takes questions and says nothing: nobody passes, few wait, and soon it is asked again.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cardea_verifier::{Refusal, Verifier};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::following::ADA;
use crate::server::{PATIENCE, Server};

const REQUEST: Duration = Duration::from_millis(500);

/// Far less than if each waited for an answer.
const BOUND: Duration = Duration::from_mins(1);

/// A verifier that has to ask about each token.
fn asking(server: &Server) -> Verifier {
    server.answer(StatusCode::OK, json!({ "active": true }));
    let settings = server.settings().timeouts(REQUEST, REQUEST);
    settings.start().expect("good settings")
}

async fn assert_unknown(verifier: &Verifier, token: &str) {
    let judged = verifier.verify(token).await.map(|_| ());
    assert_eq!(judged, Err(Refusal::Unavailable));
}

/// The same to so many who ask at once.
async fn assert_unknown_to_all(count: usize, verifier: &Verifier, token: &str) {
    let callers: Vec<_> = (0..count)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.to_owned());
            tokio::spawn(async move { assert_unknown(&verifier, &token).await })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_is_silent_but_one_each_second() {
    let server = Server::start().await;
    let verifier = asking(&server);
    let ada = server.token(ADA, 100);
    assert!(verifier.verify(&ada).await.is_ok());
    server.fall_silent();
    let begun_at = Instant::now();
    assert_unknown_to_all(500, &verifier, &ada).await;
    let (asked, known_at) = (server.questions().len(), Instant::now());
    for _ in 0..1000 {
        assert_unknown(&verifier, &ada).await;
    }
    let tries = u64::try_from(server.questions().len() - asked).expect("some");
    assert!(tries <= 1 + known_at.elapsed().as_secs(), "{tries} tries");
    assert!(begun_at.elapsed() < BOUND, "{:?}", begun_at.elapsed());

    server.speak_again();
    let recovered = async {
        while verifier.verify(&ada).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, recovered).await.expect("it is noticed");
    for _ in 0..100 {
        assert!(verifier.verify(&ada).await.is_ok());
    }
}

#[tokio::test]
async fn a_no_is_an_answer_and_so_is_an_outage() {
    let server = Server::start().await;
    let verifier = asking(&server);
    let ada = server.token(ADA, 100);
    assert!(verifier.verify(&ada).await.is_ok());
    server.fall_silent();
    assert_unknown(&verifier, &ada).await;
    server.speak_again();
    server.answer(StatusCode::SERVICE_UNAVAILABLE, json!(null));
    let asked = server.questions().len();
    let answered = async {
        while server.questions().len() == asked {
            assert_unknown(&verifier, &ada).await;
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, answered).await.expect("it is asked");
    // Each is asked about again.
    let asked = server.questions().len();
    for _ in 0..10 {
        assert_unknown(&verifier, &ada).await;
    }
    assert_eq!(server.questions().len(), asked + 10);
}

#[tokio::test]
async fn who_waits_for_the_keys_of_a_silent_server_waits_beside_the_others() {
    let server = Server::start().await;
    server.fall_silent();
    let verifier = asking(&server);
    let ada = server.token(ADA, 100);
    let begun_at = Instant::now();
    assert_unknown_to_all(200, &verifier, &ada).await;
    assert!(begun_at.elapsed() < BOUND, "{:?}", begun_at.elapsed());
    assert!(server.questions().is_empty());
}
