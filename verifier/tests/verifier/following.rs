//! What is heard is in force, and nothing is missed when the feed breaks off.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cardea_verifier::{Reason, Refusal};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::server::{LEDGER, PATIENCE, Server, event, logout, now};

pub(crate) const ADA: &str = "01a20153-902e-769c-8605-f0b632ee6d80";
pub(crate) const BOB: &str = "01a20153-902e-769c-8605-f0b632ee6d81";

const LOGGED_OUT: Refusal = Refusal::Ended(Reason::LoggedOut);

#[tokio::test]
async fn a_token_passes_until_its_session_is_logged_out() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let (ada, bob) = (server.token(ADA, 100), server.token(BOB, 100));
    let caller = verifier.verify(&ada).await.unwrap();
    assert_eq!(caller.session_id().to_string(), ADA);
    assert!(caller.require("orders:read").is_ok());
    let refusal = caller.require("orders:write").unwrap_err();
    assert_eq!((refusal.status(), refusal.verdict()), (403, "FORBIDDEN"));

    stream.tell(101, &[logout(ADA, 101)]).await;
    heard(&verifier, &ada).await;
    assert_eq!(verifier.verify(&ada).await.unwrap_err(), LOGGED_OUT);
    assert!(verifier.verify(&bob).await.is_ok());
    assert!(server.questions().is_empty());
}

#[tokio::test]
async fn who_breaks_off_goes_on_where_it_was() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let half = event(LEDGER, 101, now(), &[logout(ADA, 101)]);
    stream.send(&half[..half.len() - 20]).await;
    stream.cut().await;
    // Half an event is none: it is told again.
    let stream = server.next_stream().await;
    let ledger = LEDGER.replace('-', "%2D");
    assert_eq!(stream.query, format!("after=100&ledger={ledger}"));
    let ada = server.token(ADA, 100);
    assert!(verifier.verify(&ada).await.is_ok());
    stream.tell(101, &[logout(ADA, 101)]).await;
    heard(&verifier, &ada).await;
}

#[tokio::test]
async fn who_is_told_that_its_position_is_wrong_starts_over_and_forgets_nobody() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let ada = server.token(ADA, 100);
    stream.tell(101, &[logout(ADA, 101)]).await;
    heard(&verifier, &ada).await;

    server.refuse_next(StatusCode::CONFLICT, None);
    stream.cut().await;
    let stream = server.next_stream().await;
    assert_eq!(stream.query, "");
    // What is known against a token stays known, but nothing speaks for one.
    assert!(!verifier.is_current());
    assert_eq!(verifier.verify(&ada).await.unwrap_err(), LOGGED_OUT);
    stream.send(&event("another", 7, now(), &[])).await;
    timeout(PATIENCE, verifier.ready()).await.unwrap();
    assert_eq!(verifier.verify(&ada).await.unwrap_err(), LOGGED_OUT);
    assert!(verifier.verify(&server.token(BOB, 7)).await.is_ok());
}

#[tokio::test]
async fn another_ledger_or_one_that_goes_back_is_followed_from_its_beginning() {
    let server = Server::start().await;
    let (_verifier, mut stream) = server.followed().await;
    for (ledger, position) in [("another", 200), ("another", 50), ("third", 60)] {
        stream.send(&event(ledger, position, now(), &[])).await;
        stream.left().await;
        stream = server.next_stream().await;
        assert_eq!(stream.query, "", "after {ledger}/{position}");
        stream.send(&event("another", 200, now(), &[])).await;
    }
}

#[tokio::test]
async fn a_server_that_stops_says_when_to_come_back() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let told_at = Instant::now();
    stream.send("retry: 1000\nevent: closing\n\n").await;
    stream.left().await;
    let stream = server.next_stream().await;
    let away = told_at.elapsed();
    assert!(away >= Duration::from_millis(500), "{away:?}");
    assert!(stream.query.starts_with("after=100&"));
    assert!(verifier.is_current());
}

#[tokio::test]
async fn who_is_turned_away_comes_back_when_it_is_told_to() {
    let server = Server::start().await;
    server.refuse_next(StatusCode::UNAUTHORIZED, None);
    server.refuse_next(StatusCode::SERVICE_UNAVAILABLE, Some(1));
    let started_at = Instant::now();
    server.followed().await;
    assert!(started_at.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn a_snapshot_in_pieces_is_known_when_its_last_is() {
    let server = Server::start().await;
    let verifier = server.settings().start().unwrap();
    let stream = server.next_stream().await;
    let first = event(LEDGER, 50, now(), &[logout(ADA, 50)]);
    stream
        .send(&first.replace("\"more\":false", "\"more\":true"))
        .await;
    let ada = server.token(ADA, 40);
    let dead = async {
        while verifier.verify(&ada).await.unwrap_err() != LOGGED_OUT {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, dead).await.unwrap();
    assert!(!verifier.is_current());
    assert_eq!(
        verifier.verify(&server.token(BOB, 40)).await.unwrap_err(),
        Refusal::Unavailable
    );
    stream.tell(100, &[]).await;
    timeout(PATIENCE, verifier.ready()).await.unwrap();
    assert!(verifier.verify(&server.token(BOB, 40)).await.is_ok());
}

#[tokio::test]
async fn a_token_that_is_newer_than_the_news_waits_for_it() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let ada = server.token(ADA, 105);
    let news = async {
        sleep(Duration::from_millis(50)).await;
        let stale = json!({
            "position": 103, "effect": "stale", "cut_off": true, "reason": "REVOKED",
            "subject": { "sub": "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52", "client_id": "shop" },
            "expires_at": 9_999_999_999_i64,
        });
        stream.tell(105, &[stale]).await;
    };
    let (judged, ()) = tokio::join!(verifier.verify(&ada), news);
    assert!(judged.is_ok());
    assert!(server.questions().is_empty());
    // One that was issued before the change is out of date.
    let refusal = verifier.verify(&server.token(ADA, 102)).await.unwrap_err();
    assert_eq!((refusal.status(), refusal.code()), (401, "TOKEN_STALE"));
}

/// Waits until a token is refused.
async fn heard(verifier: &cardea_verifier::Verifier, token: &str) {
    let refused = async {
        while verifier.verify(token).await.is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, refused)
        .await
        .expect("the logout is heard of");
}
