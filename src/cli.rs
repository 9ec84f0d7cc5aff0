//! Commands: what an operator types.

mod application;
mod config_command;
mod doctor;
mod error;
mod grant;
mod keys;
mod migrate;
mod password;
mod recover;
mod serve;
mod user;

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use self::error::CommandError;

use crate::app;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::graphql;
use crate::service::Services;
use crate::telemetry;

/// An authentication and session server for single-page apps, spoken to in GraphQL.
///
/// Without a command it serves: `cardea` alone starts on <http://127.0.0.1:8080> with everything it
/// needs in `./data`. Every setting can stand in `cardea.toml`, in an environment variable
/// (`CARDEA__HTTP__LISTEN`), or in a flag (`--set http.listen=127.0.0.1:9000`); each beats the one before.
#[derive(Debug, Parser)]
#[command(name = "cardea", version, subcommand_required = false)]
pub struct Arguments {
    #[command(flatten)]
    settings: SettingArguments,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args, Debug)]
struct SettingArguments {
    /// The configuration file; without it, `cardea.toml` in the working directory, if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, e.g. `tokens.access_lifetime_seconds=600`. May be given several times.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = parse_setting)]
    set: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default).
    Serve,
    /// The database's schema.
    #[command(subcommand)]
    Migrate(migrate::MigrateCommand),
    /// People with an account.
    #[command(subcommand)]
    User(user::UserCommand),
    /// What people sign in to.
    #[command(subcommand)]
    Application(application::ApplicationCommand),
    /// Which scopes users hold at applications.
    #[command(subcommand)]
    Grant(grant::GrantCommand),
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// To be done once after the database was restored from a backup, before a server is started on it: signs
    /// everybody out, since the backup lacks what was revoked after it was made. Takes as long as a lease.
    Recover,
    /// Look at the stores, keys, clocks and settings, and say what is wrong and what to do. Nothing is changed.
    Doctor(doctor::DoctorArguments),
    /// Print the GraphQL schema.
    Schema,
    /// The configuration.
    #[command(subcommand)]
    Config(config_command::ConfigCommand),
}

/// Runs a command.
pub async fn run(arguments: Arguments) -> Result<(), CommandError> {
    let Arguments { settings, command } = arguments;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(settings.load()?).await,
        Command::Migrate(command) => migrate::run(command, settings.load()?).await,
        Command::User(command) => user::run(command, settings.load()?).await,
        Command::Application(command) => application::run(command, settings.load()?).await,
        Command::Grant(command) => grant::run(command, settings.load()?).await,
        Command::Keys(command) => keys::run(command, settings.load()?).await,
        Command::Recover => recover::run(settings.load()?).await,
        Command::Doctor(arguments) => doctor::run(arguments, settings.load()?).await,
        Command::Schema => {
            write!(stdout(), "{}", graphql::sdl())?;
            Ok(())
        }
        Command::Config(command) => config_command::run(&command, &settings),
    }
}

impl SettingArguments {
    fn load(&self) -> Result<Config, CommandError> {
        // Not `vars()`: it panics at a variable of somebody else's that isn't Unicode.
        let environment = std::env::vars_os().map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        });
        Ok(config::load(
            self.config.as_deref(),
            environment,
            &self.set,
        )?)
    }
}

/// Opens the stores for a command that does one thing.
async fn open(mut config: Config) -> Result<Services, CommandError> {
    // What a command has to say, it prints; the log is for what goes wrong.
    if config.log.filter == config::Config::default().log.filter {
        "warn".clone_into(&mut config.log.filter);
    }
    telemetry::start(&config.log);
    Ok(app::open(config, Clock::default()).await?)
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write KEY=VALUE, e.g. http.listen=127.0.0.1:9000")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
