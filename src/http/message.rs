//! GraphQL responses as HTTP messages: the status and headers that belong to a body.

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::media::ResponseMedia;
use crate::graphql::error::{code_of, reason_of, retry_after_of, scope_of};
use crate::graphql::{Code, Failure};

/// How to be let in (RFC 6750, section 3).
const CHALLENGE: &str = "Bearer realm=\"cardea\"";

/// Room for most answers, so that neither body nor headers grow on their way.
const USUAL_BODY_BYTES: usize = 256;
const USUAL_HEADERS: usize = 12;

/// The body of a response. `data` is there exactly if something was executed.
#[derive(Serialize)]
pub(super) struct Message<'r> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'r [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'r Value>,
}

impl<'r> From<&'r GraphqlResponse> for Message<'r> {
    fn from(response: &'r GraphqlResponse) -> Self {
        // An error without a path is a request error: nothing was executed.
        let was_executed = response.data != Value::Null
            || response.errors.is_empty()
            || response.errors.iter().any(|error| !error.path.is_empty());
        Self {
            errors: &response.errors,
            data: was_executed.then_some(&response.data),
        }
    }
}

/// The answer to a well-formed request. Under `application/json` that is always 200: a client
/// could not tell ours from a proxy's otherwise.
pub(super) fn answer(response: &GraphqlResponse, media: ResponseMedia) -> Response<Body> {
    let message = Message::from(response);
    let code = match response.data {
        Value::Null => response.errors.first().and_then(code_of),
        _ => None,
    };
    let status = match (media, code) {
        (ResponseMedia::GraphqlResponse, Some(code)) => status_of(code),
        _ => StatusCode::OK,
    };
    let mut answer = write(&message, media, status);
    if let (Some(code), Some(error)) = (code, response.errors.first()) {
        add_headers(&mut answer, code, error);
    }
    answer
}

/// The answer to what is no GraphQL-over-HTTP request.
pub(super) fn refuse(status: StatusCode, message: &str, media: ResponseMedia) -> Response<Body> {
    let code = match status {
        StatusCode::FORBIDDEN => Code::Forbidden,
        _ => Code::BadUserInput,
    };
    let response = Failure::new(code, message).into_response();
    write(
        &Message {
            errors: &response.errors,
            data: None,
        },
        media,
        status,
    )
}

/// The answer to a method that does not fit.
pub(super) fn refuse_method(
    allow: &'static str,
    message: &str,
    media: ResponseMedia,
) -> Response<Body> {
    let mut answer = refuse(StatusCode::METHOD_NOT_ALLOWED, message, media);
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    answer
}

fn write(message: &Message<'_>, media: ResponseMedia, status: StatusCode) -> Response<Body> {
    let mut body = Vec::with_capacity(USUAL_BODY_BYTES);
    serde_json::to_writer(&mut body, message).expect("GraphQL values are JSON");
    let mut answer = Response::new(Body::from(body));
    *answer.headers_mut() = HeaderMap::with_capacity(USUAL_HEADERS);
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_static(media.content_type());
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}

fn add_headers(answer: &mut Response<Body>, code: Code, error: &ServerError) {
    if let Some(seconds) = retry_after_of(error) {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    let challenge = match (code, reason_of(error), scope_of(error)) {
        // RFC 6750, section 3.1: no error code for who showed no token at all.
        (Code::Unauthenticated, Some("MISSING"), _) => CHALLENGE.to_owned(),
        (Code::Unauthenticated | Code::TokenStale, ..) => {
            format!("{CHALLENGE}, error=\"invalid_token\"")
        }
        (Code::Forbidden, _, Some(scope)) => {
            format!("{CHALLENGE}, error=\"insufficient_scope\", scope=\"{scope}\"")
        }
        _ => return,
    };
    let challenge = HeaderValue::try_from(challenge).expect("scopes are visible ASCII");
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
}

fn status_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).expect("the table holds HTTP statuses")
}
