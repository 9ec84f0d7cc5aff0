//! What is answered: claims of a token that is active, and of one that isn't nothing but that.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::model::session::AuthMethod;
use crate::service::clients::ActiveToken;

/// RFC 7662, section 2.2, and the claims of ours that its section 2.2 lets us add.
#[derive(Default, Serialize)]
struct Introspection<'i> {
    active: bool,
    #[serde(flatten)]
    claims: Option<Claims<'i>>,
}

#[derive(Serialize)]
struct Claims<'i> {
    /// Left out when there is none: RFC 6749 knows no empty scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Of access tokens: RFC 6749 has no type for a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    iss: &'i str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    sid: String,
    auth_time: i64,
    amr: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rev: Option<i64>,
}

/// The answer to the question whether a token is active.
pub(super) fn introspection(active: Option<ActiveToken>, issuer: &str) -> Response<Body> {
    let introspection = Introspection {
        active: active.is_some(),
        claims: active.map(|active| claims(active, issuer)),
    };
    json(StatusCode::OK, &introspection)
}

/// The answer to a revocation that is done: its status says it all (RFC 7009, section 2.2).
pub(super) fn empty() -> Response<Body> {
    Response::new(Body::empty())
}

/// A message in JSON. That nobody may keep it, a layer around all routes says.
pub(in crate::http) fn json(status: StatusCode, message: &impl Serialize) -> Response<Body> {
    let body = serde_json::to_vec(message).expect("texts and numbers are JSON");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn claims(active: ActiveToken, issuer: &str) -> Claims<'_> {
    let access = active.access;
    let methods = active.methods.into_iter();
    Claims {
        scope: (!active.scopes.is_empty()).then(|| active.scopes.to_string()),
        client_id: active.client_id,
        username: active.username,
        token_type: access.as_ref().map(|_| "Bearer"),
        exp: active.expires_at,
        iat: active.issued_at,
        sub: active.user.to_string(),
        jti: access
            .as_ref()
            .map(|access| URL_SAFE_NO_PAD.encode(access.token.0)),
        rev: access.as_ref().map(|access| access.rev.0),
        aud: access.map(|access| access.audience),
        iss: issuer,
        sid: active.session.to_string(),
        auth_time: active.authenticated_at,
        amr: methods.map(AuthMethod::amr).collect(),
    }
}
