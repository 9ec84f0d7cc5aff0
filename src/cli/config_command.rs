//! `cardea config`: the configuration.

use std::io::{Write as _, stdout};

use clap::Subcommand;

use super::{CommandError, SettingArguments};
use crate::config;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Judge the configuration, and print what it comes to, without its secrets.
    Check,
    /// Print a file with every key, its default, and what it means.
    Example,
}

pub(super) fn run(
    command: &ConfigCommand,
    settings: &SettingArguments,
) -> Result<(), CommandError> {
    match command {
        ConfigCommand::Check => write!(stdout(), "{}", config::effective(&settings.load()?))?,
        ConfigCommand::Example => write!(stdout(), "{}", config::example())?,
    }
    Ok(())
}
