//! Sub-systems that have an event stream, and fetch from it (Shared Signals Framework 1.0, RFC 8936).

use serde_json::{Value, json};

use crate::app::ISSUER;
use crate::client::{Answer, Client, Request};
use crate::forgery::Token;
use crate::sub_systems::SubSystem;

pub(crate) const STREAM: &str = "/ssf/stream";
pub(crate) const STATUS: &str = "/ssf/status";
pub(crate) const VERIFY: &str = "/ssf/verify";

pub(crate) const SESSION_REVOKED: &str =
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
pub(crate) const CREDENTIAL_CHANGE: &str =
    "https://schemas.openid.net/secevent/caep/event-type/credential-change";
pub(crate) const VERIFICATION: &str =
    "https://schemas.openid.net/secevent/ssf/event-type/verification";

impl SubSystem {
    /// A request with a body in JSON.
    pub(crate) fn to_send(self, method: &str, path: &str, body: &Value) -> Request {
        let mut request = Request::post(body.to_string()).header("Authorization", &self.basic());
        request.set_method(method);
        request.set_target(path);
        request
    }

    /// A request without a body.
    pub(crate) fn to_ask(self, method: &str, target: &str) -> Request {
        Request::new(method, target).header("Authorization", &self.basic())
    }

    /// Makes its stream, and says its configuration.
    pub(crate) async fn make_stream(self, body: &Value, client: &Client) -> Value {
        let answer = client.send(self.to_send("POST", STREAM, body)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answer.json()
    }

    pub(crate) async fn set_status(self, stream: &Value, status: &str, client: &Client) {
        let body = json!({ "stream_id": stream["stream_id"], "status": status });
        let answer = client.send(self.to_send("POST", STATUS, &body)).await;
        assert_eq!((answer.status, answer.json()), (200, body));
    }

    pub(crate) async fn ask_for_verification(
        self,
        stream: &Value,
        state: &str,
        client: &Client,
    ) -> Answer {
        let body = json!({ "stream_id": stream["stream_id"], "state": state });
        client.send(self.to_send("POST", VERIFY, &body)).await
    }

    pub(crate) fn to_poll(self, stream: &Value, body: &Value) -> Request {
        self.to_send("POST", &path_of(stream), body)
    }

    /// What it is told, in its order, and whether there is more.
    pub(crate) async fn poll(self, stream: &Value, body: &Value, client: &Client) -> Polled {
        Polled::of(&client.send(self.to_poll(stream, body)).await)
    }

    /// All that waits, at once.
    pub(crate) async fn fetch(self, stream: &Value, client: &Client) -> Vec<Event> {
        let body = json!({ "returnImmediately": true });
        self.poll(stream, &body, client).await.events
    }
}

/// Where a stream is fetched from.
pub(crate) fn path_of(stream: &Value) -> String {
    let url = stream["delivery"]["endpoint_url"].as_str();
    let path = url.and_then(|url| url.strip_prefix(ISSUER));
    path.expect("under the issuer").to_owned()
}

/// The answer to a poll.
#[derive(Debug)]
pub(crate) struct Polled {
    pub events: Vec<Event>,
    pub is_more: bool,
}

/// One security event token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub jti: String,
    pub header: Value,
    pub claims: Value,
}

impl Polled {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let told = answer.json();
        let sets = told["sets"].as_object().expect("an object").iter();
        let mut events: Vec<_> = sets.map(|(jti, set)| Event::read(jti, set)).collect();
        events.sort_by_key(|event| text.find(&format!("\"{}\":", event.jti)));
        Self {
            events,
            is_more: told["moreAvailable"].as_bool().expect("yes or no"),
        }
    }

    /// What is acknowledged next.
    pub(crate) fn jtis(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.jti.as_str()).collect()
    }
}

impl Event {
    #[track_caller]
    fn read(jti: &str, set: &Value) -> Self {
        let token = Token::apart(set.as_str().expect("a text"));
        let event = Self {
            jti: jti.to_owned(),
            header: json!(token.header),
            claims: json!(token.claims),
        };
        assert_eq!(event.claims["jti"], jti);
        let events = event.claims["events"].as_object().expect("an object");
        assert_eq!(events.len(), 1);
        event
    }

    /// Of which kind it is.
    pub(crate) fn kind(&self) -> &str {
        let events = self.claims["events"].as_object().expect("an object");
        events.keys().next().expect("one")
    }

    /// What it says beside whom it is about.
    pub(crate) fn payload(&self) -> &Value {
        &self.claims["events"][self.kind()]
    }

    /// The session that it is about.
    pub(crate) fn session(&self) -> &str {
        let id = &self.claims["sub_id"]["session"]["id"];
        id.as_str().expect("a session")
    }

    pub(crate) fn reason(&self) -> &str {
        let reason = &self.payload()["reason_admin"]["en"];
        reason.as_str().expect("a reason")
    }

    pub(crate) fn initiator(&self) -> &str {
        let initiator = &self.payload()["initiating_entity"];
        initiator.as_str().expect("somebody")
    }
}
