//! Streams that are none: nothing that they say is believed, and nobody passes for it.

use std::time::Duration;

use cardea_verifier::{Refusal, WhenStale};
use serde_json::json;
use tokio::time::sleep;

use crate::following::{ADA, BOB};
use crate::server::{LEDGER, Server, event, logout, now};

#[tokio::test]
async fn a_stream_that_makes_no_sense_is_left_and_followed_anew() {
    let server = Server::start().await;
    let (verifier, mut stream) = server.followed().await;
    let row = |changes: serde_json::Value| {
        let mut row = logout(ADA, 101);
        let members = row.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        event(LEDGER, 101, now(), &[row])
    };
    let streams = [
        "data: \u{0}\nevent: revocations\n\n".to_owned(),
        "event: revocations\ndata: {}\n\n".to_owned(),
        row(json!({ "effect": "maybe" })),
        row(json!({ "subject": {} })),
        row(json!({ "subject": { "sid": ADA, "device": "all" } })),
        row(json!({ "subject": { "sid": ADA, "sub": BOB } })),
        row(json!({ "position": "101" })),
        // From beyond the position that it is told under: this one starts over.
        row(json!({ "position": 102 })),
    ];
    for text in streams {
        stream.send(&text).await;
        stream.left().await;
        stream = server.next_stream().await;
        stream.tell(100, &[]).await;
        tokio::time::timeout(crate::server::PATIENCE, verifier.ready())
            .await
            .unwrap();
        assert!(
            verifier.verify(&server.token(ADA, 100)).await.is_ok(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_line_without_an_end_is_left() {
    let server = Server::start().await;
    let (_verifier, stream) = server.followed().await;
    let megabyte = "x".repeat(1 << 20);
    for _ in 0..4 {
        // It may have been left by now.
        let text = megabyte.clone();
        if tokio::time::timeout(Duration::from_secs(1), stream.send_or_leave(text))
            .await
            .is_err()
        {
            break;
        }
    }
    stream.left().await;
    assert!(server.next_stream().await.query.starts_with("after=100&"));
}

#[tokio::test]
async fn who_hears_nothing_goes_by_nothing() {
    let server = Server::start().await;
    let bound = Duration::from_secs(2);
    let settings = server.settings().freshness_bound(bound);
    let (verifier, stream) = server
        .followed_by(settings.when_stale(WhenStale::Refuse))
        .await;
    let ada = server.token(ADA, 100);
    assert!(verifier.verify(&ada).await.is_ok());
    // What isn't the feed's word doesn't keep it young.
    for _ in 0..23 {
        stream.send(": still here\n\n").await;
        stream.send("event: weather\ndata: fine\n\n").await;
        sleep(Duration::from_millis(100)).await;
    }
    let refusal = verifier.verify(&ada).await.unwrap_err();
    assert_eq!(refusal, Refusal::Unavailable);
    assert_eq!((refusal.status(), refusal.www_authenticate()), (503, None));
    assert!(server.questions().is_empty());
    // Silence is a stream that has ended.
    stream.left().await;
    let stream = server.next_stream().await;
    stream.tell(100, &[]).await;
    tokio::time::timeout(crate::server::PATIENCE, verifier.ready())
        .await
        .unwrap();
    assert!(verifier.verify(&ada).await.is_ok());
}

#[tokio::test]
async fn old_news_is_no_news() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    let ada = server.token(ADA, 100);
    // Older than the bound, and from a future by which our own clock would be wrong.
    for time in [now() - 6.0, now() + 6.0] {
        stream.send(&event(LEDGER, 100, time, &[])).await;
        sleep(Duration::from_millis(100)).await;
        assert!(!verifier.is_current());
        assert_eq!(
            verifier.verify(&ada).await.unwrap_err(),
            Refusal::Unavailable
        );
    }
    stream.tell(100, &[]).await;
    sleep(Duration::from_millis(100)).await;
    assert!(verifier.verify(&ada).await.is_ok());
}
