//! The composition root: configuration in, running server out.

mod error;
mod master_key;
mod open;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::error::StartError;
pub use self::open::{open, open_database};

use self::tasks::Tasks;
use crate::clock::Clock;
use crate::config::Config;
use crate::http;
use crate::service::Services;

/// A server that runs.
pub struct App {
    address: SocketAddr,
    services: Arc<Services>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    tasks: Tasks,
}

impl App {
    /// Opens the stores, binds the port, and serves.
    pub async fn start(mut config: Config, clock: Clock) -> Result<Self, StartError> {
        // The port first: a second server on it must not touch the first one's data.
        let listener = bind(config.http.listen).await?;
        let address = listener.local_addr().map_err(StartError::NoAddress)?;
        config.http.listen = address;
        let services = Arc::new(open(config, clock).await?);
        let applications = services.applications.heed_configuration().await;
        applications.map_err(StartError::Ledger)?;
        services.revocations.join().await?;
        let tasks = Tasks::start(&services);
        let stop = CancellationToken::new();
        let router = http::router(&services);
        let serving = tokio::spawn({
            let (services, stop) = (Arc::clone(&services), stop.clone());
            async move { http::serve(listener, router, &services.settings.http, stop).await }
        });
        Ok(Self {
            address,
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

    /// What it runs on.
    #[must_use]
    pub fn settings(&self) -> &Config {
        &self.services.settings
    }

    /// Stops accepting, finishes what is under way, and closes the stores.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.serving.await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the listener panicked"
            );
        }
        self.tasks.stop().await;
        self.services.revocations.leave().await;
        self.services.close().await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Bind { address, source })
}
