//! As much of HTTP/1.1 and GraphQL as a driver needs: one request out, one response with a known length back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// A server that is silent for so long won't answer any more.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// More than any response that we ask for.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// A GraphQL request, ready to be sent. `variables` is a JSON object.
pub(crate) fn request(query: &str, variables: &str, bearer: Option<&str>) -> Vec<u8> {
    let authorization = bearer.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let query = query.replace('\\', "\\\\").replace('"', "\\\"");
    let body = format!(r#"{{"query":"{query}","variables":{variables}}}"#);
    format!(
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}\
         Accept: application/graphql-response+json\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A whole response, as it lies in the buffer.
#[derive(Clone, Copy)]
pub(crate) struct Response<'b> {
    pub(crate) status: u16,
    pub(crate) body: &'b str,
    /// Bytes before the body.
    pub(crate) head_length: usize,
}

impl<'b> Response<'b> {
    /// Nothing, as long as it isn't complete.
    ///
    /// # Errors
    /// When it isn't a response of the kind that we understand.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            if bytes.len() > MAX_RESPONSE_BYTES {
                bail!("a response's head does not end");
            }
            return Ok(None);
        };
        let head = std::str::from_utf8(&bytes[..end]).context("a response's head is not text")?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok())
            .context("a response does not begin with a status")?;
        let length: usize = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .with_context(|| format!("a response has no Content-Length:\n{head}"))?
            .1
            .trim()
            .parse()
            .context("a Content-Length is no number")?;
        let head_length = end + 4;
        let Some(body) = bytes.get(head_length..head_length + length) else {
            return Ok(None);
        };
        let body = std::str::from_utf8(body).context("a body is not text")?;
        Ok(Some(Self {
            status,
            body,
            head_length,
        }))
    }

    pub(crate) fn length(&self) -> usize {
        self.head_length + self.body.len()
    }

    /// # Errors
    /// When it is not a success that says `expected`.
    pub(crate) fn demand(&self, expected: &str) -> Result<()> {
        if self.status != 200 || !self.body.contains(expected) || self.body.contains("\"errors\"") {
            bail!(
                "the server answered {}, {} instead of something with {expected}",
                self.status,
                self.body
            );
        }
        Ok(())
    }

    /// The text of the one field of that name.
    pub(crate) fn text_of(&self, field: &str) -> Option<&'b str> {
        let key = format!("\"{field}\":\"");
        let start = self.body.find(&key)? + key.len();
        let length = self.body[start..].find('"')?;
        self.body.get(start..start + length)
    }
}

/// A connection for one request after the other, for where speed does not matter.
pub(crate) struct Caller {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Caller {
    /// # Errors
    /// When nobody answers there.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect to the server")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// # Errors
    /// When there is no answer, or none that we understand.
    pub(crate) fn call(&mut self, request: &[u8]) -> Result<Response<'_>> {
        self.stream
            .write_all(request)
            .context("cannot send to the server")?;
        self.buffer.clear();
        let mut piece = [0; 4096];
        // Twice over, for the borrow checker doesn't let a response out of a loop that goes on filling its buffer.
        while Response::parse(&self.buffer)?.is_none() {
            match self
                .stream
                .read(&mut piece)
                .context("the server does not answer")?
            {
                0 => bail!("the server closed the connection"),
                length => self.buffer.extend_from_slice(&piece[..length]),
            }
        }
        Response::parse(&self.buffer)?.context("a response that was whole stays so")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_read_when_it_is_whole() -> Result<()> {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}";
        for end in 0..text.len() {
            assert!(
                Response::parse(&text[..end])?.is_none(),
                "{end} bytes are not all"
            );
        }
        let response = Response::parse(text)?.context("it is whole")?;
        assert_eq!(
            (response.status, response.body, response.length()),
            (200, "{\"a\":1}", text.len())
        );
        Ok(())
    }

    #[test]
    fn a_response_without_length_is_refused() {
        assert!(Response::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(Response::parse(b"SSH-2.0\r\n\r\n").is_err());
    }

    #[test]
    fn a_field_is_found_by_name() -> Result<()> {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 19\r\n\r\n{\"accessToken\":\"x\"}";
        let response = Response::parse(text)?.context("it is whole")?;
        assert_eq!(response.text_of("accessToken"), Some("x"));
        assert_eq!(response.text_of("refreshToken"), None);
        Ok(())
    }
}
