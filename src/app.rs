//! The composition root: configuration in, running server out.

mod error;
mod listen;
mod master_key;
mod open;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::error::StartError;
pub use self::open::{open, open_database};

use self::listen::{bind, bind_metrics};
use self::tasks::Tasks;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::http;
use crate::metrics::Requests;
use crate::service::Services;

/// Connections to the listener of `/metrics`: a few scrapers, and a person who looks.
const SCRAPERS: usize = 16;

/// A server that runs.
pub struct App {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    services: Arc<Services>,
    stop: CancellationToken,
    serving: JoinSet<()>,
    tasks: Tasks,
}

impl App {
    /// Opens the stores, binds the ports, and serves.
    pub async fn start(mut config: Config, clock: Clock) -> Result<Self, StartError> {
        // The ports first: a second server on it must not touch the first one's data.
        let listener = bind(config.http.listen).await?;
        let address = listener.local_addr().map_err(StartError::NoAddress)?;
        config.http.listen = address;
        let metrics_listener = bind_metrics(&config.metrics).await?;
        let metrics_address = metrics_listener
            .as_ref()
            .and_then(|it| it.local_addr().ok());
        let services = Arc::new(open(config, clock).await?);
        let applications = services.applications.heed_configuration().await;
        applications.map_err(StartError::Ledger)?;
        services.revocations.join().await?;
        let tasks = Tasks::start(&services);
        let stop = CancellationToken::new();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, &services, stop.clone()));
        if let Some(listener) = metrics_listener {
            serving.spawn(serve_metrics(listener, &services, stop.clone()));
        }
        Ok(Self {
            address,
            metrics_address,
            services,
            stop,
            serving,
            tasks,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells what it measures, if it does.
    #[must_use]
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What it runs on.
    #[must_use]
    pub fn settings(&self) -> &Config {
        &self.services.settings
    }

    /// Stops accepting, finishes what is under way, and closes the stores.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // Nobody waits for those that would listen for ever.
        self.services.feed.close();
        while let Some(ended) = self.serving.join_next().await {
            if let Err(error) = ended {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a listener panicked"
                );
            }
        }
        self.tasks.stop().await;
        self.services.back_channel.leave().await;
        self.services.revocations.leave().await;
        self.services.close().await;
    }
}

fn serve(
    listener: TcpListener,
    services: &Arc<Services>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + use<> {
    let sockets = http::Sockets::new(services, stop.clone());
    let router = http::router(services, &sockets);
    let settings = services.settings.http.clone();
    let requests = services.metrics.requests.clone();
    async move {
        http::serve(listener, router, &settings, requests, stop).await;
        sockets.closed().await;
    }
}

fn serve_metrics(
    listener: TcpListener,
    services: &Arc<Services>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + use<> {
    let router = http::metrics_router(services);
    let settings = config::Http {
        max_connections: SCRAPERS,
        ..services.settings.http.clone()
    };
    async move { http::serve(listener, router, &settings, Requests::unheard(), stop).await }
}
