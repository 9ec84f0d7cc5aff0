//! Taking the ports.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::StartError;
use crate::config::Metrics as Settings;

pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Bind { address, source })
}

/// The listener of `/metrics`. Where nobody chose its address, a second server on the machine finds
/// it taken, and does without.
pub(super) async fn bind_metrics(settings: &Settings) -> Result<Option<TcpListener>, StartError> {
    if !settings.enabled {
        return Ok(None);
    }
    let address = settings.listen.unwrap_or(Settings::default_address());
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) if settings.listen.is_some() => {
            Err(StartError::BindMetrics { address, source })
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                %address,
                "no metrics: their usual port can't be had; `metrics.listen` chooses another one"
            );
            Ok(None)
        }
    }
}
