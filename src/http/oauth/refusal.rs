//! What is refused, as RFC 6749, section 5.2, says it.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use super::answer;
use crate::graphql::error::retry_after_seconds;
use crate::graphql::{Code, Failure};
use crate::model::refusal::{Refusal, Stop};

/// How a client may say who it is (RFC 7617). Every 401 has it, whichever way was tried: that is
/// what RFC 9110, section 15.5.2, asks.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"cardea\", charset=\"UTF-8\"");

/// A no, and its place among the codes of OAuth.
#[derive(Debug)]
pub(in crate::http) struct Refused {
    status: StatusCode,
    code: &'static str,
    sentence: String,
    retry_after: Option<Duration>,
    allowed: Option<Method>,
}

#[derive(Serialize)]
struct Message<'r> {
    error: &'static str,
    error_description: &'r str,
}

impl Refused {
    /// The request is none.
    pub(in crate::http) fn request(status: StatusCode, sentence: &str) -> Self {
        Self::new(status, "invalid_request", sentence)
    }

    /// Only this method will do.
    pub(in crate::http) fn method(allowed: Method) -> Self {
        let sentence = format!("send a {allowed}");
        Self {
            allowed: Some(allowed),
            ..Self::request(StatusCode::METHOD_NOT_ALLOWED, &sentence)
        }
    }

    /// So soon after the last time.
    pub(in crate::http) fn too_soon(retry_after: Duration) -> Self {
        let sentence =
            "this was asked a moment ago; ask again when the time that is told has passed";
        Self {
            retry_after: Some(retry_after),
            ..Self::request(StatusCode::TOO_MANY_REQUESTS, sentence)
        }
    }

    /// A store does not answer.
    pub(in crate::http) fn silence() -> Self {
        Stop::from(Refusal::StoreUnavailable).into()
    }

    /// What a follower says that it has heard is none of this ledger.
    pub(in crate::http) fn position() -> Self {
        let sentence = "this position is none of this ledger; begin without one";
        Self::new(StatusCode::CONFLICT, "invalid_position", sentence)
    }

    /// Nobody knows who asks. Which part of it was wrong is not told.
    pub(in crate::http) fn client() -> Self {
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
            allowed: None,
        }
    }

    pub(in crate::http) fn into_response(self) -> Response<Body> {
        let message = Message {
            error: self.code,
            error_description: &self.sentence,
        };
        let mut response = answer::json(self.status, &message);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(allowed) = self.allowed {
            let allowed = HeaderValue::from_str(allowed.as_str());
            headers.insert(ALLOW, allowed.expect("a method is a word"));
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
            allowed: None,
        }
    }
}
