//! The other end of a socket: what it sends, and what comes back, frame for frame.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::client::{Answer, Client, Request};
use crate::people::text;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const SUBSCRIPTION: &str = "subscription { sessionEvents {
    __typename occurredAt session { id state isCurrent user { email } application { clientId } endReason }
    ... on SessionEnded { reason }
} }";

/// A socket that is open.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

/// A handshake as RFC 6455 has it.
pub(crate) fn handshake() -> Request {
    Request::get("/graphql")
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("Sec-WebSocket-Protocol", "graphql-transport-ws")
}

impl Socket {
    pub(crate) async fn open(client: &Client) -> Self {
        Self::by(client, handshake())
            .await
            .unwrap_or_else(|answer| panic!("{}: {}", answer.status, answer.text()))
    }

    /// With this handshake; or the answer that is no socket.
    pub(crate) async fn by(client: &Client, handshake: Request) -> Result<Self, Answer> {
        let opening = async {
            let mut stream = TcpStream::connect(client.address).await?;
            stream
                .write_all(&handshake.to_bytes(client.address))
                .await?;
            let mut bytes = Vec::new();
            let end = loop {
                if let Some(end) = bytes.windows(4).position(|at| at == b"\r\n\r\n") {
                    break end + 4;
                }
                assert!(stream.read_buf(&mut bytes).await? > 0, "no answer");
            };
            let head = Answer::parse(&bytes[..end]).expect("a head");
            if head.status == 101 {
                let rest = bytes[end..].to_vec();
                let socket = WebSocketStream::from_partially_read(stream, rest, Role::Client, None);
                return Ok(Ok(Self(socket.await)));
            }
            stream.shutdown().await?;
            stream.read_to_end(&mut bytes).await?;
            std::io::Result::Ok(Err(Answer::parse(&bytes).expect("an answer")))
        };
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        opened.expect("in time").expect("a connection")
    }

    /// One that has said whose it is.
    pub(crate) async fn of(token: &str, client: &Client) -> Self {
        let mut socket = Self::open(client).await;
        socket.init(token).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// One that follows its owner's sessions, under the name "1".
    pub(crate) async fn following(token: &str, client: &Client) -> Self {
        let mut socket = Self::of(token, client).await;
        socket.subscribe("1", SUBSCRIPTION).await;
        socket.settle().await;
        socket
    }

    pub(crate) async fn init(&mut self, token: &str) {
        let payload = json!({ "authorization": format!("Bearer {token}") });
        self.send(&json!({ "type": "connection_init", "payload": payload }))
            .await;
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// Waits until all that was sent has been heeded: messages are, one after another.
    pub(crate) async fn settle(&mut self) {
        self.send(&json!({ "type": "ping" })).await;
        assert_eq!(self.next().await, json!({ "type": "pong" }));
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send_frame(Message::text(text)).await;
    }

    pub(crate) async fn send_frame(&mut self, frame: Message) {
        // Who is thrown out half-way is told why.
        drop(tokio::time::timeout(PATIENCE, self.0.send(frame)).await);
    }

    /// Bytes that may be no frame.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let sent = self.0.get_mut().write_all(bytes).await;
        sent.expect("the server listens");
    }

    async fn frame(&mut self) -> Option<Message> {
        let frame = tokio::time::timeout(PATIENCE, self.0.next()).await;
        frame.expect("in time").and_then(Result::ok)
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("no message: {other:?}"),
        }
    }

    /// The same; `None` at its end.
    pub(crate) async fn try_next(&mut self) -> Option<Value> {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).ok(),
            _ => None,
        }
    }

    /// The next event of the subscription "1": its kind, the session, and why it ended.
    pub(crate) async fn event(&mut self) -> (String, String, Option<String>) {
        let message = self.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!("1")),
            "{message}"
        );
        let event = &message["payload"]["data"]["sessionEvents"];
        let kind = event["__typename"].as_str();
        let reason = event["reason"].as_str().map(str::to_owned);
        (
            kind.unwrap_or_else(|| panic!("{message}")).to_owned(),
            text(&event["session"]["id"]).to_owned(),
            reason,
        )
    }

    /// Waits for its end: the code and the reason. Messages before it fail, but for word that its own
    /// session has ended: until whoever ends it is answered, it may come first.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Message::Text(text)) if is_own_end(&text) => {}
                other => panic!("not closed: {other:?}"),
            }
        }
    }

    /// Fails unless it is closed so.
    pub(crate) async fn assert_closed(&mut self, code: u16, reason: &str) {
        assert_eq!(self.closed().await, (code, reason.to_owned()));
    }

    /// Fails unless nothing comes for a while.
    pub(crate) async fn assert_silent(&mut self, during: Duration) {
        let frame = tokio::time::timeout(during, self.0.next()).await;
        assert!(frame.is_err(), "not silent: {frame:?}");
    }
}

fn is_own_end(text: &str) -> bool {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    let event = &message["payload"]["data"]["sessionEvents"];
    event["__typename"] == "SessionEnded" && event["session"]["isCurrent"] == true
}
