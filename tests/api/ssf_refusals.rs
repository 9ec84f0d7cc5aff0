//! Event streams: who may not have one, what is no request, and what is not to be changed.

use serde_json::json;

use crate::app::eventually;
use crate::client::Request;
use crate::command_line::do_it;
use crate::following::{SOON, with_alice};
use crate::receiving::{SESSION_REVOKED, STATUS, STREAM, VERIFY, path_of};
use crate::sub_systems::{BILLING, PUBLIC, SHOP, assert_error, basic};

const POLL: &str = "urn:ietf:rfc:8936";
const NOBODYS: &str = "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52";

#[tokio::test]
async fn what_the_transmitter_supplies_is_not() {
    let (app, _) = with_alice().await;
    let made = SHOP.make_stream(&json!({}), &app).await;
    for (name, wrong) in [
        ("iss", json!("https://evil.example.com")),
        ("aud", json!("billing")),
        ("aud", json!(["shop", "billing"])),
        ("events_supported", json!([SESSION_REVOKED])),
        ("events_delivered", json!([])),
        ("events_delivered", json!(SESSION_REVOKED)),
        ("min_verification_interval", json!(1)),
        ("inactivity_timeout", json!(60)),
        (
            "delivery",
            json!({ "method": POLL, "endpoint_url": "https://evil.example.com" }),
        ),
        (
            "delivery",
            json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": "https://shop.example.com" }),
        ),
        (
            "delivery",
            json!({ "endpoint_url": made["delivery"]["endpoint_url"] }),
        ),
        ("delivery", json!({})),
        ("delivery", json!([POLL])),
        ("delivery", json!(POLL)),
    ] {
        for method in ["PATCH", "PUT"] {
            let mut body = json!({ "stream_id": made["stream_id"], "description": "no" });
            body[name] = wrong.clone();
            let answer = app.send(SHOP.to_send(method, STREAM, &body)).await;
            assert_error(&answer, 400, "invalid_request");
        }
    }
    let read = app.send(SHOP.to_ask("GET", STREAM)).await.json();
    assert_eq!(read, json!([made]));
}

#[tokio::test]
async fn what_is_no_configuration_is_refused() {
    let (app, _) = with_alice().await;
    let long = "x".repeat(1001);
    for body in [
        json!([]),
        json!("x"),
        json!(null),
        json!({ "events_requested": SESSION_REVOKED }),
        json!({ "events_requested": [7] }),
        json!({ "events_requested": vec!["urn:x"; 101] }),
        json!({ "description": 7 }),
        json!({ "description": long }),
        json!({ "description": "a\u{0}b" }),
        json!({ "delivery": { "method": "urn:ietf:rfc:8935", "endpoint_url": "https://shop.example.com" } }),
        json!({ "delivery": { "method": "https://schemas.openid.net/secevent/risc/delivery-method/push" } }),
        json!({ "delivery": { "method": 8936 } }),
    ] {
        let answer = app.send(SHOP.to_send("POST", STREAM, &body)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    for text in [
        "{",
        "{}x",
        "\u{feff}{}",
        "{\"description\":\"a\",\"description\":\"b\"}",
    ] {
        let mut request = Request::post(text).header("Authorization", &SHOP.basic());
        request.set_target(STREAM);
        assert_error(&app.send(request).await, 400, "invalid_request");
    }
    let form = SHOP.to_send("POST", STREAM, &json!({}));
    let form = form.replace("Content-Type", "application/x-www-form-urlencoded");
    assert_error(&app.send(form).await, 415, "invalid_request");
    let answer = app.send(SHOP.to_ask("GET", STREAM)).await;
    assert_eq!(answer.json(), json!([]), "nothing was made");
    // The standard's own examples have no media type; and names that are none are not kept.
    let mut request = SHOP.to_send(
        "POST",
        STREAM,
        &json!({ "events_requested": ["a b", "", "urn:x"] }),
    );
    request.remove("Content-Type");
    let made = app.send(request).await;
    assert_eq!(
        (made.status, &made.json()["events_requested"]),
        (201, &json!(["urn:x"]))
    );
}

#[tokio::test]
async fn a_stream_that_is_nobodys_or_anothers_is_not_there() {
    let (app, _) = with_alice().await;
    let theirs = BILLING.make_stream(&json!({}), &app).await;
    SHOP.make_stream(&json!({}), &app).await;
    let theirs_id = theirs["stream_id"].as_str().expect("a text");
    let upper = theirs_id.to_uppercase();
    for id in [theirs_id, &upper, NOBODYS, "x", "", "%00"] {
        for (method, path) in [("GET", STREAM), ("DELETE", STREAM), ("GET", STATUS)] {
            let answer = app
                .send(SHOP.to_ask(method, &format!("{path}?stream_id={id}")))
                .await;
            assert_error(&answer, 404, "invalid_request");
        }
        let body = json!({ "stream_id": id, "status": "paused", "state": "x" });
        for (method, path) in [
            ("PATCH", STREAM),
            ("PUT", STREAM),
            ("POST", STATUS),
            ("POST", VERIFY),
        ] {
            let answer = app.send(SHOP.to_send(method, path, &body)).await;
            assert_error(&answer, 404, "invalid_request");
        }
    }
    for path in [
        path_of(&theirs),
        format!("/ssf/poll/{NOBODYS}"),
        "/ssf/poll/x".to_owned(),
    ] {
        let answer = app
            .send(SHOP.to_send("POST", &path, &json!({ "returnImmediately": true })))
            .await;
        assert_error(&answer, 404, "invalid_request");
    }
    // Which one is meant has to be said.
    for (method, path) in [("DELETE", STREAM), ("GET", STATUS)] {
        let answer = app.send(SHOP.to_ask(method, path)).await;
        assert_error(&answer, 400, "invalid_request");
        let twice = format!("{path}?stream_id={NOBODYS}&stream_id={NOBODYS}");
        assert_error(
            &app.send(SHOP.to_ask(method, &twice)).await,
            400,
            "invalid_request",
        );
    }
    let body = json!({ "status": "paused" });
    for (method, path) in [
        ("PATCH", STREAM),
        ("PUT", STREAM),
        ("POST", STATUS),
        ("POST", VERIFY),
    ] {
        let answer = app.send(SHOP.to_send(method, path, &body)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    let answer = app.send(BILLING.to_ask("GET", STREAM)).await;
    assert_eq!(answer.json(), json!([theirs]), "as it was");
}

#[tokio::test]
async fn nobody_has_one_without_the_secret() {
    let (app, _) = with_alice().await;
    let stream = SHOP.make_stream(&json!({}), &app).await;
    let wrong = [
        None,
        Some(basic("shop", "wrong")),
        Some(basic("shop", BILLING.secret)),
        Some(basic("nobody", SHOP.secret)),
        Some(basic(PUBLIC, "")),
        Some("Bearer a.b.c".to_owned()),
    ];
    let poll = path_of(&stream);
    let all = [
        ("GET", STREAM),
        ("POST", STREAM),
        ("PATCH", STREAM),
        ("PUT", STREAM),
        ("DELETE", STREAM),
        ("GET", STATUS),
        ("POST", STATUS),
        ("POST", VERIFY),
        ("POST", &poll),
    ];
    for (method, path) in all {
        for header in &wrong {
            // Whatever the body is.
            let mut request = Request::post("{");
            request.set_method(method);
            request.set_target(path);
            if let Some(header) = header {
                request = request.header("Authorization", header);
            }
            assert_error(&app.send(request).await, 401, "invalid_client");
        }
    }
    let in_url = SHOP.to_ask("GET", &format!("{STREAM}?client_secret=x"));
    assert_error(&app.send(in_url).await, 400, "invalid_request");
    do_it(&app, &["application", "disable", "shop"], "").await;
    eventually(SOON, "disabled", async || {
        app.send(SHOP.to_ask("GET", STREAM)).await.status == 401
    })
    .await;
    for (method, path) in all {
        let answer = app.send(SHOP.to_send(method, path, &json!({}))).await;
        assert_error(&answer, 401, "invalid_client");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let (app, _) = with_alice().await;
    let stream = SHOP.make_stream(&json!({}), &app).await;
    for (method, path, allowed) in [
        ("TRACE", STREAM, "GET,HEAD,POST,PATCH,PUT,DELETE"),
        ("DELETE", STATUS, "GET,HEAD,POST"),
        ("GET", VERIFY, "POST"),
        ("GET", &path_of(&stream), "POST"),
    ] {
        let answer = app.send(SHOP.to_ask(method, path)).await;
        assert_error(&answer, 405, "invalid_request");
        let mut told: Vec<_> = answer
            .header("allow")
            .expect("it is told")
            .split(',')
            .collect();
        let mut allowed: Vec<_> = allowed.split(',').collect();
        told.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(told, allowed, "{path}");
    }
}
