//! Slow and greedy clients: they are cut, and everybody else is served meanwhile.

use std::time::{Duration, Instant};

use cardea::config::Config;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{TestApp, eventually};
use crate::people::{Person, Session};

/// The shortest that can be configured, and what a busy machine may add.
const CUT_AFTER: Duration = Duration::from_secs(1);
const SLACK: Duration = Duration::from_millis(1500);

fn impatient(config: &mut Config) {
    config.http.header_timeout_seconds = CUT_AFTER.as_secs();
}

/// What comes back until the server hangs up, and how long that took.
async fn until_cut(mut connection: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    let cut = tokio::time::timeout(CUT_AFTER + SLACK, read).await;
    assert!(cut.is_ok(), "still open after {:?}", begun.elapsed());
    (
        String::from_utf8_lossy(&answer).into_owned(),
        begun.elapsed(),
    )
}

async fn having_sent(app: &TestApp, text: &str) -> TcpStream {
    let mut connection = app.connect().await;
    connection
        .write_all(text.as_bytes())
        .await
        .expect("it is open");
    connection
}

#[tokio::test]
async fn whoever_does_not_finish_is_cut() {
    let app = TestApp::with(impatient).await;
    let half = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n";
    let half_a_chunk = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n{";
    let mut waiting = tokio::task::JoinSet::new();
    for (what, text) in [
        ("silent", String::new()),
        ("half a line", "POST /gra".to_owned()),
        (
            "half a head",
            "POST /graphql HTTP/1.1\r\nHost: a\r\nX-".to_owned(),
        ),
        ("no body", half.to_owned()),
        ("half a body", format!("{half}{{\"query\"")),
        ("half a chunk", half_a_chunk.to_owned()),
    ] {
        let connection = having_sent(&app, &text).await;
        waiting.spawn(async move { (what, until_cut(connection).await) });
    }
    for (what, (answer, after)) in waiting.join_all().await {
        assert!(after >= CUT_AFTER / 2, "{what}: cut at once");
        if what.contains("body") || what.contains("chunk") {
            assert!(answer.starts_with("HTTP/1.1 408 "), "{what}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_trickle_is_no_progress() {
    let app = TestApp::with(impatient).await;
    let (reader, mut writer) = having_sent(&app, "GET /livez HTTP/1.1\r\n")
        .await
        .into_split();
    let trickle = tokio::spawn(async move {
        // A header every now and then, for ever.
        while writer.write_all(b"X-A: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let mut reader = reader;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(CUT_AFTER + SLACK, reader.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "it goes on for ever");
    trickle.abort();
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let app = TestApp::with(impatient).await;
    let connection = having_sent(&app, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let (answer, _) = until_cut(connection).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let app = TestApp::start().await;
    let mut connection = app.connect().await;
    for _ in 0..20 {
        connection
            .write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .expect("open");
        let mut answer = vec![0; 4096];
        let length = connection.read(&mut answer).await.expect("open");
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn who_is_half_there_stops_nobody() {
    let app = TestApp::with(|config| config.http.max_connections = 64).await;
    let alice = Person::signed_up("alice", &app).await;
    let mut half_there = Vec::new();
    for number in 0..60 {
        let text = [
            "",
            "POST ",
            "POST /graphql HTTP/1.1\r\nContent-Length: 9\r\n\r\n{",
        ][number % 3];
        half_there.push(having_sent(&app, text).await);
    }
    let begun = Instant::now();
    for _ in 0..5 {
        alice.log_in(&app).await.assert_live(&app).await;
    }
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_their_turn() {
    let app = TestApp::with(|config| config.http.max_connections = 3).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(having_sent(&app, "GET ").await);
    }
    let client = app.client();
    let waiting = tokio::spawn(async move { client.ask("{ __typename }").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "there was no place for it");
    held.pop();
    let answer = tokio::time::timeout(Duration::from_secs(2), waiting).await;
    let answer = answer.expect("a place was free").expect("no panic");
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn who_hangs_up_leaves_the_place() {
    let app = TestApp::with(|config| config.http.max_connections = 2).await;
    for _ in 0..20 {
        drop(having_sent(&app, "POST /graphql HTTP/1.1\r\nContent-Length: 9\r\n\r\n{").await);
    }
    let answer = tokio::time::timeout(Duration::from_secs(3), app.ask("{ __typename }")).await;
    assert_eq!(answer.expect("there is place").status, 200);
}

/// Slow enough that a stop can come in between.
fn thorough(config: &mut Config) {
    config.passwords.memory_kibibytes = 19_456;
    config.passwords.iterations = 12;
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way() {
    let mut app = TestApp::with(thorough).await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let client = app.client();
    let (login, logout) = (alice.to_log_in(), session.to_log_out());
    let login = tokio::spawn(async move { client.send(login).await });
    let logout = tokio::spawn(async move { client.send(logout).await });
    tokio::time::sleep(Duration::from_millis(30)).await;
    app.stop().await;
    let answer = login.await.expect("an answer");
    Session::of(&answer);
    assert_eq!(logout.await.expect("an answer").status, 200);
    eventually(SLACK, "nobody listens any more", async || {
        TcpStream::connect(client.address).await.is_err()
    })
    .await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_who_only_holds_the_line() {
    let mut app = TestApp::with(|config| config.http.shutdown_timeout_seconds = 2).await;
    let mut idle = having_sent(&app, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut answer = [0; 1024];
    assert!(idle.read(&mut answer).await.expect("open") > 0);
    let silent = app.connect().await;
    let half = having_sent(
        &app,
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
    )
    .await;
    let begun = Instant::now();
    app.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    drop((idle, silent, half));
}
