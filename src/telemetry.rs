//! Logs: for people or for machines, with the request's id, and no secret.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{Log as Settings, LogFormat};

/// Starts logging to standard error. Called once, first thing.
pub fn start(settings: &Settings) {
    // What a library says of itself at each start is nobody's news; a directive of one's own beats
    // this one.
    let filter = format!("sea_orm_migration=warn,sqlx=error,{}", settings.filter);
    let filter = EnvFilter::builder().parse_lossy(filter);
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr);
    match settings.format {
        // Control characters in values are escaped by the formatter: a line can't be forged.
        LogFormat::Human => logs
            .with_ansi(stderr().is_terminal())
            .with_target(false)
            .init(),
        LogFormat::Json => logs.json().flatten_event(true).with_target(false).init(),
    }
}
