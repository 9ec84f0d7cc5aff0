//! The feed as server-sent events.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::Client;
use crate::following::{Heard, SOON, claim, over, position, rows, subjects, with_alice};
use crate::people::Person;
use crate::sub_systems::{SHOP, Tokens};

fn id(told: &Value) -> String {
    let ledger = told["ledger"].as_str().expect("a text");
    format!("{ledger}/{}", position(told))
}

#[tokio::test]
async fn a_stream_begins_with_what_there_is_and_goes_on_with_what_comes() {
    let (app, alice) = with_alice().await;
    let first = over(&alice, SHOP, &app).await;
    let other = app.another_node(|_| {}).await;
    let mut stream = SHOP.stream("", &app).await;
    assert!(
        stream.head.contains("content-type: text/event-stream\r\n"),
        "{}",
        stream.head
    );
    assert!(!stream.head.contains("content-encoding"), "{}", stream.head);
    let event = stream.next().await;
    assert_eq!(event.name, "revocations");
    assert_eq!(event.id, Some(id(&event.data)));
    assert_eq!(
        subjects(&event.data),
        [json!({ "sid": claim(&first, "sid") })]
    );
    for node in [&app, &other] {
        let tokens = over(&alice, SHOP, node).await;
        let event = stream.news().await;
        assert_eq!(
            subjects(&event.data),
            [json!({ "sid": claim(&tokens, "sid") })]
        );
        assert_eq!(event.id, Some(id(&event.data)));
    }
}

#[tokio::test]
async fn the_last_event_says_where_to_go_on() {
    let (app, alice) = with_alice().await;
    let mut stream = SHOP.stream("", &app).await;
    let before = stream.next().await.id.expect("an id");
    drop(stream);
    let tokens = over(&alice, SHOP, &app).await;
    // The header counts, and not what the address said at first.
    let request = SHOP.to_follow("?after=1").header("Last-Event-ID", &before);
    let mut stream = crate::following::Stream::open(request, &app).await;
    let event = stream.next().await;
    assert_eq!(
        subjects(&event.data),
        [json!({ "sid": claim(&tokens, "sid") })]
    );
    let mut stream = SHOP.stream("?after=1", &app).await;
    assert_eq!(subjects(&stream.next().await.data), Vec::<Value>::new());
}

#[tokio::test]
async fn while_nothing_happens_there_is_a_heartbeat_and_each_is_a_new_reading() {
    let (app, _) = with_alice().await;
    let mut stream = SHOP.stream("", &app).await;
    let mut time = 0.0;
    for _ in 0..3 {
        let event = stream.next().await;
        let read_at = event.data["time"].as_f64().expect("a number");
        assert!(read_at > time, "{read_at} after {time}");
        assert_eq!(rows(&event.data), Vec::<Value>::new());
        time = read_at;
    }
}

#[tokio::test]
async fn a_stop_ends_the_streams_and_says_when_to_come_back() {
    let (mut app, alice) = with_alice().await;
    over(&alice, SHOP, &app).await;
    let (_, after) = SHOP.hear_all(&app).await;
    let client = app.client();
    let waiting =
        tokio::spawn(async move { SHOP.hear(&format!("?after={after}&wait=30"), &client).await });
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = SHOP.stream("", &app).await;
        stream.next().await;
        streams.push(stream);
    }
    let stopped = tokio::time::timeout(Duration::from_secs(5), app.stop()).await;
    assert!(stopped.is_ok(), "it waits for its followers");
    for mut stream in streams {
        let mut last = None;
        while let Heard::Event(event) = stream.hear(SOON).await {
            last = Some(event);
        }
        let last = last.expect("a last event");
        assert_eq!(
            (last.name.as_str(), last.retry.as_deref()),
            ("closing", Some("1000"))
        );
        assert_eq!(last.id, None);
        assert!(matches!(stream.hear(SOON).await, Heard::End));
    }
    let told = waiting.await.expect("no panic");
    assert_eq!((rows(&told).len(), position(&told)), (0, after));
}

#[tokio::test]
async fn nothing_is_lost_however_often_it_is_cut() {
    let (app, alice) = with_alice().await;
    let other = app.another_node(|_| {}).await;
    let nodes = [app.client(), other.client()];
    let tokens = signed_in(&alice, nodes[0]).await;
    let expected = tokens.iter().map(|one| claim(one, "sid").to_string());
    let expected: BTreeSet<_> = expected.collect();
    let mut ending = JoinSet::new();
    for (index, tokens) in tokens.into_iter().enumerate() {
        ending.spawn(async move {
            tokio::time::sleep(Duration::from_millis(3 * index as u64)).await;
            SHOP.revoke(&tokens.refresh, &nodes[index / 7 % 2]).await;
        });
    }
    let (mut heard, mut at, mut turn) = (Vec::new(), "?wait=2".to_owned(), 0);
    while heard.len() < expected.len() {
        turn += 1;
        // From one node to the other, by stream and by answer, for a few events each.
        let node = &nodes[turn % 2];
        if turn % 3 == 0 {
            let told = SHOP.hear(&at, node).await;
            heard.extend(subjects(&told));
            at = format!("?wait=2&after={}", position(&told));
            continue;
        }
        let mut stream = SHOP.stream(&at, node).await;
        for _ in 0..=turn % 5 {
            let told = stream.next().await.data;
            heard.extend(subjects(&told));
            at = format!("?wait=2&after={}", position(&told));
        }
    }
    ending.join_all().await;
    let count = heard.len();
    let heard: BTreeSet<_> = heard
        .iter()
        .map(|subject| subject["sid"].to_string())
        .collect();
    assert_eq!((count, heard == expected), (expected.len(), true));
}

/// A thousand times, a few at once.
async fn signed_in(person: &Person, client: Client) -> Vec<Tokens> {
    let mut signing_in = JoinSet::new();
    for _ in 0..10 {
        let person = person.clone();
        signing_in.spawn(async move {
            let mut tokens = Vec::new();
            for _ in 0..100 {
                tokens.push(Tokens::of(&person, "shop", &client).await);
            }
            tokens
        });
    }
    signing_in.join_all().await.concat()
}
