//! Reading a body: as long as it may be, within its time, and of the media type that was asked for.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::Limits;

/// Why there is nothing to read, and what to do instead.
pub(super) struct Unreadable {
    pub status: StatusCode,
    pub sentence: &'static str,
}

/// The whole body, whatever it is.
pub(super) async fn read(
    limits: &Limits,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Unreadable> {
    let coding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        let sentence = "the body must not be compressed";
        return Err(unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
    }
    let read = axum::body::to_bytes(body, limits.body_bytes);
    match tokio::time::timeout(limits.body_timeout, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(broken(error)),
        Err(_) => {
            let sentence = "the body did not arrive in time";
            Err(unreadable(StatusCode::REQUEST_TIMEOUT, sentence))
        }
    }
}

fn broken(error: axum::Error) -> Unreadable {
    let cause = error.into_inner();
    if cause.is::<http_body_util::LengthLimitError>() {
        let sentence = "the body is longer than this server takes";
        return unreadable(StatusCode::PAYLOAD_TOO_LARGE, sentence);
    }
    unreadable(StatusCode::BAD_REQUEST, "the body broke off")
}

const fn unreadable(status: StatusCode, sentence: &'static str) -> Unreadable {
    Unreadable { status, sentence }
}
