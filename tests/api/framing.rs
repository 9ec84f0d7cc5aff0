//! Framing: where one message ends and the next begins is never a matter of opinion (RFC 9112).

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::TestApp;

const BODY: &str = r#"{"query":"{__typename}"}"#;

/// A request of these header lines, with our body behind it.
fn post(lines: &[&str]) -> Vec<u8> {
    let lines: Vec<_> = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
    let lines = lines.concat();
    let head = "POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n";
    format!("{head}{lines}\r\n{BODY}").into_bytes()
}

fn chunked() -> String {
    format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len())
}

/// What comes back within a moment on a connection that stays open.
async fn first_answer(app: &TestApp, bytes: &[u8]) -> String {
    let mut connection = app.connect().await;
    connection.write_all(bytes).await.expect("it is open");
    let mut answer = vec![0; 65_536];
    let read = tokio::time::timeout(Duration::from_secs(2), connection.read(&mut answer)).await;
    let length = read.ok().and_then(Result::ok).unwrap_or_default();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn an_answer_does_not_wait_for_what_comes_after_its_request() {
    let app = TestApp::start().await;
    let request = post(&["Host: a", "Content-Length: 24"]);
    for (what, more) in [
        ("nothing", ""),
        ("an empty line, as some clients send", "\r\n"),
        ("half of the next request", "POST /graphql HT"),
    ] {
        let bytes = [request.as_slice(), more.as_bytes()].concat();
        let answer = first_answer(&app, &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{what}: {answer:?}");
    }
}

#[tokio::test]
async fn two_requests_in_one_breath_get_two_answers() {
    let app = TestApp::start().await;
    let first = post(&["Host: a", "Content-Length: 24"]);
    let last = post(&["Host: a", "Content-Length: 24", "Connection: close"]);
    let answers = app.try_exchange(&[first, last].concat()).await;
    let answers = String::from_utf8_lossy(&answers).into_owned();
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 2, "{answers}");
    assert_eq!(answers.matches("Query").count(), 2, "{answers}");
}

#[tokio::test]
async fn what_is_no_http_is_told_so() {
    let app = TestApp::start().await;
    for (what, bytes) in [
        ("no request line", b"FOO\r\n\r\n".to_vec()),
        ("no colon", b"GET / HTTP/1.1\r\nHost x\r\n\r\n".to_vec()),
        (
            "two lengths",
            post(&["Host: a", "Content-Length: 24", "Content-Length: 25"]),
        ),
        (
            "two lengths in one",
            post(&["Host: a", "Content-Length: 24, 25"]),
        ),
        (
            "a length that is none",
            post(&["Host: a", "Content-Length: 2x"]),
        ),
        ("a signed length", post(&["Host: a", "Content-Length: +24"])),
        (
            "a negative length",
            post(&["Host: a", "Content-Length: -1"]),
        ),
        (
            "an unknown coding",
            post(&["Host: a", "Transfer-Encoding: xchunked"]),
        ),
        (
            "a folded line",
            post(&["Host: a", "X: a\r\n b", "Content-Length: 24"]),
        ),
        (
            "a space before the colon",
            post(&["Host: a", "Content-Length : 24"]),
        ),
    ] {
        let answer = app.exchange(&bytes).await;
        assert_eq!(answer.status, 400, "{what}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_told_so() {
    let app = TestApp::start().await;
    let long = "a".repeat(40_000);
    let many: Vec<_> = (0..200)
        .map(|number| format!("X-{number}: a\r\n"))
        .collect();
    let many = many.concat();
    for (what, head) in [
        (
            "a header",
            format!("GET /livez HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"),
        ),
        (
            "a token",
            format!("GET /livez HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {long}\r\n\r\n"),
        ),
        (
            "a URL",
            format!("GET /graphql?query={long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        ),
        (
            "many headers",
            format!("GET /livez HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
        ),
    ] {
        let answer = app.exchange(head.as_bytes()).await;
        assert!(
            matches!(answer.status, 414 | 431),
            "{what}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_length_and_chunks_together_end_the_connection() {
    let app = TestApp::start().await;
    let smuggled = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    for lines in [
        [
            "Host: a",
            "Content-Length: 24",
            "Transfer-Encoding: chunked",
        ],
        [
            "Host: a",
            "Transfer-Encoding: chunked",
            "Content-Length: 24",
        ],
    ] {
        let head = post(&lines);
        let head = &head[..head.len() - BODY.len()];
        let bytes = [head, chunked().as_bytes(), smuggled.as_bytes()].concat();
        // It returns when the server hangs up, and only then.
        let answer = tokio::time::timeout(Duration::from_secs(2), app.try_exchange(&bytes)).await;
        let answer = answer.expect("the connection is closed");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_request_names_one_host() {
    let app = TestApp::start().await;
    let close = "Connection: close";
    for (what, lines) in [
        ("none", vec![close, "Content-Length: 24"]),
        (
            "two",
            vec!["Host: a", "Host: b", close, "Content-Length: 24"],
        ),
        (
            "twice the same",
            vec!["Host: a", "Host: a", close, "Content-Length: 24"],
        ),
    ] {
        let answer = app.exchange(&post(&lines)).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    }
}

#[tokio::test]
async fn chunks_that_are_none_break_off() {
    let app = TestApp::start().await;
    let head = post(&["Host: a", "Connection: close", "Transfer-Encoding: chunked"]);
    let head = &head[..head.len() - BODY.len()];
    for (what, body) in [
        ("no number", format!("zz\r\n{BODY}\r\n0\r\n\r\n")),
        (
            "a huge number",
            format!("ffffffffffffffffff\r\n{BODY}\r\n0\r\n\r\n"),
        ),
        ("a negative number", format!("-18\r\n{BODY}\r\n0\r\n\r\n")),
        ("no line after it", format!("18\r\n{BODY}0\r\n\r\n")),
    ] {
        let answer = app.exchange(&[head, body.as_bytes()].concat()).await;
        assert_eq!(answer.status, 400, "{what}");
    }
    let answer = app.exchange(&[head, chunked().as_bytes()].concat()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
