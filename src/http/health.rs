//! Whether the process lives, and whether it can serve. No details: the port is public.

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::State;

/// The process answers.
pub(super) async fn live() -> impl IntoResponse {
    "live\n"
}

/// The stores answer too.
pub(super) async fn ready(Extract(state): Extract<State>) -> impl IntoResponse {
    let timeout = state.0.limits.request_timeout;
    match tokio::time::timeout(timeout, state.0.services.ready()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}
