//! What is refused, as RFC 6749, section 5.2, says it.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::answer;
use crate::graphql::error::retry_after_seconds;
use crate::graphql::{Code, Failure};
use crate::model::refusal::Stop;

/// How a client may say who it is (RFC 7617). Every 401 has it, whichever way was tried: that is
/// what RFC 9110, section 15.5.2, asks.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"cardea\", charset=\"UTF-8\"");

/// A no, and its place among the codes of OAuth.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    sentence: String,
    retry_after: Option<Duration>,
}

#[derive(Serialize)]
struct Message<'r> {
    error: &'static str,
    error_description: &'r str,
}

impl Refused {
    /// The request is none.
    pub(super) fn request(status: StatusCode, sentence: &str) -> Self {
        Self::new(status, "invalid_request", sentence)
    }

    /// Only POST will do.
    pub(super) fn method() -> Self {
        Self::request(StatusCode::METHOD_NOT_ALLOWED, "send a POST")
    }

    /// Nobody knows who asks. Which part of it was wrong is not told.
    pub(super) fn client() -> Self {
        let sentence = "the client could not be authenticated";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", sentence)
    }

    /// Of the codes that there are, this is the one for a token that `was issued to another client`.
    pub(super) fn token() -> Self {
        let sentence = "the token was issued to another client";
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", sentence)
    }

    fn new(status: StatusCode, code: &'static str, sentence: &str) -> Self {
        Self {
            status,
            code,
            sentence: sentence.to_owned(),
            retry_after: None,
        }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let message = Message {
            error: self.code,
            error_description: &self.sentence,
        };
        let mut response = answer::json(self.status, &message);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        if let Some(retry_after) = self.retry_after {
            headers.insert(RETRY_AFTER, retry_after_seconds(retry_after).into());
        }
        response
    }
}

/// With the status that the one table of refusals gives it. A fault is logged there, and the
/// client learns nothing.
impl From<Stop> for Refused {
    fn from(stop: Stop) -> Self {
        let failure = Failure::from(stop);
        let code = match failure.code {
            // Of too many attempts, too, no RFC has a name: the status and `Retry-After` say it.
            Code::StoreUnavailable | Code::Overloaded | Code::RateLimited => {
                "temporarily_unavailable"
            }
            _ => "server_error",
        };
        let status = StatusCode::from_u16(failure.code.status());
        Self {
            status: status.expect("the table holds HTTP statuses"),
            code,
            sentence: failure.message,
            retry_after: failure.retry_after,
        }
    }
}
