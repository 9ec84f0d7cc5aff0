//! What sockets may cost: places, messages, time; whose page may open one; and their end with the server.

use std::time::{Duration, Instant};

use cardea_entity::sessions;
use sea_orm::{ConnectionTrait as _, IdenStatic as _, Iterable as _};
use serde_json::json;

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::people::Person;
use crate::socket::{SUBSCRIPTION, Socket, handshake};

const PATIENCE: Duration = Duration::from_secs(10);

/// Whether this line stands in the metrics.
async fn tells(app: &TestApp, line: &str) -> bool {
    let metrics = app.metrics().expect("they are on");
    let request = Request::get("/metrics").accept("text/plain");
    let told = metrics.send(request).await.text();
    told.lines().any(|told| told == line)
}

#[tokio::test]
async fn pages_that_nobody_knows_open_no_socket() {
    let known = "https://app.example.com";
    let app = TestApp::with(|config| config.http.allowed_origins = vec![known.to_owned()]).await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
    ] {
        let answer = Socket::by(&app, handshake().header("Origin", origin)).await;
        let answer = answer.err().expect("no socket");
        assert_eq!(answer.status, 403, "{origin}");
        assert_eq!(answer.code().as_deref(), Some("FORBIDDEN"));
    }
    let own = format!("http://{}", app.client().address);
    for origin in [known, &own] {
        let socket = Socket::by(&app, handshake().header("Origin", origin)).await;
        socket.expect("a socket").settle().await;
    }
}

#[tokio::test]
async fn there_are_so_many_places_and_no_more() {
    let app = TestApp::with(|config| config.sockets.maximum = 2).await;
    let mut first = Socket::open(&app).await;
    let second = Socket::open(&app).await;
    let refused = Socket::by(&app, handshake()).await.err();
    let refused = refused.expect("no place");
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert_eq!(refused.code().as_deref(), Some("OVERLOADED"));
    assert!(refused.header("retry-after").is_some());
    first.settle().await;
    drop(second);
    eventually(PATIENCE, "a place", async || {
        Socket::by(&app, handshake()).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_user_has_so_many_sockets_and_leaves_the_others_theirs() {
    let app = TestApp::with(|config| config.sockets.maximum_per_user = 2).await;
    let alice = Person::signed_up("alice", &app).await;
    let bob = Person::signed_up("bob", &app).await;
    let session = alice.log_in(&app).await;
    let first = Socket::of(&session.token, &app).await;
    let _second = Socket::of(&alice.log_in(&app).await.token, &app).await;
    let mut third = Socket::open(&app).await;
    third.init(&session.token).await;
    third.assert_closed(1008, "Too many sockets").await;
    Socket::of(&bob.log_in(&app).await.token, &app).await;
    drop(first);
    eventually(PATIENCE, "a place", async || {
        let mut socket = Socket::open(&app).await;
        socket.init(&session.token).await;
        socket.try_next().await.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_socket_has_so_many_subscriptions() {
    let app = TestApp::with(|config| config.sockets.maximum_subscriptions = 2).await;
    let alice = Person::signed_up("alice", &app).await;
    let mut socket = Socket::of(&alice.log_in(&app).await.token, &app).await;
    for id in ["1", "2"] {
        socket.subscribe(id, SUBSCRIPTION).await;
    }
    socket.subscribe("3", SUBSCRIPTION).await;
    let message = socket.next().await;
    assert_eq!(
        (&message["type"], &message["id"]),
        (&json!("error"), &json!("3"))
    );
    assert_eq!(
        message["payload"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
    socket.send(&json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("3", SUBSCRIPTION).await;
    socket.settle().await;
}

#[tokio::test]
async fn who_says_too_much_is_cut_off() {
    let (app, alice) = TestApp::with_user("alice").await;
    let mut socket = Socket::of(&alice.log_in(&app).await.token, &app).await;
    for _ in 0..400 {
        socket.send(&json!({ "type": "pong" })).await;
    }
    socket.assert_closed(1008, "Too many messages").await;
}

#[tokio::test]
async fn who_reads_nothing_is_cut_off() {
    let app = TestApp::with(|config| {
        config.http.request_timeout_seconds = 1;
        config.http.body_limit_bytes = 1 << 20;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let mut socket = Socket::of(&alice.log_in(&app).await.token, &app).await;
    // Each is answered by as much.
    let text = "x".repeat(1_000_000);
    let ping = json!({ "type": "ping", "payload": { "text": text } }).to_string();
    let writing = tokio::spawn(async move {
        for _ in 0..60 {
            socket.send_text(&ping).await;
        }
        socket
    });
    eventually(PATIENCE, "cut off", async || {
        tells(&app, "cardea_socket_ends_total{code=\"gone\"} 1").await
            && tells(&app, "cardea_sockets 0").await
    })
    .await;
    writing.abort();
}

#[tokio::test]
async fn who_answers_no_ping_is_gone() {
    let app = TestApp::with(|config| config.sockets.ping_seconds = 1).await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let mut dead = Socket::of(&session.token, &app).await;
    let mut live = Socket::of(&session.token, &app).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        assert_eq!(live.next().await, json!({ "type": "ping" }));
        live.send(&json!({ "type": "pong" })).await;
    }
    while dead.try_next().await.is_some() {}
    assert!(tells(&app, "cardea_sockets 1").await);
}

#[tokio::test]
async fn a_server_that_stops_says_so_and_waits_for_no_socket() {
    let (mut app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let mut following = Socket::following(&session.token, &app).await;
    let mut silent = Socket::open(&app).await;
    silent.settle().await;
    let begun = Instant::now();
    app.stop().await;
    let taken = begun.elapsed();
    assert!(taken < Duration::from_secs(5), "{taken:?}");
    for socket in [&mut following, &mut silent] {
        socket.assert_closed(1001, "Going Away").await;
    }
}

#[tokio::test]
async fn sockets_are_counted() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let mut socket = Socket::following(&session.token, &app).await;
    assert!(tells(&app, "cardea_sockets 1").await);
    assert!(tells(&app, "cardea_socket_ends_total{code=\"4403\"} 0").await);
    alice.log_in(&app).await;
    socket.event().await;
    session.end(&app).await;
    socket.assert_closed(4403, "Forbidden: LOGGED_OUT").await;
    for line in [
        "cardea_sockets 0",
        "cardea_socket_ends_total{code=\"4403\"} 1",
        "cardea_subscription_events_total 1",
    ] {
        eventually(PATIENCE, line, async || tells(&app, line).await).await;
    }
}

#[tokio::test]
async fn who_has_too_many_sessions_at_once_is_told_of_none_and_takes_nobody_along() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let mut socket = Socket::following(&alice.log_in(&app).await.token, &app).await;
    let mut flooded = Socket::following(&bob.log_in(&app).await.token, &app).await;
    let columns: Vec<_> = sessions::Column::iter()
        .map(|column| column.as_str().to_owned())
        .filter(|column| column != "id")
        .collect();
    let columns = columns.join(", ");
    let random = ["gen_random_uuid()", "randomblob(16)"][usize::from(app.is_on_sqlite())];
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) \
         INSERT INTO sessions (id, {columns}) SELECT {random}, {columns} FROM sessions, n \
         WHERE user_id = (SELECT id FROM users WHERE email = 'bob@example.com')"
    );
    let database = app.database().await;
    database.execute_unprepared(&many).await.expect("a table");
    let reason = "Try Again Later: events were lost; subscribe again";
    flooded.assert_closed(1013, reason).await;
    alice.log_in(&app).await;
    assert_eq!(socket.event().await.0, "SessionStarted");
}
