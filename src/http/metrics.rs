//! `/metrics`: what was measured, for scrapers, on a listener of its own.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::response::IntoResponse;
use axum::routing::get;

use super::{layers, media};
use crate::metrics::{Format, Requests};
use crate::service::Services;

/// The one route, behind the same layers as all others. Who asks here isn't counted as a client.
pub fn metrics_router(services: &Arc<Services>) -> Router {
    let routes = Router::new()
        .route("/metrics", get(show))
        .with_state(Arc::clone(services));
    let (settings, registry) = (&services.settings, &services.registry);
    layers::around(routes, settings, registry, Requests::unheard())
}

async fn show(State(services): State<Arc<Services>>, headers: HeaderMap) -> impl IntoResponse {
    services.measure();
    let format = media::accepted_metrics(&headers);
    let content_type = match format {
        Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
    };
    let headers = [(CONTENT_TYPE, content_type), (VARY, "accept")];
    (headers, services.metrics.told(format))
}
