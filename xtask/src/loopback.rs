//! Small talk with servers on this machine: a free port, and one question at a time.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

/// A server that takes longer to say that it is ready is not.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// No answer that we ask for here is longer.
const MAX_ANSWER_BYTES: usize = 4096;

/// A port of the loopback address that nobody listens on. Another process may take it before we do:
/// then the server that we meant it for doesn't start, and says so.
///
/// # Errors
/// When the system has none.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

pub(crate) fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Says `question`, and gives the beginning of the answer. Nothing, if there is no answer at once.
pub(crate) fn ask(port: u16, question: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address(port), ANSWER_LIMIT).ok()?;
    stream.set_read_timeout(Some(ANSWER_LIMIT)).ok()?;
    stream.set_write_timeout(Some(ANSWER_LIMIT)).ok()?;
    stream.write_all(question.as_bytes()).ok()?;
    let mut answer = [0; MAX_ANSWER_BYTES];
    let length = stream.read(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer[..length]).into_owned())
}

/// Whether a GET of `path` is answered 200.
pub(crate) fn is_ok(port: u16, path: &str) -> bool {
    let question =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    ask(port, &question).is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
