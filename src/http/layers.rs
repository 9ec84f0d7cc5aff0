//! What stands around every route: request ids, panics, cross-origin rules, compression, headers.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST,
    REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::CorsLayer;
use tower_http::request_id::{
    MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;
use tower_http::validate_request::ValidateRequestHeaderLayer;
use tracing::Span;

use super::feed::Waited;
use super::media::ResponseMedia;
use super::{message, site};
use crate::config::Config;
use crate::graphql::Failure;
use crate::metrics::Requests;
use crate::service::registry::Registry;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Below this, compressing costs more than it saves; and an answer with a token in it stays as
/// long as it is.
const COMPRESSED_FROM_BYTES: u64 = 2048;

/// How long a browser may remember what it was told in a preflight, and about HTTPS: two years,
/// as HSTS preload lists ask.
const PREFLIGHT_SECONDS: u64 = 600;
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// The routes, with everything around them: what stands first here is met first. One layer of
/// axum's, since each of those costs an allocation.
pub(super) fn around(
    routes: Router,
    settings: &Config,
    registry: &Registry,
    requests: Requests,
) -> Router {
    let is_https = settings.issuer().starts_with("https://");
    routes.layer(
        ServiceBuilder::new()
            .map_request(without_request_id)
            .layer(SetRequestIdLayer::x_request_id(RequestIds))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(span)
                    .on_request(())
                    .on_response(move |response: &Response<_>, latency, _: &Span| {
                        answered(response, latency, &requests);
                    })
                    .on_body_chunk(())
                    .on_eos(())
                    .on_failure(()),
            )
            .layer(PropagateRequestIdLayer::x_request_id())
            .map_response(move |response| harden(response, is_https))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(cors(registry))
            .layer(compression())
            .layer(ValidateRequestHeaderLayer::custom(one_host))
            .layer(ValidateRequestHeaderLayer::custom(site::Check(
                registry.clone(),
            ))),
    )
}

/// Request ids are ours: what a client sends could be anything, and would stand in our logs.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

/// A request names one host (RFC 9112, section 3.2); of two, a proxy may have believed the other.
#[expect(clippy::result_large_err, reason = "it is the layer's signature")]
fn one_host(request: &mut Request) -> Result<(), Response<Body>> {
    let is_older = request.version() < Version::HTTP_11;
    match request.headers().get_all(HOST).iter().count() {
        1 => Ok(()),
        0 if is_older => Ok(()),
        _ => {
            let sentence = "a request needs one Host header";
            let media = ResponseMedia::Json;
            Err(message::refuse(StatusCode::BAD_REQUEST, sentence, media))
        }
    }
}

/// Makes a `UUIDv7` for each request.
#[derive(Clone, Copy)]
struct RequestIds;

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        let id = uuid::Uuid::now_v7().simple().to_string();
        HeaderValue::try_from(id).ok().map(RequestId::new)
    }
}

/// Whatever is logged of a request names it.
fn span(request: &Request) -> Span {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok());
    // Never the query string: a GET may carry a whole operation.
    let (method, path) = (request.method().as_str(), request.uri().path());
    tracing::info_span!("request", id = id.unwrap_or_default(), method, path)
}

fn answered<B>(response: &Response<B>, latency: Duration, requests: &Requests) {
    // How long nothing happened says nothing of the server.
    if response.extensions().get::<Waited>().is_none() {
        requests.answered(response.status().as_u16(), latency);
    }
    tracing::debug!(status = response.status().as_u16(), ?latency, "answered");
}

/// Fonts are compressed by nature, events must not wait for others; what the playground keeps packed says so itself.
fn compression() -> CompressionLayer<And<And<SizeAbove, NotForContentType>, NotForContentType>> {
    let worthwhile = SizeAbove::new(COMPRESSED_FROM_BYTES);
    let finished = worthwhile.and(NotForContentType::const_new("font/"));
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(finished.and(NotForContentType::SSE))
}

fn cors(registry: &Registry) -> CorsLayer {
    let (origins, credentials) = site::readers(registry);
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(credentials)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER, WWW_AUTHENTICATE, REQUEST_ID])
        .max_age(Duration::from_secs(PREFLIGHT_SECONDS))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what the layer gives")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = text.unwrap_or("without a text"),
        "a request panicked"
    );
    message::answer(
        &Failure::internal().into_response(),
        ResponseMedia::GraphqlResponse,
    )
}

fn harden<B>(mut response: Response<B>, is_https: bool) -> Response<B> {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    or_insert(headers, CACHE_CONTROL, "no-store");
    or_insert(
        headers,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    response
}

fn or_insert(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}
