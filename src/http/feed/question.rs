//! What a follower asks for.

use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, Uri};
use url::form_urlencoded;

use crate::http::media;
use crate::http::oauth::{Refused, check_url};
use crate::model::id::LedgerId;
use crate::model::revocation::Position;
use crate::service::feed::Since;

const AFTER: &str = "after";
const LEDGER: &str = "ledger";
const WAIT: &str = "wait";

/// What a browser's `EventSource`, and whoever does as it does, sends when it comes back.
const LAST_EVENT_ID: &str = "last-event-id";

/// How long an answer may wait: proxies give up after a minute, many after half of one.
const LONGEST_WAIT_SECONDS: u64 = 30;
const WAIT_SECONDS: u64 = 25;

/// The two forms of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    EventStream,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub since: Since,
    pub wait: Duration,
    pub media: Media,
}

impl Question {
    pub(super) fn read(uri: &Uri, headers: &HeaderMap) -> Result<Self, Refused> {
        let media = accepted(headers)?;
        // A secret in a URL stands in logs and histories.
        let in_url = "who asks is said by HTTP Basic, never in the URL";
        check_url(uri).map_err(|_| malformed(in_url))?;
        let mut since = Since {
            ledger: parameter(uri, LEDGER)?,
            position: parameter(uri, AFTER)?.map(position).transpose()?,
        };
        let wait = parameter(uri, WAIT)?.unwrap_or(WAIT_SECONDS);
        if wait > LONGEST_WAIT_SECONDS {
            return Err(malformed("wait is a number of seconds from 0 to 30"));
        }
        if media == Media::EventStream
            && let Some(last) = last_event(headers)?
        {
            since = last;
        }
        Ok(Self {
            since,
            wait: Duration::from_secs(wait),
            media,
        })
    }
}

fn accepted(headers: &HeaderMap) -> Result<Media, Refused> {
    match media::accepted_feed(headers) {
        (0, 0) => {
            let status = StatusCode::NOT_ACCEPTABLE;
            let sentence = "accept application/json or text/event-stream";
            Err(Refused::request(status, sentence))
        }
        (json, events) if json >= events => Ok(Media::Json),
        _ => Ok(Media::EventStream),
    }
}

/// The only parameter of this name, read as what it is.
fn parameter<T: FromStr>(uri: &Uri, name: &str) -> Result<Option<T>, Refused> {
    let query = uri.query().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes());
    let mut values = values.by_ref().filter(|(known, _)| known == name);
    let value = values.next();
    if values.next().is_some() {
        return Err(malformed("a parameter is there twice"));
    }
    let value = value.map(|(_, value)| value.parse());
    let value = value.transpose();
    value.map_err(|_| malformed("after and wait are numbers, ledger is what an answer named"))
}

/// `LEDGER/POSITION`, as in the `id` of an event.
fn last_event(headers: &HeaderMap) -> Result<Option<Since>, Refused> {
    let Some(id) = headers.get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let parts = id.to_str().ok().and_then(|id| id.split_once('/'));
    let since = parts.and_then(|(ledger, after)| {
        Some(Since {
            ledger: Some(ledger.parse::<LedgerId>().ok()?),
            position: Some(position(after.parse().ok()?).ok()?),
        })
    });
    let wrong = "Last-Event-ID is not the id of an event";
    since.map(Some).ok_or_else(|| malformed(wrong))
}

fn position(number: i64) -> Result<Position, Refused> {
    if number < 0 {
        return Err(malformed("a position is not negative"));
    }
    Ok(Position(number))
}

fn malformed(sentence: &str) -> Refused {
    Refused::request(StatusCode::BAD_REQUEST, sentence)
}
