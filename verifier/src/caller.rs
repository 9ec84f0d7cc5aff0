//! The caller of an axum handler.

use std::ops::Deref;

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use serde_json::json;

use crate::bearer::bearer;
use crate::refusal::Refusal;
use crate::verified::Verified;
use crate::verifier::Verifier;

/// Who calls: as an argument of a handler it lets nobody else in. The router's state is a
/// [`Verifier`], or has one ([`FromRef`]).
#[derive(Clone, Debug)]
pub struct Caller(pub Verified);

impl Deref for Caller {
    type Target = Verified;

    fn deref(&self) -> &Verified {
        &self.0
    }
}

impl<S> FromRequestParts<S> for Caller
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let token = bearer(&parts.headers)?;
        Verifier::from_ref(state).verify(token).await.map(Self)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut word = json!({ "code": self.code() });
        if let Some(reason) = self.reason() {
            word["reason"] = reason.into();
        }
        if let Self::Forbidden(scope) = &self {
            word["scope"] = scope.as_ref().into();
        }
        let mut response = word.to_string().into_response();
        *response.status_mut() = StatusCode::from_u16(self.status()).expect("it is one of three");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.www_authenticate() {
            let challenge = HeaderValue::from_str(&challenge).expect("it is visible ASCII");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self == Self::Unavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
