//! The configuration endpoint (SSF 1.0, section 8.1.1): making, reading, changing and deleting a
//! stream.

mod sent;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::routing::{MethodRouter, get};
use serde_json::{Value, json};

use self::sent::Sent;
use super::{
    Asked, Coming, POLL, POLLED, State, answered, endpoint, find, malformed, named, no_content,
    no_stream,
};
use crate::http::oauth::{Refused, json};
use crate::model::event_stream::EventStream;
use crate::model::outbox::EventKind;
use crate::service::clients::ConfidentialClient;
use crate::service::event_streams::{Extent, MINIMUM_INTERVAL};

type Answer = Result<Response<Body>, Refused>;

pub(super) fn methods() -> MethodRouter<State> {
    get(read)
        .post(create)
        .patch(update)
        .put(replace)
        .delete(delete)
}

/// One, if it is named; else all that the application has.
async fn read(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| -> Answer {
        let Asked {
            state,
            client,
            head,
            ..
        } = asked;
        if let Some(id) = named(&head.uri)? {
            let stream = find(&state, &client, Some(&id)).await?;
            return Ok(json(StatusCode::OK, &told(&state, &client, &stream)));
        }
        let own = state.0.services.event_streams.own(&client).await?;
        let own = own.iter().map(|stream| told(&state, &client, stream));
        Ok(json(StatusCode::OK, &own.collect::<Vec<_>>()))
    })
    .await
}

async fn create(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| -> Answer {
        let (state, client, sent) = asked.read::<Sent>().await?;
        sent.check_method()?;
        let wishes = sent.wishes()?;
        let streams = &state.0.services.event_streams;
        let made = streams.create(&client, &wishes).await?;
        let made = made.ok_or_else(|| {
            let sentence = "this application has a stream; read it, and change or delete that one";
            Refused::request(StatusCode::CONFLICT, sentence)
        })?;
        Ok(json(StatusCode::CREATED, &told(&state, &client, &made)))
    })
    .await
}

async fn update(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| change(asked, Extent::Given).await).await
}

async fn replace(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| change(asked, Extent::All).await).await
}

async fn change(asked: Asked, extent: Extent) -> Answer {
    let (state, client, sent) = asked.read::<Sent>().await?;
    let stream = find(&state, &client, sent.stream_id.as_deref()).await?;
    sent.check_method()?;
    sent.check_against(&told(&state, &client, &stream))?;
    let wishes = sent.wishes()?;
    let streams = &state.0.services.event_streams;
    let changed = streams.change(&stream, &wishes, extent).await?;
    let changed = changed.ok_or_else(no_stream)?;
    Ok(json(StatusCode::OK, &told(&state, &client, &changed)))
}

async fn delete(coming: Coming) -> Response<Body> {
    answered(coming, async |asked| -> Answer {
        let Asked {
            state,
            client,
            head,
            ..
        } = asked;
        let stream = find(&state, &client, named(&head.uri)?.as_deref()).await?;
        let streams = &state.0.services.event_streams;
        let was_there = streams.delete(&stream).await?;
        was_there.then(no_content).ok_or_else(no_stream)
    })
    .await
}

/// A stream's configuration, as it is told. Each has an address of its own to be fetched from: who
/// still has that of an older one fetches nothing of this one.
fn told(state: &State, client: &ConfidentialClient, stream: &EventStream) -> Value {
    let issuer = state.0.services.settings.issuer();
    let uris = |kinds: &[EventKind]| kinds.iter().map(|kind| kind.uri()).collect::<Vec<_>>();
    let mut told = json!({
        "stream_id": stream.id.to_string(),
        "iss": issuer,
        "aud": client.client_id(),
        "events_supported": uris(&EventKind::OFFERED),
        "events_delivered": uris(&stream.wishes.granted()),
        "delivery": {
            "method": POLLED,
            "endpoint_url": endpoint(&issuer, &format!("{POLL}/{}", stream.id)),
        },
        "min_verification_interval": MINIMUM_INTERVAL.as_secs(),
    });
    if let Some(events) = &stream.wishes.events {
        told["events_requested"] = json!(events);
    }
    if let Some(description) = &stream.wishes.description {
        told["description"] = json!(description);
    }
    told
}
