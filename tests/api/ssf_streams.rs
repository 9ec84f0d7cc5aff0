//! Event streams: what is told of them to whom, made, changed and deleted (SSF 1.0, sections 7 and 8).

use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::Request;
use crate::following::with_alice;
use crate::receiving::{CREDENTIAL_CHANGE, SESSION_REVOKED, STATUS, STREAM, VERIFY};
use crate::sub_systems::{BILLING, SHOP, assert_error};

const POLL: &str = "urn:ietf:rfc:8936";

#[tokio::test]
async fn the_transmitter_says_what_it_is() {
    let app = TestApp::start().await;
    let answer = app
        .send(Request::get("/.well-known/ssf-configuration"))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({
            "spec_version": "1_0",
            "issuer": ISSUER,
            "jwks_uri": format!("{ISSUER}/.well-known/jwks.json"),
            "delivery_methods_supported": [POLL],
            "configuration_endpoint": format!("{ISSUER}{STREAM}"),
            "status_endpoint": format!("{ISSUER}{STATUS}"),
            "verification_endpoint": format!("{ISSUER}{VERIFY}"),
            "authorization_schemes": [{ "spec_urn": "urn:ietf:rfc:7617" }],
            "default_subjects": "ALL",
        })
    );
}

#[tokio::test]
async fn an_issuer_with_a_path_has_it_behind_the_well_known_part() {
    let app = TestApp::with(|config| {
        config.tokens.issuer = Some("https://example.com/login".to_owned());
        config.applications = vec![SHOP.application()];
    })
    .await;
    for path in ["", "/login"] {
        let request = Request::get(&format!("/.well-known/ssf-configuration{path}"));
        let told = app.send(request).await.json();
        assert_eq!(told["issuer"], "https://example.com/login");
        let endpoint = &told["configuration_endpoint"];
        assert_eq!(endpoint, "https://example.com/login/ssf/stream");
        let answer = app
            .send(SHOP.to_ask("GET", &format!("{path}{STREAM}")))
            .await;
        assert_eq!((answer.status, answer.json()), (200, json!([])), "{path}");
    }
    let stream = SHOP.make_stream(&json!({}), &app).await;
    assert_eq!(
        stream["delivery"]["endpoint_url"],
        format!(
            "https://example.com/login/ssf/poll/{}",
            stream["stream_id"].as_str().expect("a text")
        )
    );
}

#[tokio::test]
async fn a_stream_is_made_read_and_deleted() {
    let (app, _) = with_alice().await;
    let wished = json!({
        "delivery": { "method": POLL },
        "events_requested": [SESSION_REVOKED, "urn:example:other"],
        "description": "Wer geht, geht: \u{1F6AA}",
    });
    let made = SHOP.make_stream(&wished, &app).await;
    let id = made["stream_id"].as_str().expect("a text");
    assert_eq!(
        made,
        json!({
            "stream_id": id,
            "iss": ISSUER,
            "aud": "shop",
            "events_supported": [SESSION_REVOKED, CREDENTIAL_CHANGE],
            "events_requested": [SESSION_REVOKED, "urn:example:other"],
            "events_delivered": [SESSION_REVOKED],
            "delivery": { "method": POLL, "endpoint_url": format!("{ISSUER}/ssf/poll/{id}") },
            "min_verification_interval": 10,
            "description": wished["description"],
        })
    );
    let one = format!("{STREAM}?stream_id={id}");
    let answer = app.send(SHOP.to_ask("GET", &one)).await;
    assert_eq!((answer.status, answer.json()), (200, made.clone()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = app.send(SHOP.to_ask("GET", STREAM)).await;
    assert_eq!((answer.status, answer.json()), (200, json!([made])));
    // There is one for each application, and nobody sees another's.
    let answer = app.send(SHOP.to_send("POST", STREAM, &wished)).await;
    assert_error(&answer, 409, "invalid_request");
    let answer = app.send(BILLING.to_ask("GET", STREAM)).await;
    assert_eq!(answer.json(), json!([]));
    let answer = app.send(SHOP.to_ask("DELETE", &one)).await;
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    for (method, status) in [("DELETE", 404), ("GET", 404)] {
        let answer = app.send(SHOP.to_ask(method, &one)).await;
        assert_error(&answer, status, "invalid_request");
    }
    // The next one is another one.
    let next = SHOP.make_stream(&json!({}), &app).await;
    assert_ne!(next["stream_id"], made["stream_id"]);
    assert_eq!(next["events_delivered"], next["events_supported"]);
    assert!(next.get("events_requested").is_none() && next.get("description").is_none());
}

#[tokio::test]
async fn of_two_that_make_one_at_once_one_does() {
    let (app, _) = with_alice().await;
    let make = || app.send(SHOP.to_send("POST", STREAM, &json!({})));
    let (one, two, three) = tokio::join!(make(), make(), make());
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
}

#[tokio::test]
async fn what_the_receiver_supplies_is_changed_and_replaced() {
    let (app, _) = with_alice().await;
    let made = SHOP
        .make_stream(&json!({ "description": "one" }), &app)
        .await;
    let id = &made["stream_id"];
    let change = async |method: &str, body: Value| {
        let answer = app.send(SHOP.to_send(method, STREAM, &body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let read = app.send(SHOP.to_ask("GET", STREAM)).await.json();
        assert_eq!(json!([answer.json()]), read);
        answer.json()
    };
    // What isn't named stays.
    let body = json!({ "stream_id": id, "events_requested": [CREDENTIAL_CHANGE] });
    let changed = change("PATCH", body).await;
    assert_eq!(changed["events_delivered"], json!([CREDENTIAL_CHANGE]));
    assert_eq!(changed["description"], "one");
    assert_eq!(change("PATCH", json!({ "stream_id": id })).await, changed);
    // As it was read, it may be sent back, in whatever order; and what nobody knows is ignored.
    let mut all = changed.clone();
    all["description"] = json!("two");
    all["aud"] = json!(["shop"]);
    all["events_supported"] = json!([CREDENTIAL_CHANGE, SESSION_REVOKED]);
    all["colour"] = json!({ "red": [] });
    let replaced = change("PUT", all).await;
    assert_eq!(replaced["description"], "two");
    assert_eq!(replaced["events_requested"], json!([CREDENTIAL_CHANGE]));
    // What isn't named is deleted.
    let replaced = change("PUT", json!({ "stream_id": id })).await;
    assert!(replaced.get("description").is_none() && replaced.get("events_requested").is_none());
    assert_eq!(replaced["events_delivered"], made["events_supported"]);
    let nothing = change("PATCH", json!({ "stream_id": id, "events_requested": [] })).await;
    assert_eq!(nothing["events_delivered"], json!([]));
    assert_eq!(nothing["events_requested"], json!([]));
}

#[tokio::test]
async fn the_status_is_set_and_told_with_its_reason() {
    let (app, _) = with_alice().await;
    let stream = SHOP.make_stream(&json!({}), &app).await;
    let id = stream["stream_id"].as_str().expect("a text");
    let read = async || {
        let answer = app
            .send(SHOP.to_ask("GET", &format!("{STATUS}?stream_id={id}")))
            .await;
        assert_eq!(answer.status, 200);
        answer.json()
    };
    assert_eq!(
        read().await,
        json!({ "stream_id": id, "status": "enabled" })
    );
    let paused = json!({ "stream_id": id, "status": "paused", "reason": "the shop moves" });
    let answer = app.send(SHOP.to_send("POST", STATUS, &paused)).await;
    assert_eq!((answer.status, answer.json()), (200, paused.clone()));
    assert_eq!(read().await, paused);
    for wrong in [
        json!({ "stream_id": id }),
        json!({ "stream_id": id, "status": "asleep" }),
        json!({ "stream_id": id, "status": "Enabled" }),
        json!({ "stream_id": id, "status": 1 }),
        json!({ "stream_id": id, "status": "enabled", "reason": 1 }),
        json!({ "stream_id": id, "status": "enabled", "reason": "x".repeat(1001) }),
        json!({ "stream_id": id, "status": "enabled", "reason": "\u{0}" }),
        json!({ "stream_id": 7, "status": "enabled" }),
    ] {
        let answer = app.send(SHOP.to_send("POST", STATUS, &wrong)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    assert_eq!(read().await, paused);
    for status in ["disabled", "enabled"] {
        SHOP.set_status(&stream, status, &app).await;
        assert_eq!(read().await, json!({ "stream_id": id, "status": status }));
    }
}
