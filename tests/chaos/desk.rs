//! Where calls are made: each is noted when it begins and when it ends, whatever becomes of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::call::{Deed, Done, Outcome, SessionNumber, TokenNumber};
use crate::client::{Answer, Request};
use crate::cluster::Cluster;
use crate::history::History;
use crate::observers::Observer;

/// Reasons that a session has ended; the others are about the token.
const ENDED: [&str; 7] = [
    "LOGGED_OUT",
    "LOGGED_OUT_OF_APPLICATION",
    "LOGGED_OUT_EVERYWHERE",
    "REVOKED",
    "PASSWORD_CHANGED",
    "SUSPENDED",
    "REFRESH_TOKEN_REUSED",
];

/// What a refresh says of a session that has ended.
const NOT_REFRESHED: [&str; 2] = ["REVOKED", "REUSED"];

/// Loopback takes a connection at once, or nobody is there.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) struct Desk {
    pub history: Arc<History>,
    pub cluster: Arc<Cluster>,
    pub observers: Arc<[Observer]>,
}

/// What came back.
pub(crate) struct Reply {
    pub outcome: Outcome,
    /// What the only field of the answer holds; null, if there is no such.
    pub payload: Value,
    /// Under which numbers the tokens are known that it brought.
    pub issued: Option<(SessionNumber, TokenNumber)>,
}

impl Reply {
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Done(_))
    }
}

/// An operation with one field, and its input.
pub(crate) fn operation(field: &str, kind: &str, input: &Value) -> Request {
    let query = format!("mutation($input: {kind}!) {{ {field} }}");
    Request::graphql(&query, &json!({ "input": input }))
}

impl Desk {
    /// Makes a call, and waits for its answer as long as the caller does.
    pub(crate) async fn call(
        &self,
        node: usize,
        deed: Deed,
        request: Request,
        patience: Duration,
    ) -> Reply {
        let call = self.history.begin(node, deed);
        let (outcome, payload) = match self.send(node, &request, patience).await {
            Ok(Some(answer)) => understood(&deed, &answer),
            Ok(None) => (Outcome::Silence, Value::Null),
            Err(Unreached) => (Outcome::Unsent, Value::Null),
        };
        let issued = self.history.end(call, &outcome);
        Reply {
            outcome,
            payload,
            issued,
        }
    }

    /// Asks what is none of the history's business.
    pub(crate) async fn ask(
        &self,
        node: usize,
        request: &Request,
        patience: Duration,
    ) -> Option<Answer> {
        self.send(node, request, patience).await.ok().flatten()
    }

    async fn send(
        &self,
        node: usize,
        request: &Request,
        patience: Duration,
    ) -> Result<Option<Answer>, Unreached> {
        let address = self.cluster.client(node).address;
        let connecting = tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address));
        let Ok(Ok(mut connection)) = connecting.await else {
            return Err(Unreached);
        };
        let exchange = async {
            let mut answer = Vec::new();
            connection.write_all(&request.to_bytes(address)).await?;
            connection.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = tokio::time::timeout(patience, exchange).await;
        Ok(answer
            .ok()
            .and_then(Result::ok)
            .and_then(|answer| Answer::parse(&answer)))
    }
}

/// Nobody took the connection.
struct Unreached;

fn understood(deed: &Deed, answer: &Answer) -> (Outcome, Value) {
    let Ok(mut message) = serde_json::from_slice::<Value>(&answer.body) else {
        return (Outcome::Silence, Value::Null);
    };
    // What a server executes it has let in, whatever it finds to tell then.
    if matches!(deed, Deed::Me(_)) && message.get("data").is_some() {
        return (Outcome::done(), Value::Null);
    }
    let extensions = &message["errors"][0]["extensions"];
    if let Some(code) = extensions["code"].as_str() {
        let reason = extensions["reason"].as_str().unwrap_or_default();
        let outcome = match code {
            "UNAUTHENTICATED" if ENDED.contains(&reason) => Outcome::Ended(reason.to_owned()),
            "STORE_UNAVAILABLE" | "OVERLOADED" => Outcome::Unavailable,
            "INTERNAL_SERVER_ERROR" => Outcome::Fault,
            _ => Outcome::Refused(format!("{code} {reason}")),
        };
        return (outcome, Value::Null);
    }
    let payload = message["data"].as_object_mut();
    let payload = payload.and_then(|data| data.values_mut().next());
    let payload = payload.map_or(Value::Null, Value::take);
    (of_payload(&payload), payload)
}

fn of_payload(payload: &Value) -> Outcome {
    if let Some(code) = payload["code"].as_str() {
        return match code {
            code if NOT_REFRESHED.contains(&code) => Outcome::Ended(code.to_owned()),
            code => Outcome::Refused(code.to_owned()),
        };
    }
    if let Some(code) = payload["userErrors"][0]["code"].as_str() {
        return Outcome::Refused(code.to_owned());
    }
    let ids = payload["endedSessionIds"].as_array();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    // Of a refresh and of a session that is kept, everybody knows the name already.
    let known = payload["tokens"].is_object().then(String::new);
    Outcome::Done(Done {
        issued: text(&payload["session"]["id"])
            .filter(|_| known.is_some())
            .or(known),
        ended: ids.into_iter().flatten().filter_map(text).collect(),
    })
}
