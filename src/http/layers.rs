//! What stands around every route: request ids, panics, cross-origin rules, compression, headers.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::{self, Next};
use tower::util::MapResponseLayer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tracing::Instrument as _;

use super::media::ResponseMedia;
use super::message;
use crate::config::Config;
use crate::graphql::Failure;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Below this, compressing costs more than it saves; and an answer with a token in it stays as
/// long as it is.
const COMPRESSED_FROM_BYTES: u64 = 2048;

/// How long a browser may remember what it was told in a preflight, and about HTTPS: two years,
/// as HSTS preload lists ask.
const PREFLIGHT_SECONDS: u64 = 600;
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// The routes, with everything around them.
pub(super) fn around(routes: Router, settings: &Config) -> Router {
    let origins = &settings.http.allowed_origins;
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_FROM_BYTES));
    let is_https = settings.issuer().starts_with("https://");
    routes
        .layer(csrf(origins))
        .layer(compression)
        .layer(cors(origins))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(MapResponseLayer::new(move |response| {
            harden(response, is_https)
        }))
        .layer(middleware::from_fn(identify))
}

/// Gives the request an id of ours, and everything that is logged of it a span that names it.
async fn identify(request: Request, next: Next) -> Response<Body> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let span = tracing::info_span!("request", %id);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let work = async {
        let mut response = next.run(request).await;
        // Never the query string: a GET may carry a whole operation.
        tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    };
    work.instrument(span).await
}

/// Cross-origin requests that change something are refused, unless they come from an application
/// that we know (Sec-Fetch-Site and Origin; no token needed).
fn csrf(
    origins: &[String],
) -> CsrfLayer<impl Fn(ProtectionError) -> Response<Body> + Clone + use<>> {
    let mut layer = CsrfLayer::new();
    for origin in origins {
        layer = layer
            .add_trusted_origin(origin)
            .expect("the configuration was checked");
    }
    layer.with_rejection_response(|_| {
        let sentence = "a page of another origin may not do this; \
                        list its origin in `http.allowed_origins` if it is yours";
        message::refuse(StatusCode::FORBIDDEN, sentence, ResponseMedia::Json)
    })
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER, WWW_AUTHENTICATE, REQUEST_ID])
        .max_age(std::time::Duration::from_secs(PREFLIGHT_SECONDS))
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

fn harden(mut response: Response<Body>, is_https: bool) -> Response<Body> {
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
