//! HTTP as curl would speak it: one connection, one request, one answer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::place::PATIENCE;

/// An answer, with its body as JSON (null if it is none).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The reason of the first error.
    pub(crate) fn reason(&self) -> &str {
        self.body["errors"][0]["extensions"]["reason"]
            .as_str()
            .unwrap_or_default()
    }
}

/// A request that was sent, and not answered yet.
pub(crate) struct Exchange(TcpStream);

impl Exchange {
    /// Sends a request: a method and a target, header lines, and a body.
    pub(crate) fn begin(address: SocketAddr, line: &str, headers: &[&str], body: &str) -> Self {
        let mut request = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        let length = body.len().to_string();
        for part in ["Content-Length: ", &length, "\r\n\r\n", body] {
            request.push_str(part);
        }
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("the time is not zero");
        stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        Self(stream)
    }

    /// Waits for the answer.
    pub(crate) fn end(mut self) -> Answer {
        let mut bytes = Vec::new();
        self.0
            .read_to_end(&mut bytes)
            .expect("the server answers in time");
        let text = String::from_utf8(bytes).expect("what is asked here is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head ends");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Answer {
            status: status.expect("a status line has a status"),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }
}
