//! A stream's configuration as an application sends it.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{POLLED, malformed};
use crate::http::oauth::Refused;
use crate::http::ssf::object;
use crate::model::event_stream::Wishes;

/// How much may be wished for.
const MOST_EVENTS: usize = 100;
const LONGEST_EVENT: usize = 500;
const LONGEST_DESCRIPTION: usize = 1000;

#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    pub stream_id: Option<String>,
    events_requested: Option<Vec<String>>,
    delivery: Option<Map<String, Value>>,
    description: Option<String>,
    // What we supply.
    iss: Option<Value>,
    aud: Option<Value>,
    events_supported: Option<Value>,
    events_delivered: Option<Value>,
    min_verification_interval: Option<Value>,
    inactivity_timeout: Option<Value>,
}

impl Sent {
    /// Of the ways to deliver, there is one, which is meant if none is named.
    pub(super) fn check_method(&self) -> Result<(), Refused> {
        let Some(delivery) = &self.delivery else {
            return Ok(());
        };
        match delivery.get("method").and_then(Value::as_str) {
            Some(POLLED) => Ok(()),
            _ => Err(malformed(
                "events are delivered by polling alone: `delivery.method` is urn:ietf:rfc:8936",
            )),
        }
    }

    /// What we supply may be sent back, as it is told now, and not otherwise.
    pub(super) fn check_against(&self, told: &Value) -> Result<(), Refused> {
        let delivery = self.delivery.as_ref();
        let url = delivery.and_then(|delivery| delivery.get("endpoint_url"));
        let is_ours = [
            is_same(self.iss.as_ref(), &told["iss"]),
            is_same(self.aud.as_ref(), &told["aud"]) || is_list_of(self.aud.as_ref(), &told["aud"]),
            is_same_set(self.events_supported.as_ref(), &told["events_supported"]),
            is_same_set(self.events_delivered.as_ref(), &told["events_delivered"]),
            is_same(
                self.min_verification_interval.as_ref(),
                &told["min_verification_interval"],
            ),
            is_same(
                self.inactivity_timeout.as_ref(),
                &told["inactivity_timeout"],
            ),
            is_same(url, &told["delivery"]["endpoint_url"]),
        ];
        if is_ours.contains(&false) {
            return Err(malformed(
                "what the transmitter supplies can't be changed: leave it out, or send it as it was read",
            ));
        }
        Ok(())
    }

    /// What the application wants. Names of events may be any, and those that are none at all are left out.
    pub(super) fn wishes(self) -> Result<Wishes, Refused> {
        if self
            .events_requested
            .as_ref()
            .is_some_and(|events| events.len() > MOST_EVENTS)
        {
            return Err(malformed("`events_requested` has at most 100 members"));
        }
        let is_name = |uri: &String| {
            (1..=LONGEST_EVENT).contains(&uri.len())
                && uri.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let events = self.events_requested;
        let events = events.map(|events| events.into_iter().filter(is_name).collect());
        let description = object::text(self.description, "description", LONGEST_DESCRIPTION)?;
        Ok(Wishes {
            events,
            description,
        })
    }
}

fn is_same(sent: Option<&Value>, ours: &Value) -> bool {
    sent.is_none_or(|sent| sent == ours)
}

fn is_list_of(sent: Option<&Value>, ours: &Value) -> bool {
    let list = sent.and_then(Value::as_array);
    list.is_some_and(|list| list.as_slice() == [ours.clone()])
}

/// The order of events says nothing.
fn is_same_set(sent: Option<&Value>, ours: &Value) -> bool {
    let texts = |list: &Value| {
        let uris = list
            .as_array()?
            .iter()
            .map(|uri| uri.as_str().map(str::to_owned));
        uris.collect::<Option<BTreeSet<_>>>()
    };
    sent.is_none_or(|sent| texts(sent).is_some_and(|sent| Some(sent) == texts(ours)))
}
