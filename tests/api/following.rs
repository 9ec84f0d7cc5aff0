//! Sub-systems that follow the revocations: by one answer after the other, and by a stream of events.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::app::TestApp;
use crate::client::{Client, Request};
use crate::forgery::Token;
use crate::people::Person;
use crate::sub_systems::{BILLING, SHOP, SubSystem, Tokens};

pub(crate) const REVOCATIONS: &str = "/revocations";

/// Sooner than any heartbeat, and later than a busy machine needs.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// A server with both sub-systems, where a test may have as many sessions as it likes.
pub(crate) async fn with_alice() -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.applications = vec![SHOP.application(), BILLING.application()];
        config.sessions.maximum_per_user = 1000;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// A claim of an access token.
pub(crate) fn claim(tokens: &Tokens, name: &str) -> Value {
    Token::apart(&tokens.access).claims[name].clone()
}

/// The position of a token.
pub(crate) fn rev(tokens: &Tokens) -> i64 {
    claim(tokens, "rev").as_i64().expect("a number")
}

/// Signs in, and ends that by its refresh token; the tokens are dead.
pub(crate) async fn over(person: &Person, system: SubSystem, client: &Client) -> Tokens {
    let tokens = Tokens::of(person, system.client_id, client).await;
    system.revoke(&tokens.refresh, client).await;
    tokens
}

impl SubSystem {
    pub(crate) fn to_follow(self, query: &str) -> Request {
        Request::get(&format!("{REVOCATIONS}{query}")).header("Authorization", &self.basic())
    }

    /// What it is told.
    pub(crate) async fn hear(self, query: &str, client: &Client) -> Value {
        let answer = client.send(self.to_follow(query)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answer.json()
    }

    /// All that it is told from the beginning on, and where that ends.
    pub(crate) async fn hear_all(self, client: &Client) -> (Vec<Value>, i64) {
        let (mut all, mut query) = (Vec::new(), "?wait=0".to_owned());
        loop {
            let told = self.hear(&query, client).await;
            all.extend(rows(&told));
            let position = position(&told);
            if told["more"] == json!(false) {
                return (all, position);
            }
            query = format!("?wait=0&after={position}");
        }
    }

    /// Opens a stream.
    pub(crate) async fn stream(self, query: &str, client: &Client) -> Stream {
        Stream::open(self.to_follow(query), client).await
    }
}

pub(crate) fn position(told: &Value) -> i64 {
    told["position"].as_i64().expect("a number")
}

pub(crate) fn rows(told: &Value) -> Vec<Value> {
    told["revocations"].as_array().expect("a list").clone()
}

/// The subjects alone.
pub(crate) fn subjects(told: &Value) -> Vec<Value> {
    rows(told)
        .into_iter()
        .map(|mut row| row["subject"].take())
        .collect()
}

/// One event of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub name: String,
    pub id: Option<String>,
    pub retry: Option<String>,
    pub data: Value,
}

/// What there is to hear within a time.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    Event(Event),
    Silence,
    End,
}

/// A stream of server-sent events, read as it comes.
pub(crate) struct Stream {
    connection: TcpStream,
    raw: Vec<u8>,
    text: String,
    pub head: String,
}

impl Stream {
    pub(crate) async fn open(request: Request, client: &Client) -> Self {
        let mut connection = client.connect().await;
        let request = request.accept("text/event-stream");
        let bytes = request.to_bytes(client.address);
        connection.write_all(&bytes).await.expect("it listens");
        let mut stream = Self {
            connection,
            raw: Vec::new(),
            text: String::new(),
            head: String::new(),
        };
        let end = loop {
            let found = stream.raw.windows(4).position(|it| it == b"\r\n\r\n");
            if let Some(end) = found {
                break end;
            }
            assert!(stream.read(SOON).await, "no head");
        };
        stream.head = String::from_utf8_lossy(&stream.raw[..end]).to_lowercase();
        assert!(stream.head.starts_with("http/1.1 200"), "{}", stream.head);
        stream.raw.drain(..end + 4);
        stream
    }

    /// A request that is sent, and nothing more.
    pub(crate) async fn open_raw(request: &Request, client: &Client) -> TcpStream {
        let mut connection = client.connect().await;
        let bytes = request.to_bytes(client.address);
        connection.write_all(&bytes).await.expect("it listens");
        connection
    }

    /// The next event, which comes soon.
    pub(crate) async fn next(&mut self) -> Event {
        match self.hear(SOON).await {
            Heard::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    /// The next one that has something to tell.
    pub(crate) async fn news(&mut self) -> Event {
        let end = Instant::now() + SOON;
        while Instant::now() < end {
            let event = self.next().await;
            if event.name == "revocations" && rows(&event.data).is_empty() {
                continue;
            }
            return event;
        }
        panic!("nothing new");
    }

    pub(crate) async fn hear(&mut self, within: Duration) -> Heard {
        let end = Instant::now() + within;
        loop {
            if let Some(event) = self.event() {
                return Heard::Event(event);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Heard::Silence;
            }
            if !self.read(left).await && Instant::now() < end {
                return Heard::End;
            }
        }
    }

    /// Reads what is there; whether there was something.
    async fn read(&mut self, within: Duration) -> bool {
        let mut bytes = [0; 8192];
        let read = tokio::time::timeout(within, self.connection.read(&mut bytes)).await;
        let Ok(Ok(count)) = read else { return false };
        self.raw.extend_from_slice(&bytes[..count]);
        count > 0
    }

    fn event(&mut self) -> Option<Event> {
        self.unchunk();
        let end = self.text.find("\n\n")?;
        let block: String = self.text.drain(..end + 2).collect();
        let field = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.split_once(": "));
            lines
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.to_owned())
        };
        Some(Event {
            name: field("event").expect("a name"),
            id: field("id"),
            retry: field("retry"),
            data: serde_json::from_str(&field("data").expect("data")).expect("JSON"),
        })
    }

    /// Takes whole chunks out of what was read.
    fn unchunk(&mut self) {
        while let Some(end) = self.raw.windows(2).position(|it| it == b"\r\n") {
            let size = std::str::from_utf8(&self.raw[..end]).expect("a size");
            let size = usize::from_str_radix(size, 16).expect("a size");
            if size == 0 || self.raw.len() < end + 2 + size + 2 {
                return;
            }
            let chunk = &self.raw[end + 2..end + 2 + size];
            self.text
                .push_str(std::str::from_utf8(chunk).expect("UTF-8"));
            self.raw.drain(..end + 2 + size + 2);
        }
    }
}

/// As if the newest row had been written so often again.
pub(crate) async fn copy_rows(app: &TestApp, count: i64) {
    use sea_orm::ConnectionTrait as _;
    let database = app.database().await;
    for statement in [
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             INSERT INTO revocations (position, effect, subject_kind, subject, reason, expires_at, created_at) \
             SELECT r.position + n.i, r.effect, r.subject_kind, r.subject, r.reason, r.expires_at, r.created_at \
             FROM revocations r, n WHERE r.position = (SELECT max(position) FROM revocations)"
        ),
        format!("UPDATE ledger_head SET position = position + {count}"),
    ] {
        let done = database.execute_unprepared(&statement).await;
        done.expect("the tables are there");
    }
}
