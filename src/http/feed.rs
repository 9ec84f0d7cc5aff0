//! The feed of revocations: one answer after the other, or a stream of server-sent events.

mod message;
mod question;

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State as Extract};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, Response};
use axum::routing::any;
use futures_util::stream;

use self::question::{Media, Question};
use super::oauth::{Refused, confidential, origin};
use super::{State, well_known};
use crate::model::caller::Origin;
use crate::service::clients::{Clients, ConfidentialClient};
use crate::service::feed::{Batch, Follower, NotFollowed};

pub(super) const REVOCATIONS: &str = "/revocations";

/// nginx would gather events until they fill a buffer.
const UNBUFFERED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
);

/// Beside an answer that waited for something to happen.
#[derive(Clone, Copy)]
pub(super) struct Waited;

/// Who follows by a stream.
struct Listener {
    follower: Follower,
    clients: Clients,
    client: ConfidentialClient,
    origin: Origin,
}

/// The route: at the root, and under the issuer's path.
pub(super) fn routes(issuer: &str) -> Router<State> {
    let root = Router::new().route(REVOCATIONS, any(follow));
    match well_known::path_of(issuer).as_str() {
        "" => root,
        path => root.route(&format!("{path}{REVOCATIONS}"), any(follow)),
    }
}

async fn follow(
    Extract(state): Extract<State>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, _) = request.into_parts();
    let answer = answer(&state, peer, head).await;
    answer.unwrap_or_else(Refused::into_response)
}

/// Not within the deadline of other requests: whoever follows waits for what hasn't happened yet.
async fn answer(state: &State, peer: SocketAddr, head: Parts) -> Result<Response<Body>, Refused> {
    if head.method != Method::GET {
        return Err(Refused::method(Method::GET));
    }
    let question = Question::read(&head.uri, &head.headers)?;
    let origin = origin(state, peer, &head.headers);
    let client = confidential(state, &origin, &head.headers).await?;
    let feed = &state.0.services.feed;
    let follower = feed.follow(&client, question.since, question.wait).await?;
    match question.media {
        Media::Json => {
            let batch = follower.poll(question.wait).await?;
            Ok(object(&batch))
        }
        Media::EventStream => Ok(events(Listener {
            follower,
            clients: state.0.services.clients.clone(),
            client,
            origin,
        })),
    }
}

fn object(batch: &Batch) -> Response<Body> {
    let mut response = Response::new(Body::from(message::object(batch)));
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.extensions_mut().insert(Waited);
    response
}

/// One event is made when the one before has been taken: a client that reads slowly falls behind, and
/// nothing piles up here.
fn events(listener: Listener) -> Response<Body> {
    let events = stream::unfold(Some(listener), async |listener| {
        let mut listener = listener?;
        let (event, listener) = match listener.next().await {
            Some(event) => (event, Some(listener)),
            None => (Bytes::from_static(message::CLOSING), None),
        };
        Some((Ok::<_, Infallible>(event), listener))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    let media = HeaderValue::from_static("text/event-stream");
    headers.insert(CONTENT_TYPE, media);
    let (name, value) = UNBUFFERED;
    headers.insert(name, value);
    response
}

impl Listener {
    async fn next(&mut self) -> Option<Bytes> {
        let batch = self.follower.next().await?;
        // Who listens for hours shows its secret once.
        self.clients.note_still_there(&self.client, &self.origin);
        Some(message::event(&batch))
    }
}

impl From<NotFollowed> for Refused {
    fn from(why: NotFollowed) -> Self {
        match why {
            NotFollowed::NoSuchPosition => Self::position(),
            NotFollowed::Stop(stop) => stop.into(),
        }
    }
}
