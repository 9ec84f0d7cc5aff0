//! Whose page a request comes from, and whether that page may ask: decided at each request, by the
//! origins that applications have at that moment.

use axum::body::Body;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, request};
use tower_http::cors::{AllowCredentials, AllowOrigin};
use tower_http::validate_request::ValidateRequest;

use super::media::ResponseMedia;
use super::{GRAPHQL, message};
use crate::service::registry::Registry;

/// The web origin (RFC 6454) of the page that asks, unless it is one of ours. What can't be read
/// is somebody's, and nobody's that we know.
fn foreign(headers: &HeaderMap) -> Option<String> {
    let origins: Vec<_> = headers.get_all(ORIGIN).iter().collect();
    let text = |origin: &&HeaderValue| String::from_utf8_lossy(origin.as_bytes()).into_owned();
    match origins.as_slice() {
        [] => None,
        [origin] if says_same_origin(headers) || has_own_host(origin, headers) => None,
        [origin] => Some(text(origin)),
        // Of two, which one counts? Together they are nobody's.
        several => Some(several.iter().map(text).collect::<Vec<_>>().join(", ")),
    }
}

/// The web origin of the page that asks, if it is an application's, or not one of ours: behind a
/// proxy that serves both, an application's page has our host.
pub(super) fn of_page(registry: &Registry, headers: &HeaderMap) -> Option<String> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let one = origins.next().filter(|_| origins.next().is_none());
    let owned = one.and_then(|origin| origin.to_str().ok());
    let owned = owned.filter(|origin| registry.owner(origin).is_some());
    owned.map(str::to_owned).or_else(|| foreign(headers))
}

/// Refuses requests of pages that may not ask, if they could change something (the algorithm of
/// Go's `CrossOriginProtection`: `Sec-Fetch-Site`, then `Origin` against `Host`). tower-http's
/// layer does the same, but for origins that are known when it is built. A query is refused to a
/// page that names an origin which nobody knows, too: it would speak with somebody's token.
#[derive(Clone)]
pub(super) struct Check(pub Registry);

impl<B> ValidateRequest<B> for Check {
    type ResponseBody = Body;

    fn validate(&mut self, request: &mut axum::http::Request<B>) -> Result<(), Response<Body>> {
        let headers = request.headers();
        let is_harmless = request.method().is_safe()
            && (request.uri().path() != GRAPHQL || foreign(headers).is_none());
        if is_harmless || self.allows(headers) {
            return Ok(());
        }
        let sentence = "a page of another origin may not do this; list its origin in `http.allowed_origins` \
                        or in its application's `allowed_origins`, if it is yours";
        let media = ResponseMedia::Json;
        Err(message::refuse(StatusCode::FORBIDDEN, sentence, media))
    }
}

impl Check {
    fn allows(&self, headers: &HeaderMap) -> bool {
        let fetch_site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        match (fetch_site, foreign(headers)) {
            (Some(b"same-origin" | b"none"), _) | (None, None) => true,
            (_, Some(origin)) => self.0.allows_origin(&origin),
            // A browser that says "cross-site", and not whose page it shows.
            (Some(_), None) => false,
        }
    }
}

/// Whose pages may read our answers, and send their application's cookie with a question.
pub(super) fn readers(registry: &Registry) -> (AllowOrigin, AllowCredentials) {
    let is_reader = {
        let registry = registry.clone();
        move |origin: &HeaderValue, _: &request::Parts| {
            let origin = origin.to_str();
            origin.is_ok_and(|origin| registry.allows_origin(origin))
        }
    };
    (
        AllowOrigin::predicate(is_reader.clone()),
        AllowCredentials::predicate(is_reader),
    )
}

fn says_same_origin(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site.as_bytes() == b"same-origin")
}

fn has_own_host(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = origin.to_str().ok().and_then(|origin| {
        let (scheme, host) = origin.split_once("://")?;
        matches!(scheme, "http" | "https").then_some(host)
    });
    host.is_some() && host.map(str::as_bytes) == headers.get(HOST).map(HeaderValue::as_bytes)
}
