//! Fetching events (RFC 8936): how many, in which order, and what is acknowledged.

use serde_json::{Value, json};

use crate::following::{claim, over};
use crate::receiving::{Polled, VERIFICATION, path_of};
use crate::ssf_waiting::{until_waiting, waiting, with_stream};
use crate::sub_systems::{BILLING, SHOP, assert_error};

#[tokio::test]
async fn events_come_in_order_as_many_as_are_wanted_until_they_are_acknowledged() {
    let (app, alice, stream) = with_stream().await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(claim(&over(&alice, SHOP, &app).await, "sid"));
    }
    let poll = async |body: Value| SHOP.poll(&stream, &body, &app).await;
    let told = |polled: &Polled| -> Vec<Value> {
        polled
            .events
            .iter()
            .map(|event| json!(event.session()))
            .collect()
    };
    let first = poll(json!({ "maxEvents": 2 })).await;
    assert_eq!(
        (told(&first).as_slice(), first.is_more),
        (&sessions[..2], true)
    );
    let again = poll(json!({ "maxEvents": 5 })).await;
    assert_eq!(
        (told(&again).as_slice(), again.is_more),
        (&sessions[..], false)
    );
    assert_eq!(again.events[..2], first.events[..]);
    // Of what was acknowledged, nothing is told any more, in whatever order that was done.
    let ack = json!([first.jtis()[1], first.jtis()[1]]);
    let rest = poll(json!({ "ack": ack, "maxEvents": 9 })).await;
    assert_eq!(told(&rest), [&sessions[..1], &sessions[2..]].concat());
    let rest = poll(json!({ "ack": again.jtis()[..3], "returnImmediately": true })).await;
    assert_eq!(
        (told(&rest).as_slice(), rest.is_more),
        (&sessions[3..], false)
    );
    // Again, and of others, and of none.
    let unknown = ["01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52", "x", "", "\u{0}"];
    for ack in [json!(again.jtis()[..3]), json!(unknown), json!([])] {
        assert_eq!(told(&poll(json!({ "ack": ack })).await), sessions[3..]);
    }
    let only_ack = poll(json!({ "ack": [again.jtis()[3]], "maxEvents": 0 })).await;
    assert_eq!((only_ack.events.len(), only_ack.is_more), (0, true));
    let only_ack = poll(json!({ "ack": [again.jtis()[4]], "maxEvents": 0 })).await;
    assert_eq!((only_ack.events.len(), only_ack.is_more), (0, false));
}

#[tokio::test]
async fn an_acknowledgement_touches_only_ones_own() {
    let (app, alice, stream) = with_stream().await;
    let theirs = BILLING.make_stream(&json!({}), &app).await;
    over(&alice, SHOP, &app).await;
    let events = SHOP.fetch(&stream, &app).await;
    let ack = json!({ "ack": [events[0].jti], "returnImmediately": true });
    assert_eq!(BILLING.poll(&theirs, &ack, &app).await.events, []);
    // Nor is it heeded on another's stream.
    let answer = app.send(SHOP.to_poll(&theirs, &ack)).await;
    assert_error(&answer, 404, "invalid_request");
    assert_eq!(SHOP.fetch(&stream, &app).await, events);
}

#[tokio::test]
async fn many_acknowledge_the_same_at_once_in_whatever_order() {
    let (app, alice, stream) = with_stream().await;
    for _ in 0..30 {
        over(&alice, SHOP, &app).await;
    }
    let events = SHOP.fetch(&stream, &app).await;
    let mut ids: Vec<_> = events.iter().map(|event| json!(event.jti)).collect();
    // More than is forgotten in one statement.
    let unknown = json!("01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52");
    ids.resize(1200, unknown);
    let polls = (0..12).map(|nth| {
        ids.rotate_left(nth * 7);
        if nth % 2 == 0 {
            ids.reverse();
        }
        let body = json!({ "ack": ids, "returnImmediately": true });
        let (client, request) = (app.client(), SHOP.to_poll(&stream, &body));
        tokio::spawn(async move { client.send(request).await })
    });
    for answer in polls.collect::<Vec<_>>() {
        assert_eq!(Polled::of(&answer.await.expect("no panic")).events, []);
    }
}

#[tokio::test]
async fn who_objects_is_not_told_again() {
    let (app, alice, stream) = with_stream().await;
    over(&alice, SHOP, &app).await;
    over(&alice, SHOP, &app).await;
    let events = SHOP.fetch(&stream, &app).await;
    let objections = json!({
        events[0].jti.clone(): { "err": "jwtAud", "description": "who is\r\nthis?" },
        "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52": { "err": "invalid_state" },
        "x": { "err": "y".repeat(5000), "description": "" },
    });
    let body = json!({ "setErrs": objections, "returnImmediately": true });
    assert_eq!(SHOP.poll(&stream, &body, &app).await.events, events[1..]);
    for wrong in [
        json!([]),
        json!({ events[1].jti.clone(): "jwtAud" }),
        json!({ events[1].jti.clone(): {} }),
        json!({ events[1].jti.clone(): { "err": 7 } }),
        json!({ events[1].jti.clone(): ["jwtAud", "x"] }),
    ] {
        let answer = app
            .send(SHOP.to_poll(&stream, &json!({ "setErrs": wrong })))
            .await;
        assert_error(&answer, 400, "invalid_request");
    }
    assert_eq!(SHOP.fetch(&stream, &app).await, events[1..]);
}

#[tokio::test]
async fn what_is_no_poll_is_refused() {
    let (app, alice, stream) = with_stream().await;
    over(&alice, SHOP, &app).await;
    for body in [
        json!([]),
        json!("x"),
        json!({ "maxEvents": -1 }),
        json!({ "maxEvents": 1.5 }),
        json!({ "maxEvents": "1" }),
        json!({ "maxEvents": -1e30 }),
        json!({ "returnImmediately": "true" }),
        json!({ "ack": "x" }),
        json!({ "ack": [1] }),
        json!({ "ack": {} }),
    ] {
        let answer = app.send(SHOP.to_poll(&stream, &body)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    // However many one wants, or whatever else.
    for body in [
        "{\"maxEvents\":999999999999999999999999999}",
        "{\"maxEvents\":1.0}",
        "{\"colour\":\"red\"}",
        "",
    ] {
        let mut request = crate::client::Request::post(body).header("Authorization", &SHOP.basic());
        request.set_target(&path_of(&stream));
        assert_eq!(
            Polled::of(&app.send(request).await).events.len(),
            1,
            "{body}"
        );
    }
    let long = json!({ "ack": vec!["01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52"; 100_000] });
    assert_error(
        &app.send(SHOP.to_poll(&stream, &long)).await,
        413,
        "invalid_request",
    );
    let text = SHOP
        .to_poll(&stream, &json!({}))
        .replace("Content-Type", "text/plain");
    assert_error(&app.send(text).await, 415, "invalid_request");
}

#[tokio::test]
async fn a_stream_that_is_paused_holds_and_one_that_is_disabled_does_not() {
    let (app, alice, stream) = with_stream().await;
    over(&alice, SHOP, &app).await;
    SHOP.set_status(&stream, "paused", &app).await;
    over(&alice, SHOP, &app).await;
    assert_eq!(SHOP.fetch(&stream, &app).await, []);
    let polled = waiting(SHOP, &stream, &app);
    until_waiting(&app, 1).await;
    SHOP.set_status(&stream, "enabled", &app).await;
    assert_eq!(polled.await.expect("no panic").events.len(), 2);
    SHOP.set_status(&stream, "disabled", &app).await;
    over(&alice, SHOP, &app).await;
    assert_eq!(SHOP.fetch(&stream, &app).await, []);
    SHOP.set_status(&stream, "enabled", &app).await;
    assert_eq!(SHOP.fetch(&stream, &app).await, [], "neither told nor held");
    let tokens = over(&alice, SHOP, &app).await;
    let events = SHOP.fetch(&stream, &app).await;
    assert_eq!(events.len(), 1);
    assert_eq!(json!(events[0].session()), claim(&tokens, "sid"));
}

#[tokio::test]
async fn a_verification_comes_with_its_state_and_not_too_often() {
    let (app, _, stream) = with_stream().await;
    let state = "VGhpcyBpcw== \u{1F6AA}\"\\\n";
    let answer = SHOP.ask_for_verification(&stream, state, &app).await;
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    let answer = SHOP.ask_for_verification(&stream, "two", &app).await;
    assert_error(&answer, 429, "invalid_request");
    let seconds = answer
        .header("retry-after")
        .and_then(|text| text.parse().ok());
    assert!(
        seconds.is_some_and(|seconds: u64| (1..=10).contains(&seconds)),
        "{answer:?}"
    );
    let events = SHOP.fetch(&stream, &app).await;
    assert_eq!(events.len(), 1);
    let claims = &events[0].claims;
    assert_eq!(
        claims["sub_id"],
        json!({ "format": "opaque", "id": stream["stream_id"] })
    );
    assert_eq!(
        claims["events"],
        json!({ VERIFICATION: { "state": state } })
    );
    for absent in ["sub", "exp", "txn"] {
        assert!(claims.get(absent).is_none(), "{claims}");
    }
    SHOP.poll(
        &stream,
        &json!({ "ack": [events[0].jti], "maxEvents": 0 }),
        &app,
    )
    .await;
    app.advance_seconds(10);
    let polled = waiting(SHOP, &stream, &app);
    until_waiting(&app, 1).await;
    let without = json!({ "stream_id": stream["stream_id"] });
    assert_eq!(
        app.send(SHOP.to_send("POST", "/ssf/verify", &without))
            .await
            .status,
        204
    );
    let polled = polled.await.expect("no panic");
    assert_eq!(
        polled.events[0].claims["events"],
        json!({ VERIFICATION: {} })
    );
    app.advance_seconds(10);
    for state in [json!(7), json!("x".repeat(1001)), json!("\u{0}"), json!({})] {
        let body = json!({ "stream_id": stream["stream_id"], "state": state });
        let answer = app.send(SHOP.to_send("POST", "/ssf/verify", &body)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    // Of many at once, one is told.
    let ask = || SHOP.ask_for_verification(&stream, "x", &app);
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 429, 429]);
    app.advance_seconds(10);
    SHOP.set_status(&stream, "disabled", &app).await;
    let answer = SHOP.ask_for_verification(&stream, "x", &app).await;
    assert_error(&answer, 400, "invalid_request");
}

#[tokio::test]
async fn what_awaited_goes_with_its_stream() {
    let (app, alice, stream) = with_stream().await;
    over(&alice, SHOP, &app).await;
    let id = stream["stream_id"].as_str().expect("a text");
    let target = format!("/ssf/stream?stream_id={id}");
    assert_eq!(app.send(SHOP.to_ask("DELETE", &target)).await.status, 204);
    // Nobody wants to hear this.
    over(&alice, SHOP, &app).await;
    let next = SHOP.make_stream(&json!({}), &app).await;
    assert_eq!(SHOP.fetch(&next, &app).await, []);
    let answer = app.send(SHOP.to_poll(&stream, &json!({}))).await;
    assert_error(&answer, 404, "invalid_request");
}
