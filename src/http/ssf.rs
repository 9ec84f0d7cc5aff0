//! Event streams over HTTP (Shared Signals Framework 1.0): an application makes its stream, and
//! fetches security event tokens from it (RFC 8936).

mod configuration;
mod object;
mod poll;
mod status;
mod verification;

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State as Extract};
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode, Uri};
use axum::routing::{MethodRouter, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::oauth::{Refused, check_url, confidential, in_time, origin};
use super::{State, well_known};
use crate::model::event_stream::EventStream;
use crate::service::clients::ConfidentialClient;

const STREAM: &str = "/ssf/stream";
const STATUS: &str = "/ssf/status";
const VERIFY: &str = "/ssf/verify";
const POLL: &str = "/ssf/poll";

/// How events are delivered, by its name (SSF 1.0, section 6.1).
const POLLED: &str = "urn:ietf:rfc:8936";

const STREAM_ID: &str = "stream_id";

/// A request as it comes.
type Coming = (Extract<State>, ConnectInfo<SocketAddr>, Request<Body>);

/// A request whose application is known.
struct Asked {
    state: State,
    client: ConfidentialClient,
    head: Parts,
    body: Body,
}

/// The routes: at the root, and under the issuer's path.
pub(super) fn routes(issuer: &str) -> Router<State> {
    let at = |prefix: &str| {
        Router::new()
            .route(&format!("{prefix}{STREAM}"), only(configuration::methods()))
            .route(&format!("{prefix}{STATUS}"), only(status::methods()))
            .route(&format!("{prefix}{VERIFY}"), only(post(verification::ask)))
            .route(
                &format!("{prefix}{POLL}/{{stream}}"),
                only(post(poll::poll)),
            )
    };
    match well_known::path_of(issuer).as_str() {
        "" => at(""),
        path => at("").merge(at(path)),
    }
}

/// What a receiver reads first (SSF 1.0, section 7.1). There are no endpoints for subjects: whoever has
/// a session at the application is one.
pub(super) fn metadata(issuer: &str, keys: &str) -> Value {
    json!({
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": keys,
        "delivery_methods_supported": [POLLED],
        "configuration_endpoint": endpoint(issuer, STREAM),
        "status_endpoint": endpoint(issuer, STATUS),
        "verification_endpoint": endpoint(issuer, VERIFY),
        "authorization_schemes": [{ "spec_urn": "urn:ietf:rfc:7617" }],
        "default_subjects": "ALL",
    })
}

fn endpoint(issuer: &str, path: &str) -> String {
    format!("{}{path}", issuer.trim_end_matches('/'))
}

/// These methods, and a word for whoever uses another one; axum adds which there are.
fn only(methods: MethodRouter<State>) -> MethodRouter<State> {
    methods.fallback(async || {
        let sentence = "there is nothing to be had by this method here; see `Allow`";
        Refused::request(StatusCode::METHOD_NOT_ALLOWED, sentence).into_response()
    })
}

/// A request of an application, answered in time.
async fn answered<F: Future<Output = Result<Response<Body>, Refused>>>(
    coming: Coming,
    work: impl FnOnce(Asked) -> F,
) -> Response<Body> {
    let state = coming.0.0.clone();
    in_time(&state, async { work(Asked::by(coming).await?).await }).await
}

impl Asked {
    /// Who asks is known before a byte of the body is read.
    async fn by((Extract(state), ConnectInfo(peer), request): Coming) -> Result<Self, Refused> {
        let (head, body) = request.into_parts();
        check_url(&head.uri)
            .map_err(|_| malformed("who asks is said by HTTP Basic, never in the URL"))?;
        let origin = origin(&state, peer, &head.headers);
        let client = confidential(&state, &origin, &head.headers).await?;
        Ok(Self {
            state,
            client,
            head,
            body,
        })
    }

    /// What the body says, and what it was asked with.
    async fn read<T: DeserializeOwned>(self) -> Result<(State, ConfidentialClient, T), Refused> {
        let said = object::read(&self.state.0.limits, &self.head.headers, self.body).await?;
        Ok((self.state, self.client, said))
    }
}

/// The application's stream of this name, or a 404, whoever's it may be.
async fn find(
    state: &State,
    client: &ConfidentialClient,
    id: Option<&str>,
) -> Result<EventStream, Refused> {
    let id = id.ok_or_else(|| malformed("which stream is meant is said by `stream_id`"))?;
    let stream = state.0.services.event_streams.find(client, id).await?;
    stream.ok_or_else(no_stream)
}

/// The stream that the URL names, if it names one.
fn named(uri: &Uri) -> Result<Option<String>, Refused> {
    let query = uri.query().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == STREAM_ID);
    let value = values.next().map(|(_, value)| value.into_owned());
    match values.next() {
        Some(_) => Err(malformed("`stream_id` is there twice")),
        None => Ok(value),
    }
}

fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn no_stream() -> Refused {
    Refused::request(StatusCode::NOT_FOUND, "this application has no such stream")
}

fn malformed(sentence: &str) -> Refused {
    Refused::request(StatusCode::BAD_REQUEST, sentence)
}
