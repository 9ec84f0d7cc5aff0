//! The wire: bytes that are late, too many, or no HTTP are answered as such, and nobody waits for them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::place::{PATIENCE, Place};
use crate::server::Server;

const HEAD: &str = "GET /livez HTTP/1.1\r\nHost: cardea.localhost\r\n";

/// What the server answers to bytes before it closes the connection, or `None` if it says nothing at all.
fn status_of(server: &Server, bytes: &[u8], patience: Duration) -> Option<String> {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream
        .set_read_timeout(Some(patience))
        .expect("the time is not zero");
    // A server that has seen enough closes before it has read all.
    drop(stream.write_all(bytes));
    let mut answer = [0; 12];
    match stream.read_exact(&mut answer) {
        Ok(()) => Some(String::from_utf8_lossy(&answer[9..]).into_owned()),
        Err(error) => {
            let is_silence = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            assert!(
                !is_silence || patience < PATIENCE,
                "neither an answer nor an end"
            );
            None
        }
    }
}

#[test]
fn an_answer_does_not_wait_for_what_follows_the_request() {
    let server_place = Place::new();
    let server = server_place.serve(&[]);
    // Shorter than what the server waits for the rest of a request.
    let patience = Duration::from_secs(3);
    for rest in ["", "\r\n", "G", "GET /livez HTTP/1.1\r\nHost:"] {
        let bytes = format!("{HEAD}\r\n{rest}");
        let status = status_of(&server, bytes.as_bytes(), patience);
        assert_eq!(status.as_deref(), Some("200"), "followed by {rest:?}");
    }
}

#[test]
fn what_is_no_http_is_answered_as_such() {
    let place = Place::new();
    let server = place.serve(&[]);
    let long = "a".repeat(40_000);
    for (bytes, status) in [
        ("NONSENSE\r\n\r\n".to_owned(), "400"),
        (format!("{HEAD}no header\r\n\r\n"), "400"),
        (format!("{HEAD}User-Agent: \u{1b}[31m\r\n\r\n"), "400"),
        (
            format!("{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            "400",
        ),
        (format!("{HEAD}X-Long: {long}\r\n\r\n"), "431"),
    ] {
        let told = status_of(&server, bytes.as_bytes(), PATIENCE);
        let begin: String = bytes.chars().take(100).collect();
        assert_eq!(told.as_deref(), Some(status), "{begin:?}");
    }
    assert_eq!(
        status_of(&server, format!("{HEAD}\r\n").as_bytes(), PATIENCE).as_deref(),
        Some("200")
    );
}

#[test]
fn a_client_that_does_not_finish_its_headers_is_cut() {
    let place = Place::new();
    let server = place.serve(&["http.header_timeout_seconds=1"]);
    for bytes in ["", HEAD] {
        let begun = Instant::now();
        let status = status_of(&server, bytes.as_bytes(), PATIENCE);
        assert!(
            matches!(status.as_deref(), None | Some("408")),
            "{status:?}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn a_client_that_does_not_finish_its_body_is_cut() {
    let place = Place::new();
    let server = place.serve(&["http.header_timeout_seconds=1"]);
    let head =
        "POST /graphql HTTP/1.1\r\nHost: cardea.localhost\r\nContent-Type: application/json\r\n";
    let begun = Instant::now();
    let bytes = format!("{head}Content-Length: 100\r\n\r\n{{\"query\":");
    assert_eq!(
        status_of(&server, bytes.as_bytes(), PATIENCE).as_deref(),
        Some("408")
    );
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
