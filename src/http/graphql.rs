//! GraphQL over HTTP: POST and GET, to the letter.

use std::borrow::Cow;
use std::net::SocketAddr;

use async_graphql::Variables;
use axum::body::Body;
use axum::extract::{ConnectInfo, State as Extract};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::media::{ResponseMedia, is_json};
use super::{State, body, caller, cookies, message, site, socket};
use crate::graphql::bounds::{Exceeded, check_json};
use crate::graphql::{self, Caller, Executed, Failure, Operation, OperationKind};
use crate::model::caller::Origin;
use crate::model::refusal::Refusal;

const ALLOWED: &str = "GET, POST";

/// Why a request is no GraphQL-over-HTTP request.
type Malformed = (StatusCode, Cow<'static, str>);

/// The parameters of a request, as JSON spells them. What else a client sends is for others.
#[derive(Deserialize)]
pub(super) struct Parameters {
    query: String,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    #[serde(rename = "extensions")]
    _extensions: Option<Map<String, Value>>,
}

/// Answers a GraphQL request.
pub(super) async fn handle(
    Extract(state): Extract<State>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    if socket::is_wanted(&request) {
        let caller = who(&state, peer, request.headers());
        return socket::upgrade(state, caller, request).await;
    }
    let Some(media) = ResponseMedia::accepted_by(request.headers()) else {
        let sentence = "accept application/graphql-response+json or application/json";
        return message::refuse(StatusCode::NOT_ACCEPTABLE, sentence, ResponseMedia::Json);
    };
    let timeout = state.0.limits.request_timeout;
    let answer = tokio::time::timeout(timeout, answer(&state, peer, request, media)).await;
    answer.unwrap_or_else(|_| {
        tracing::warn!("a request took too long");
        message::answer(
            &Failure::from(Refusal::StoreUnavailable).into_response(),
            media,
        )
    })
}

async fn answer(
    state: &State,
    peer: SocketAddr,
    request: Request<Body>,
    media: ResponseMedia,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let caller = who(state, peer, &head.headers);
    let parameters = match head.method {
        Method::POST => from_body(state, &head.headers, body).await,
        Method::GET => from_url(&head.uri),
        _ => return message::refuse_method(ALLOWED, "send a POST, or a GET for a query", media),
    };
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err((status, sentence)) => return message::refuse(status, &sentence, media),
    };
    let operation = match state.0.engine.prepare(parameters.into()) {
        Ok(operation) => operation,
        Err(response) => return message::answer(&response, media),
    };
    if head.method == Method::GET && operation.kind() == OperationKind::Mutation {
        return message::refuse_method("POST", "a mutation must be sent by POST", media);
    }
    let Executed { response, cookies } = execute(state, operation, caller).await;
    let mut answer = message::answer(&response, media);
    cookies::write(answer.headers_mut(), &cookies);
    answer
}

/// A mutation that has begun is finished, whether or not its client still listens: a logout
/// must not stop half-way between the ledger and the index.
async fn execute(state: &State, operation: Operation, caller: Caller) -> Executed {
    if operation.kind() != OperationKind::Mutation {
        return Box::pin(state.0.engine.execute(operation, caller)).await;
    }
    let engine = state.0.engine.clone();
    let span = tracing::Span::current();
    let work = Box::pin(async move { engine.execute(operation, caller).await });
    tokio::spawn(tracing::Instrument::instrument(work, span))
        .await
        .unwrap_or_else(|panic| {
            tracing::error!(
                error = &panic as &dyn std::error::Error,
                "a mutation panicked"
            );
            Failure::internal().into_response().into()
        })
}

fn who(state: &State, peer: SocketAddr, headers: &HeaderMap) -> Caller {
    let trusted = &state.0.services.settings.http.trusted_proxies;
    let address = caller::address(peer.ip(), headers, trusted);
    Caller {
        bearer: caller::bearer(headers),
        cookies: cookies::refresh_tokens(headers),
        origin: Origin {
            address: Some(address),
            user_agent: caller::user_agent(headers),
            site: site::of_page(&state.0.services.registry, headers),
            device: cookies::device(headers),
        },
    }
}

async fn from_body(
    state: &State,
    headers: &HeaderMap,
    body: Body,
) -> Result<Parameters, Malformed> {
    if !is_json(headers) {
        let sentence = "the body must be application/json, in UTF-8";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence.into()));
    }
    let bytes = body::read(&state.0.limits, headers, body)
        .await
        .map_err(|unreadable| (unreadable.status, unreadable.sentence.into()))?;
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(bad_request(
            "batches are not taken; send one request at a time",
        ));
    }
    check_json(&bytes).map_err(beyond_bounds)?;
    serde_json::from_slice(&bytes).map_err(|_| {
        bad_request(
            "the body must be one JSON object with a string `query` and, if need be, \
             a string `operationName` and objects `variables` and `extensions`",
        )
    })
}

fn from_url(uri: &Uri) -> Result<Parameters, Malformed> {
    const MALFORMED: &str = "the URL must have one `query` and, if need be, one `operationName`, \
                             and `variables` and `extensions` as JSON objects";
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let value = match &*name {
            "query" | "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" => {
                check_json(value.as_bytes()).map_err(beyond_bounds)?;
                serde_json::from_str(&value).map_err(|_| bad_request(MALFORMED))?
            }
            _ => continue,
        };
        if parameters.insert(name.into_owned(), value).is_some() {
            return Err(bad_request(MALFORMED));
        }
    }
    serde_json::from_value(Value::Object(parameters)).map_err(|_| bad_request(MALFORMED))
}

fn bad_request(sentence: &'static str) -> Malformed {
    (StatusCode::BAD_REQUEST, sentence.into())
}

fn beyond_bounds(exceeded: Exceeded) -> Malformed {
    (StatusCode::BAD_REQUEST, exceeded.to_string().into())
}

impl From<Parameters> for graphql::Request {
    fn from(parameters: Parameters) -> Self {
        Self {
            query: parameters.query,
            // An empty name is no name (GraphQL over HTTP, section "GET").
            operation_name: parameters.operation_name.filter(|name| !name.is_empty()),
            variables: Variables::from_json(
                parameters.variables.map_or(Value::Null, Value::Object),
            ),
        }
    }
}
