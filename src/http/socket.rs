//! Sockets: subscriptions over `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

mod client;
mod close;
mod connection;
mod message;
mod places;
mod subscriptions;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_graphql_axum::GraphQLProtocol;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts as _, Request};
use axum::http::header::{SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};

use self::close::{Close, Offered};
use self::connection::Connection;
use self::places::{Place, Places};
use self::wire::Wire;
use super::media::ResponseMedia;
use super::received::Received;
use super::{State, message as answers};
use crate::config::Sockets as Settings;
use crate::graphql::{Caller, Failure};
use crate::model::caller::RefreshCookies;
use crate::model::refusal::Refusal;
use crate::service::Services;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// How long a stop waits for its word to be on its way to all clients.
const PARTING: Duration = Duration::from_secs(2);

/// How soon it is worth trying again, where there is no place.
const RETRY: Duration = Duration::from_secs(5);

/// Buffers of a socket that says little: the usual ones have 128 KiB each.
const BUFFER_BYTES: usize = 4096;

/// More than any answer to a bounded operation has.
const MAXIMUM_UNSENT_BYTES: usize = 4 * 1024 * 1024;

/// All sockets of one server.
#[derive(Clone)]
pub struct Sockets(Arc<Inner>);

struct Inner {
    places: Places,
    stop: CancellationToken,
    open: TaskTracker,
}

impl Sockets {
    /// They are open until they are told to stop.
    #[must_use]
    pub fn new(services: &Services, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            places: Places::new(&services.settings.sockets),
            stop,
            open: TaskTracker::new(),
        }))
    }

    /// Waits until all have been closed after the stop; not for clients that don't listen.
    pub async fn closed(&self) {
        self.0.open.close();
        drop(tokio::time::timeout(PARTING, self.0.open.wait()).await);
    }
}

/// Whether a request asks for a socket.
pub(super) fn is_wanted(request: &Request) -> bool {
    let is_websocket = |upgrade: &HeaderValue| {
        let upgrade = upgrade.as_bytes();
        upgrade.eq_ignore_ascii_case(b"websocket")
    };
    request.method() == Method::GET && request.headers().get(UPGRADE).is_some_and(is_websocket)
}

/// Opens a socket. Whose page asks was looked at before, as for every request.
pub(super) async fn upgrade(state: State, caller: Caller, request: Request) -> Response<Body> {
    let (mut head, _) = request.into_parts();
    let offered = match GraphQLProtocol::from_request_parts(&mut head, &()).await {
        Ok(_) => Offered::Older,
        Err(_) => Offered::None,
    };
    let upgrade = WebSocketUpgrade::from_request_parts(&mut head, &()).await;
    let Ok(upgrade) = upgrade else {
        return no_handshake(&head.headers);
    };
    let Some(place) = state.0.sockets.0.places.take() else {
        let refusal = Refusal::Overloaded { retry_after: RETRY };
        let response = Failure::from(refusal).into_response();
        return answers::answer(&response, ResponseMedia::GraphqlResponse);
    };
    let limit = state.0.limits.body_bytes;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(MAXIMUM_UNSENT_BYTES);
    let received = head.extensions.get::<Received>().cloned();
    let received = received.unwrap_or_default();
    let span = Span::current();
    upgrade.on_upgrade(move |socket| {
        let open = state.0.sockets.0.open.clone();
        // A client that offers the older protocol beside ours speaks ours.
        let foreign = socket.protocol().is_none().then_some(offered);
        let wire = Wire::new(socket, received, &state.0.limits);
        let work = serve(state, caller, (wire, foreign), place);
        open.track_future(work.instrument(span))
    })
}

async fn serve(
    state: State,
    caller: Caller,
    (mut wire, foreign): (Wire, Option<Offered>),
    place: Place,
) {
    let metrics = &state.0.services.metrics.sockets;
    let open = metrics.opened();
    let close = if let Some(offered) = foreign {
        Close::SubprotocolNotAcceptable(offered)
    } else {
        let stopped = state.0.sockets.0.stop.cancelled();
        let connection = Connection::new(&state, &mut wire, without_cookies(caller));
        tokio::select! {
            () = stopped => Close::GoingAway,
            close = connection.run() => close,
        }
    };
    metrics.ended(close.end());
    tracing::debug!(end = ?close.end(), reason = %close.reason(), "a socket has ended");
    // Its user may take another one at once: that this one waits for its client's farewell is nobody's
    // business.
    drop((open, place));
    wire.close(&close).await;
}

/// One of another version is told ours (RFC 6455, section 4.4).
fn no_handshake(headers: &HeaderMap) -> Response<Body> {
    let version = headers.get(SEC_WEBSOCKET_VERSION);
    let is_of_another = version.is_some_and(|version| version != "13");
    let status = if is_of_another {
        StatusCode::UPGRADE_REQUIRED
    } else {
        StatusCode::BAD_REQUEST
    };
    let sentence = "a socket needs a complete handshake of RFC 6455, version 13";
    let mut response = answers::refuse(status, sentence, ResponseMedia::Json);
    if is_of_another {
        let headers = response.headers_mut();
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    response
}

/// A browser sends its cookies to whatever a page opens: they say nothing here.
fn without_cookies(mut caller: Caller) -> Caller {
    caller.cookies = RefreshCookies::default();
    caller.origin.device = None;
    caller
}

fn settings(state: &State) -> &Settings {
    &state.0.services.settings.sockets
}
