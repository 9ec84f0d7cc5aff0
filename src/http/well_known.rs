//! What sub-systems read to verify tokens on their own: the keys (RFC 7517) and the metadata
//! (RFC 8414); and to be told of events (Shared Signals Framework 1.0).

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{State, feed, oauth, ssf};
use crate::crypto::digest::sha256;
use crate::service::Services;

const KEYS: &str = "/.well-known/jwks.json";
const SERVER_METADATA: &str = "/.well-known/oauth-authorization-server";
const PROVIDER_METADATA: &str = "/.well-known/openid-configuration";
const TRANSMITTER_METADATA: &str = "/.well-known/ssf-configuration";

/// How long clients may keep a document: a new key is news to them for at most five minutes.
const FRESH: &str = "public, max-age=300";

/// A document as it stands now: keys come and go.
struct Document {
    content_type: &'static str,
    etag: String,
    body: Bytes,
}

/// The routes of the documents.
pub(super) fn routes(services: &Services) -> Router<State> {
    let issuer = services.settings.issuer();
    let mut routes = Router::new();
    for path in metadata_paths(&issuer) {
        routes = routes.route(&path, get(metadata));
    }
    let prefix = path_of(&issuer);
    let transmitter = format!("{TRANSMITTER_METADATA}{prefix}");
    for path in BTreeSet::from([TRANSMITTER_METADATA, transmitter.as_str()]) {
        routes = routes.route(path, get(transmitter_metadata));
    }
    if !prefix.is_empty() {
        routes = routes.route(&format!("{prefix}{KEYS}"), get(keys));
    }
    routes.route(KEYS, get(keys))
}

async fn keys(Extract(state): Extract<State>, headers: HeaderMap) -> Response {
    let document = key_set(&state.0.services);
    Document::new("application/jwk-set+json", &document).answer(&headers)
}

async fn metadata(Extract(state): Extract<State>, headers: HeaderMap) -> Response {
    let document = server_metadata(&state.0.services);
    Document::new("application/json", &document).answer(&headers)
}

async fn transmitter_metadata(Extract(state): Extract<State>, headers: HeaderMap) -> Response {
    let issuer = state.0.services.settings.issuer();
    let keys = format!("{}{KEYS}", issuer.trim_end_matches('/'));
    let document = ssf::metadata(&issuer, &keys);
    Document::new("application/json", &document).answer(&headers)
}

/// RFC 8414 puts an issuer's path behind the well-known part, `OpenID` Connect before it. A
/// server at a root has both in the same place.
fn metadata_paths(issuer: &str) -> Vec<String> {
    let mut paths = vec![SERVER_METADATA.to_owned(), PROVIDER_METADATA.to_owned()];
    let path = path_of(issuer);
    if !path.is_empty() {
        paths.push(format!("{SERVER_METADATA}{path}"));
        paths.push(format!("{path}{PROVIDER_METADATA}"));
    }
    paths
}

/// The path of an issuer, empty at a root.
pub(super) fn path_of(issuer: &str) -> String {
    let path = url::Url::parse(issuer).map(|issuer| issuer.path().trim_end_matches('/').to_owned());
    path.unwrap_or_default()
}

fn key_set(services: &Services) -> Value {
    let keys = services.keys.published();
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys })
}

/// There are no authorization, token or user-info endpoints: people sign in over GraphQL, and
/// what isn't there isn't named (RFC 8414, section 2). A public application that revokes has no
/// more to show than its name, which is what `none` means.
fn server_metadata(services: &Services) -> Value {
    let issuer = services.settings.issuer();
    let base = issuer.trim_end_matches('/');
    let keys = services.keys.published();
    let algorithms: BTreeSet<_> = keys.iter().map(|key| key.algorithm().as_str()).collect();
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{base}{KEYS}"),
        "response_types_supported": [],
        "grant_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "introspection_endpoint": format!("{base}{}", oauth::INTROSPECT),
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint": format!("{base}{}", oauth::REVOKE),
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        // Ours: RFC 8414 lets others in.
        "revocation_feed_endpoint": format!("{base}{}", feed::REVOCATIONS),
    })
}

impl Document {
    fn new(content_type: &'static str, document: &Value) -> Self {
        let body = Bytes::from(document.to_string());
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&sha256(&body)[..12]));
        Self {
            content_type,
            etag,
            body,
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let about = [(ETAG, self.etag.as_str()), (CACHE_CONTROL, FRESH)];
        if self.is_known_by(headers) {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        (
            about,
            [(CONTENT_TYPE, self.content_type)],
            self.body.clone(),
        )
            .into_response()
    }

    fn is_known_by(&self, headers: &HeaderMap) -> bool {
        let known = headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok());
        known.flat_map(|value| value.split(',')).any(|tag| {
            let tag = tag.trim_ascii();
            tag == "*" || tag.trim_start_matches("W/") == self.etag
        })
    }
}
