//! HTTP: headers and bodies in, status codes and media types out. Decides nothing else.

mod body;
pub(crate) mod caller;
mod cookies;
mod feed;
mod graphql;
mod health;
mod layers;
mod media;
mod message;
mod metrics;
mod oauth;
mod playground;
mod received;
mod server;
mod site;
mod socket;
mod ssf;
mod well_known;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};

pub use self::metrics::metrics_router;
pub use self::server::serve;
pub use self::socket::Sockets;

use crate::graphql::Engine;
use crate::service::Services;

const GRAPHQL: &str = "/graphql";

/// What every handler needs.
#[derive(Clone)]
struct State(Arc<Shared>);

struct Shared {
    engine: Engine,
    services: Arc<Services>,
    limits: Limits,
    sockets: Sockets,
}

/// What a request may cost.
struct Limits {
    body_bytes: usize,
    body_timeout: Duration,
    request_timeout: Duration,
}

/// All routes, behind all layers.
pub fn router(services: &Arc<Services>, sockets: &Sockets) -> Router {
    let settings = &services.settings;
    let limits = Limits {
        body_bytes: settings.http.body_limit_bytes,
        body_timeout: Duration::from_secs(settings.http.header_timeout_seconds),
        request_timeout: Duration::from_secs(settings.http.request_timeout_seconds),
    };
    let mut routes = Router::new()
        .route(GRAPHQL, any(graphql::handle))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .merge(well_known::routes(services))
        .merge(oauth::routes(&settings.issuer()))
        .merge(feed::routes(&settings.issuer()))
        .merge(ssf::routes(&settings.issuer()));
    if settings.playground() {
        routes = routes.merge(playground::routes());
    }
    let state = State(Arc::new(Shared {
        engine: Engine::new(Arc::clone(services)),
        services: Arc::clone(services),
        limits,
        sockets: sockets.clone(),
    }));
    layers::around(
        routes.with_state(state),
        &services.settings,
        &services.registry,
        services.metrics.requests.clone(),
    )
}
