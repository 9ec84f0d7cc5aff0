//! `cardea serve`: running the server.

use std::io::{Write as _, stdout};

use tokio::signal::unix::{SignalKind, signal};

use super::CommandError;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry;

/// File descriptors beside those of connections: databases, Redis, logs.
const SPARE_DESCRIPTORS: u64 = 256;

pub(super) async fn run(config: Config) -> Result<(), CommandError> {
    telemetry::start(&config.log);
    raise_descriptor_limit(config.http.max_connections);
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::Signals)?;
    let mut signalled = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let app = tokio::select! {
        started = App::start(config, Clock::default()) => started?,
        // Nobody was served yet: there is nothing to finish.
        () = signalled() => return Ok(()),
    };
    if welcome(&app).is_err() {
        // Nobody reads standard output. The log will do.
        tracing::info!(address = %app.address(), "ready");
    }
    signalled().await;
    tracing::info!("stopping: finishing what is under way");
    tokio::select! {
        () = app.stop() => {}
        () = signalled() => tracing::warn!("told twice: stopping at once"),
    }
    Ok(())
}

fn welcome(app: &App) -> std::io::Result<()> {
    let (settings, address) = (app.settings(), app.address());
    writeln!(stdout(), "Cardea {} is ready.", env!("CARGO_PKG_VERSION"))?;
    writeln!(stdout(), "  GraphQL     http://{address}/graphql")?;
    if settings.playground() {
        writeln!(stdout(), "  Playground  http://{address}/")?;
    }
    if let Some(address) = app.metrics_address() {
        writeln!(stdout(), "  Metrics     http://{address}/metrics")?;
    }
    writeln!(
        stdout(),
        "  Data        {}",
        settings.data.directory.display()
    )
}

/// Each connection needs a file descriptor, and the usual limit is 1024.
fn raise_descriptor_limit(connections: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = SPARE_DESCRIPTORS.saturating_add(connections as u64);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = limit.maximum.map_or(wanted, |maximum| wanted.min(maximum));
    let new = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, new).is_err() || raised < wanted {
        tracing::warn!(
            raised,
            wanted,
            "fewer file descriptors than `http.max_connections` needs"
        );
    }
}
