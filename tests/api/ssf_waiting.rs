//! Waiting for events (RFC 8936): who is told, how soon, and for how many there is room.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{TestApp, eventually};
use crate::command_line::do_it;
use crate::following::{SOON, Stream, claim, over, with_alice};
use crate::people::Person;
use crate::receiving::Polled;
use crate::sub_systems::{BILLING, SHOP, SubSystem, assert_error};

/// Somebody who signs in at the shop, and the shop's stream.
pub(crate) async fn with_stream() -> (TestApp, Person, Value) {
    let (app, alice) = with_alice().await;
    let stream = SHOP.make_stream(&json!({}), &app).await;
    (app, alice, stream)
}

/// Begins to wait for an event.
pub(crate) fn waiting(
    system: SubSystem,
    stream: &Value,
    app: &TestApp,
) -> tokio::task::JoinHandle<Polled> {
    let (client, stream) = (app.client(), stream.clone());
    tokio::spawn(async move { system.poll(&stream, &json!({}), &client).await })
}

/// Until so many polls are under way.
pub(crate) async fn until_waiting(app: &TestApp, count: usize) {
    let metrics = app.metrics().expect("it measures");
    let line = format!("cardea_stream_pollers {count}");
    eventually(SOON, "somebody waits", async || {
        let answer = metrics.send(crate::client::Request::get("/metrics")).await;
        answer.text().lines().any(|told| told == line)
    })
    .await;
}

#[tokio::test]
async fn who_waits_is_told_soon_whichever_node_did_it() {
    let (app, alice, stream) = with_stream().await;
    let other = app.another_node(|_| {}).await;
    for node in [&app, &other] {
        let polled = waiting(SHOP, &stream, &app);
        until_waiting(&app, 1).await;
        let begun = Instant::now();
        let tokens = over(&alice, SHOP, node).await;
        let polled = polled.await.expect("no panic");
        assert_eq!(json!(polled.events[0].session()), claim(&tokens, "sid"));
        // Far less than the wait would take.
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        SHOP.poll(
            &stream,
            &json!({ "ack": polled.jtis(), "maxEvents": 0 }),
            &app,
        )
        .await;
    }
    // Nothing was there: who doesn't want to wait is told so.
    assert_eq!(SHOP.fetch(&stream, &app).await, []);
}

#[tokio::test]
async fn what_comes_for_one_is_nothing_to_another_who_waits() {
    let (app, alice, stream) = with_stream().await;
    let billings = BILLING.make_stream(&json!({}), &app).await;
    let other = waiting(BILLING, &billings, &app);
    until_waiting(&app, 1).await;
    let own = waiting(SHOP, &stream, &app);
    until_waiting(&app, 2).await;
    over(&alice, SHOP, &app).await;
    assert_eq!(own.await.expect("no panic").events.len(), 1);
    assert!(!other.is_finished());
    let tokens = over(&alice, BILLING, &app).await;
    let polled = other.await.expect("no panic");
    assert_eq!(polled.events.len(), 1);
    assert_eq!(json!(polled.events[0].session()), claim(&tokens, "sid"));
}

#[tokio::test]
async fn two_at_once_are_told_the_same() {
    let (app, alice, stream) = with_stream().await;
    let both = [waiting(SHOP, &stream, &app), waiting(SHOP, &stream, &app)];
    until_waiting(&app, 2).await;
    over(&alice, SHOP, &app).await;
    let [one, two] = both;
    let (one, two) = (one.await.expect("no panic"), two.await.expect("no panic"));
    assert_eq!((one.events.len(), &one.events), (1, &two.events));
    let ack = json!({ "ack": one.jtis(), "returnImmediately": true });
    let (one, two) = tokio::join!(
        SHOP.poll(&stream, &ack, &app),
        SHOP.poll(&stream, &ack, &app)
    );
    assert_eq!((one.events.len(), two.events.len()), (0, 0));
}

#[tokio::test]
async fn who_waits_on_a_stream_that_is_deleted_is_told_so() {
    let (app, _, stream) = with_stream().await;
    let (client, request) = (app.client(), SHOP.to_poll(&stream, &json!({})));
    let polled = tokio::spawn(async move { client.send(request).await });
    until_waiting(&app, 1).await;
    let id = stream["stream_id"].as_str().expect("a text");
    let target = format!("/ssf/stream?stream_id={id}");
    assert_eq!(app.send(SHOP.to_ask("DELETE", &target)).await.status, 204);
    assert_error(&polled.await.expect("no panic"), 404, "invalid_request");
}

#[tokio::test]
async fn who_waits_and_is_disabled_is_let_in_no_more() {
    let (app, _, stream) = with_stream().await;
    let (client, request) = (app.client(), SHOP.to_poll(&stream, &json!({})));
    let polled = tokio::spawn(async move { client.send(request).await });
    until_waiting(&app, 1).await;
    do_it(&app, &["application", "disable", "shop"], "").await;
    assert_error(&polled.await.expect("no panic"), 401, "invalid_client");
}

#[tokio::test]
async fn places_are_counted_and_given_back() {
    let app = TestApp::with(|config| {
        config.applications = vec![SHOP.application(), BILLING.application()];
        config.feed.max_followers = 2;
        config.feed.max_followers_per_application = 1;
    })
    .await;
    let shop = SHOP.make_stream(&json!({}), &app).await;
    let billing = BILLING.make_stream(&json!({}), &app).await;
    let connection = Stream::open_raw(&SHOP.to_poll(&shop, &json!({})), &app).await;
    until_waiting(&app, 1).await;
    let answer = app.send(SHOP.to_poll(&shop, &json!({}))).await;
    assert_error(&answer, 503, "temporarily_unavailable");
    assert!(answer.header("retry-after").is_some());
    // Who doesn't wait needs none.
    assert_eq!(SHOP.fetch(&shop, &app).await, []);
    assert_eq!(BILLING.fetch(&billing, &app).await, []);
    // One who hangs up leaves a place.
    drop(connection);
    until_waiting(&app, 0).await;
    assert_eq!(SHOP.fetch(&shop, &app).await, []);
}
