//! An HTTP/1.1 client that hides nothing: what it sends, and what came back, byte for byte.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) const GRAPHQL: &str = "application/graphql-response+json";
pub(crate) const JSON: &str = "application/json";

/// Longer than anything here takes: a test that waits for ever tells nobody why.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request, one connection long.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST of a body that may be anything, said to be JSON.
    pub(crate) fn post(body: impl Into<Vec<u8>>) -> Self {
        let mut request = Self::new("POST", "/graphql");
        request.body = body.into();
        request.header("Content-Type", JSON)
    }

    /// A well-formed GraphQL request.
    pub(crate) fn graphql(query: &str, variables: &Value) -> Self {
        let body = json!({ "query": query, "variables": variables });
        Self::post(body.to_string()).accept(GRAPHQL)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Instead of what was there under this name.
    pub(crate) fn replace(mut self, name: &str, value: &str) -> Self {
        self.remove(name);
        self.header(name, value)
    }

    pub(crate) fn set_method(&mut self, method: &str) {
        method.clone_into(&mut self.method);
    }

    pub(crate) fn set_target(&mut self, target: &str) {
        target.clone_into(&mut self.target);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    pub(crate) fn accept(self, media: &str) -> Self {
        self.replace("Accept", media)
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn to_bytes(&self, address: SocketAddr) -> Vec<u8> {
        use std::fmt::Write as _;
        let has = |name: &str| {
            self.headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut line = |name: &str, value: &str| {
            write!(head, "{name}: {value}\r\n").expect("a string takes text");
        };
        if !has("Host") {
            line("Host", &address.to_string());
        }
        if !has("Connection") {
            line("Connection", "close");
        }
        if !self.body.is_empty() && !has("Content-Length") && !has("Transfer-Encoding") {
            line("Content-Length", &self.body.len().to_string());
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunk(&answer.body)?;
        }
        Some(answer)
    }

    /// The only header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "two headers {name}: {self:?}");
        value
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text()))
    }

    /// The data of an answer without errors.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let mut message = self.json();
        assert!(message.get("errors").is_none(), "{}", self.text());
        assert_eq!(self.status, 200, "{}", self.text());
        message["data"].take()
    }

    /// `errors[0].extensions.<name>`.
    pub(crate) fn extension(&self, name: &str) -> Option<String> {
        let value = &self.json()["errors"][0]["extensions"][name];
        value.as_str().map(str::to_owned)
    }

    pub(crate) fn code(&self) -> Option<String> {
        self.extension("code")
    }

    /// A refusal of the whole request: this status and code, one error, and no data at all.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        let text = self.text();
        assert_eq!(self.code().as_deref(), Some(code), "{text}");
        assert_eq!(self.status, status, "{text}");
        let message = self.json();
        assert!(message.get("data").is_none(), "{text}");
        assert_eq!(
            message["errors"].as_array().map(Vec::len),
            Some(1),
            "{text}"
        );
    }

    /// A refusal of the caller's token, in the one shape that all of them have.
    #[track_caller]
    pub(crate) fn assert_unauthenticated(&self, reason: &str) {
        let text = self.text();
        self.assert_refused(401, "UNAUTHENTICATED");
        assert_eq!(self.extension("reason").as_deref(), Some(reason), "{text}");
        let challenge = self.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("Bearer "), "{challenge}");
        let has_error = challenge.contains("error=\"invalid_token\"");
        assert_eq!(has_error, reason != "MISSING", "{challenge}");
    }
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 2 + size + 2..)?;
    }
}

/// Where a server listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub address: SocketAddr,
}

impl Client {
    /// Sends, and waits for the whole answer.
    pub(crate) async fn send(self, request: Request) -> Answer {
        self.exchange(&request.to_bytes(self.address)).await
    }

    /// For what a test begins with: a busy machine may keep a store from answering in the time that
    /// the test allows it. Asks again, a few times.
    pub(crate) async fn send_patiently(self, request: Request) -> Answer {
        for _ in 0..10 {
            let answer = self.send(request.clone()).await;
            if answer.status != 503 {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.send(request).await
    }

    /// Sends these very bytes, and reads until the server hangs up.
    pub(crate) async fn exchange(self, bytes: &[u8]) -> Answer {
        let answer = self.try_exchange(bytes).await;
        Answer::parse(&answer)
            .unwrap_or_else(|| panic!("no HTTP: {:?}", String::from_utf8_lossy(&answer)))
    }

    /// What comes back for these bytes, even if it is nothing.
    pub(crate) async fn try_exchange(self, bytes: &[u8]) -> Vec<u8> {
        let mut connection = self.connect().await;
        let (mut incoming, mut outgoing) = connection.split();
        let mut answer = Vec::new();
        // Both at once: a server need not read to the end what it refuses.
        let both =
            async { tokio::join!(outgoing.write_all(bytes), incoming.read_to_end(&mut answer)) };
        drop(
            tokio::time::timeout(PATIENCE, both)
                .await
                .expect("an answer in time"),
        );
        answer
    }

    pub(crate) async fn connect(self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("the server accepts connections")
    }

    /// Sends all of them at the same time; the answers are in the order of the requests.
    pub(crate) async fn send_at_once(self, requests: Vec<Request>) -> Vec<Answer> {
        let mut under_way = JoinSet::new();
        for (index, request) in requests.into_iter().enumerate() {
            under_way.spawn(async move { (index, self.send(request).await) });
        }
        let mut answers = under_way.join_all().await;
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// A GraphQL request of nobody.
    pub(crate) async fn ask(self, query: &str) -> Answer {
        self.send(Request::graphql(query, &Value::Null)).await
    }

    /// A GraphQL request with this token.
    pub(crate) async fn ask_as(self, token: &str, query: &str) -> Answer {
        self.send(Request::graphql(query, &Value::Null).bearer(token))
            .await
    }
}
