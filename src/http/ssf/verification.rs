//! The verification endpoint (SSF 1.0, section 8.1.4): an application asks to be told something, to see
//! that it is.

use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;

use super::{Coming, answered, find, malformed, no_content, no_stream, object};
use crate::http::oauth::Refused;
use crate::service::event_streams::Verified;

const LONGEST_STATE: usize = 1000;

#[derive(Debug, Deserialize)]
struct Sent {
    stream_id: Option<String>,
    state: Option<String>,
}

pub(super) async fn ask(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| -> Result<_, Refused> {
        let (state, client, sent) = asked.read::<Sent>().await?;
        let stream = find(&state, &client, sent.stream_id.as_deref()).await?;
        let echoed = object::text(sent.state, "state", LONGEST_STATE)?;
        let streams = &state.0.services.event_streams;
        match streams.verify(&stream, echoed).await? {
            Verified::Awaits => Ok(no_content()),
            Verified::Disabled => Err(malformed("a stream that is disabled tells nothing")),
            Verified::TooSoon { retry_after } => Err(Refused::too_soon(retry_after)),
            Verified::Gone => Err(no_stream()),
        }
    })
    .await
}
