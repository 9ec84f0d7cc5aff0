//! Fetching events (RFC 8936).

use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize as SerializeDerive};
use serde_json::{Map, Number, Value};

use super::{Asked, Coming, malformed, no_stream};
use crate::http::feed::Waited;
use crate::http::oauth::{Refused, json};
use crate::model::id::EventId;
use crate::service::event_streams::{NotPolled, Objection, Poll, Polled};

/// How much of an objection is told in the log.
const LONGEST_OBJECTION: usize = 300;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    max_events: Option<Number>,
    return_immediately: Option<bool>,
    ack: Option<Vec<String>>,
    set_errs: Option<Map<String, Value>>,
}

#[derive(SerializeDerive)]
#[serde(rename_all = "camelCase")]
struct Told {
    sets: Sets,
    more_available: bool,
}

/// In their order, by their names.
struct Sets(Vec<(EventId, String)>);

impl Serialize for Sets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, token) in &self.0 {
            map.serialize_entry(&id.to_string(), token)?;
        }
        map.end()
    }
}

/// Not within the deadline of other requests: who polls waits for what hasn't happened yet.
pub(super) async fn poll(Path(stream): Path<String>, coming: Coming) -> Response<Body> {
    let answer = async {
        let asked = Asked::by(coming).await?;
        let (state, client, sent) = asked.read::<Sent>().await?;
        let streams = &state.0.services.event_streams;
        let polled = streams.poll(&client, &stream, sent.poll()?).await?;
        Ok(told(polled))
    };
    answer.await.unwrap_or_else(Refused::into_response)
}

fn told(Polled { tokens, is_more }: Polled) -> Response<Body> {
    let told = Told {
        sets: Sets(tokens),
        more_available: is_more,
    };
    let mut response = json(StatusCode::OK, &told);
    response.extensions_mut().insert(Waited);
    response
}

impl Sent {
    fn poll(self) -> Result<Poll, Refused> {
        let maximum = self.max_events.map(|number| whole(&number)).transpose()?;
        let objections = self.set_errs.unwrap_or_default();
        let objections = objections
            .iter()
            .map(|(name, why)| objection(id(name), why));
        let objections: Result<Vec<_>, Refused> = objections.collect();
        let acknowledged = self.ack.unwrap_or_default();
        Ok(Poll {
            maximum,
            returns_immediately: self.return_immediately.unwrap_or(false),
            acknowledged: acknowledged.iter().filter_map(|name| id(name)).collect(),
            objections: objections?.into_iter().flatten().collect(),
        })
    }
}

/// None of ours has another form: what is no name of an event is one that nobody knows.
fn id(name: &str) -> Option<EventId> {
    let id: EventId = name.parse().ok()?;
    (id.to_string() == name).then_some(id)
}

fn objection(event: Option<EventId>, why: &Value) -> Result<Option<Objection>, Refused> {
    let said = |member: &str| {
        let said = why.get(member).and_then(Value::as_str);
        said.map(|said| said.chars().take(LONGEST_OBJECTION).collect::<String>())
    };
    let wrong = "a member of `setErrs` is an object with an `err`";
    let error = said("err").ok_or_else(|| malformed(wrong))?;
    let description = said("description").unwrap_or_default();
    Ok(event.map(|event| Objection {
        event,
        error,
        description,
    }))
}

/// However many are wanted.
fn whole(number: &Number) -> Result<u64, Refused> {
    let is_whole = |number: &f64| *number >= 0.0 && number.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates"
    )]
    let large = || number.as_f64().filter(is_whole).map(|number| number as u64);
    let wrong = "`maxEvents` is a whole number, and not negative";
    number
        .as_u64()
        .or_else(large)
        .ok_or_else(|| malformed(wrong))
}

impl From<NotPolled> for Refused {
    fn from(why: NotPolled) -> Self {
        match why {
            NotPolled::NoSuchStream => no_stream(),
            NotPolled::NotLetIn => Self::client(),
            NotPolled::Stop(stop) => stop.into(),
        }
    }
}
