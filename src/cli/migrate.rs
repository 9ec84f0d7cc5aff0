//! `cardea migrate`: the database's schema.

use std::io::{Write as _, stdout};

use clap::Subcommand;

use super::CommandError;
use crate::app;
use crate::clock::Clock;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Apply the steps that the database lacks. The server does so at its start, too, and so does
    /// every command that opens the database, but for `migrate status`.
    Up,
    /// Show the steps, and which are applied.
    Status,
}

pub(super) async fn run(command: MigrateCommand, config: Config) -> Result<(), CommandError> {
    let database = app::open_database(&config, Clock::default()).await?;
    if matches!(command, MigrateCommand::Up) {
        database.migrate().await?;
    }
    for (name, is_applied) in database.migrations().await? {
        writeln!(
            stdout(),
            "{}  {name}",
            if is_applied { "applied" } else { "missing" }
        )?;
    }
    database.close().await;
    Ok(())
}
