//! The status endpoint (SSF 1.0, section 8.1.2): whether a stream tells, holds, or does neither.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};

use super::{Asked, Coming, State, answered, find, malformed, named, no_stream, object};
use crate::http::oauth::{Refused, json};
use crate::model::event_stream::{EventStream, StreamState, StreamStatus};

const LONGEST_REASON: usize = 1000;

#[derive(Debug, Deserialize)]
struct Sent {
    stream_id: Option<String>,
    status: Option<String>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Told<'t> {
    stream_id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'t str>,
}

pub(super) fn methods() -> MethodRouter<State> {
    get(read).post(update)
}

async fn read(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| -> Result<_, Refused> {
        let Asked {
            state,
            client,
            head,
            ..
        } = asked;
        let stream = find(&state, &client, named(&head.uri)?.as_deref()).await?;
        Ok(told(&stream, &stream.state))
    })
    .await
}

async fn update(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| -> Result<_, Refused> {
        let (state, client, sent) = asked.read::<Sent>().await?;
        let stream = find(&state, &client, sent.stream_id.as_deref()).await?;
        let status = sent.status.as_deref().and_then(StreamStatus::parse);
        let wrong = "`status` is one of `enabled`, `paused` and `disabled`";
        let wished = StreamState {
            status: status.ok_or_else(|| malformed(wrong))?,
            reason: object::text(sent.reason, "reason", LONGEST_REASON)?,
        };
        let streams = &state.0.services.event_streams;
        let is_there = streams.set_state(&stream, &wished).await?;
        is_there
            .then(|| told(&stream, &wished))
            .ok_or_else(no_stream)
    })
    .await
}

fn told(stream: &EventStream, state: &StreamState) -> Response<Body> {
    let told = Told {
        stream_id: stream.id.to_string(),
        status: state.status.as_str(),
        reason: state.reason.as_deref(),
    };
    json(StatusCode::OK, &told)
}
