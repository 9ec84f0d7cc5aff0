//! Who may not follow, and what is no question.

use std::time::Duration;

use crate::app::{TestApp, eventually};
use crate::client::{Client, Request};
use crate::command_line::do_it;
use crate::following::{Heard, REVOCATIONS, SOON, Stream, copy_rows, over, position, with_alice};
use crate::people::Person;
use crate::sub_systems::{BILLING, PUBLIC, SHOP, assert_error, basic};

#[tokio::test]
async fn nobody_follows_without_the_secret() {
    let (app, _) = with_alice().await;
    let wrong = [
        None,
        Some(basic("shop", "wrong")),
        Some(basic("shop", BILLING.secret)),
        Some(basic("nobody", SHOP.secret)),
        Some(basic(PUBLIC, "")),
        Some("Basic x".to_owned()),
        Some("Bearer a.b.c".to_owned()),
    ];
    for header in wrong {
        for media in ["application/json", "text/event-stream"] {
            let mut request = Request::get(REVOCATIONS).accept(media);
            if let Some(header) = &header {
                request = request.header("Authorization", header);
            }
            assert_error(&app.send(request).await, 401, "invalid_client");
        }
    }
    do_it(&app, &["application", "disable", "shop"], "").await;
    eventually(SOON, "disabled", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 401
    })
    .await;
    let answer = app.send(SHOP.to_follow("?wait=0")).await;
    assert_error(&answer, 401, "invalid_client");
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let (app, _) = with_alice().await;
    for query in [
        "?after=",
        "?after=x",
        "?after=-1",
        "?after=1.5",
        "?after=99999999999999999999",
        "?after=0&after=0",
        "?wait=31",
        "?wait=-1",
        "?wait=soon",
        "?wait=0&wait=0",
        "?ledger=x",
        "?ledger=",
        "?client_secret=x",
        "?token=x",
    ] {
        let answer = app.send(SHOP.to_follow(query)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    for id in [
        "",
        "x",
        "1",
        "x/1",
        "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52/x",
    ] {
        let request = SHOP.to_follow("").accept("text/event-stream");
        let answer = app.send(request.header("Last-Event-ID", id)).await;
        assert_error(&answer, 400, "invalid_request");
    }
    let request = SHOP.to_follow("?wait=0");
    let answer = app.send(request.clone().accept("text/html")).await;
    assert_error(&answer, 406, "invalid_request");
    let twice = request.clone().header("Authorization", &SHOP.basic());
    assert_error(&app.send(twice).await, 400, "invalid_request");
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let mut request = request.clone();
        request.set_method(method);
        let answer = app.send(request).await;
        assert_error(&answer, 405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("GET"));
    }
    // Whatever else is asked for is nobody's business.
    let answer = app.send(SHOP.to_follow("?wait=0&colour=red")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_position_of_another_ledger_or_of_the_future_is_none() {
    let (app, alice) = with_alice().await;
    over(&alice, SHOP, &app).await;
    let told = SHOP.hear("?wait=0", &app).await;
    let (after, ledger) = (position(&told), told["ledger"].as_str().expect("a text"));
    let other = "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52";
    let future = after + 1;
    for query in [
        format!("?after={future}&wait=0"),
        format!("?after={future}&ledger={ledger}"),
        format!("?after={after}&ledger={other}"),
        format!("?ledger={other}"),
        format!("?after={}", i64::MAX),
    ] {
        for media in ["application/json", "text/event-stream"] {
            let answer = app.send(SHOP.to_follow(&query).accept(media)).await;
            assert_error(&answer, 409, "invalid_position");
        }
    }
    // What a browser says counts more than the address that it was given at first.
    let request = SHOP.to_follow(&format!("?after={after}&ledger={ledger}"));
    let request = request.accept("text/event-stream");
    let answer = app.send(request.header("Last-Event-ID", &format!("{other}/0")));
    assert_error(&answer.await, 409, "invalid_position");
}

#[tokio::test]
async fn a_node_that_is_behind_asks_before_it_says_no() {
    let (app, alice) = with_alice().await;
    // It looks seldom, and on SQLite nobody tells it.
    let other = app
        .another_node(|config| {
            config.revocation.lease_milliseconds = 10_000;
            config.revocation.poll_milliseconds = 9000;
        })
        .await;
    for _ in 0..5 {
        over(&alice, SHOP, &app).await;
        let (_, after) = SHOP.hear_all(&app).await;
        let answer = other.send(SHOP.to_follow(&format!("?after={after}&wait=0")));
        assert_eq!(answer.await.status, 200);
    }
}

async fn with_places(all: usize, of_one: usize) -> TestApp {
    TestApp::with(|config| {
        config.applications = vec![SHOP.application(), BILLING.application()];
        config.feed.max_followers = all;
        config.feed.max_followers_per_application = of_one;
    })
    .await
}

async fn assert_full(system: crate::sub_systems::SubSystem, client: &Client) {
    for media in ["application/json", "text/event-stream"] {
        let answer = client.send(system.to_follow("?wait=0").accept(media)).await;
        assert_error(&answer, 503, "temporarily_unavailable");
        let seconds = answer
            .header("retry-after")
            .and_then(|text| text.parse().ok());
        assert!(
            seconds.is_some_and(|seconds: u64| seconds >= 1),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn places_are_counted_and_given_back() {
    let app = with_places(3, 2).await;
    let mut first = SHOP.stream("", &app).await;
    let second = SHOP.stream("", &app).await;
    first.next().await;
    assert_full(SHOP, &app).await;
    let third = BILLING.stream("", &app).await;
    assert_full(BILLING, &app).await;
    // One who hangs up leaves a place, whichever way they listened.
    drop(second);
    eventually(SOON, "a place", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 200
    })
    .await;
    let after = position(&first.next().await.data);
    let request = SHOP.to_follow(&format!("?after={after}&wait=30"));
    let waiting = Stream::open_raw(&request, &app).await;
    eventually(SOON, "taken", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 503
    })
    .await;
    drop(waiting);
    eventually(SOON, "a place again", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 200
    })
    .await;
    drop(third);
}

#[tokio::test]
async fn a_stream_ends_with_its_application_or_its_secret() {
    let (app, _) = with_alice().await;
    for arguments in [
        ["application", "disable", "shop"],
        ["application", "disable", "billing"],
    ] {
        let system = if arguments[2] == "shop" {
            SHOP
        } else {
            BILLING
        };
        let mut stream = system.stream("", &app).await;
        stream.next().await;
        do_it(&app, &arguments, "").await;
        loop {
            match stream.hear(Duration::from_secs(10)).await {
                Heard::Event(event) => assert!(!event.name.is_empty()),
                Heard::Silence => panic!("it goes on"),
                Heard::End => break,
            }
        }
    }
}

#[tokio::test]
async fn who_reads_nothing_is_cut_off() {
    let app = TestApp::with(|config| {
        config.applications = vec![SHOP.application()];
        config.feed.max_followers_per_application = 1;
        config.http.header_timeout_seconds = 1;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    over(&alice, SHOP, &app).await;
    // Far more than what lies between two programs may hold.
    copy_rows(&app, 100_000).await;
    let request = SHOP.to_follow("?after=1").accept("text/event-stream");
    let reads_nothing = Stream::open_raw(&request, &app).await;
    eventually(SOON, "its place is taken", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 503
    })
    .await;
    eventually(Duration::from_secs(20), "cut off", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 200
    })
    .await;
    drop(reads_nothing);
}

#[tokio::test]
async fn it_is_under_the_issuers_path_too() {
    let app = TestApp::with(|config| {
        config.tokens.issuer = Some("https://example.com/login".to_owned());
        config.applications = vec![SHOP.application()];
    })
    .await;
    for path in ["/revocations", "/login/revocations"] {
        let mut request = SHOP.to_follow("");
        request.set_target(&format!("{path}?wait=0"));
        assert_eq!(app.send(request).await.status, 200, "{path}");
    }
}
