//! `cardea user`: people with an account.

use std::io::{Write as _, stdout};

use clap::Subcommand;
use time::format_description::well_known::Rfc3339;

use super::{CommandError, open, password};
use crate::config::Config;
use crate::model::audit::Actor;
use crate::model::id::SessionId;
use crate::model::user::User;
use crate::service::Services;
use crate::service::accounts::SignUp;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account. The password is asked for, or read from standard input.
    Create {
        /// The e-mail address to sign in with.
        email: String,
        /// A name to sign in with as well.
        #[arg(long)]
        username: Option<String>,
        /// What others see.
        #[arg(long)]
        display_name: Option<String>,
    },
    /// Show accounts, the oldest first.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
    },
    /// Forbid signing in, and end all sessions.
    Suspend {
        /// E-mail address or user name.
        user: String,
    },
    /// Allow signing in again.
    Reinstate {
        /// E-mail address or user name.
        user: String,
    },
    /// Set a new password, and end all sessions. The password is asked for, or read from standard
    /// input. For whoever forgot theirs.
    SetPassword {
        /// E-mail address or user name.
        user: String,
    },
    /// End all sessions.
    Logout {
        /// E-mail address or user name.
        user: String,
    },
    /// Delete the account, and end all its sessions.
    Delete {
        /// E-mail address or user name.
        user: String,
    },
}

pub(super) async fn run(command: UserCommand, config: Config) -> Result<(), CommandError> {
    let services = open(config).await?;
    let outcome = execute(command, &services).await;
    services.close().await;
    outcome
}

async fn execute(command: UserCommand, services: &Services) -> Result<(), CommandError> {
    let accounts = &services.accounts;
    match command {
        UserCommand::Create {
            email,
            username,
            display_name,
        } => {
            let password = password::ask()?;
            let request = SignUp {
                email,
                username,
                password,
                display_name,
                actor: Actor::operator(),
            };
            let user = accounts
                .sign_up(request)
                .await?
                .map_err(CommandError::Refused)?;
            writeln!(stdout(), "Created {} ({}).", user.email, user.id)?;
        }
        UserCommand::List { limit } => {
            for user in accounts.list(limit).await? {
                writeln!(stdout(), "{}", line(&user))?;
            }
        }
        UserCommand::Suspend { user } => {
            let user = find(services, user).await?;
            let ended = accounts.suspend(user.id).await?;
            writeln!(stdout(), "Suspended {}. {}", user.email, count(&ended))?;
        }
        UserCommand::Reinstate { user } => {
            let user = find(services, user).await?;
            accounts.reinstate(user.id).await?;
            writeln!(stdout(), "Reinstated {}.", user.email)?;
        }
        UserCommand::SetPassword { user } => {
            let user = find(services, user).await?;
            let outcome = accounts.set_password(&user, password::ask()?).await?;
            let ended = outcome.map_err(|fault| CommandError::Refused(vec![fault]))?;
            writeln!(
                stdout(),
                "Set the password of {}. {}",
                user.email,
                count(&ended)
            )?;
        }
        UserCommand::Logout { user } => {
            let user = find(services, user).await?;
            let ended = accounts.log_out_everywhere(user.id).await?;
            writeln!(
                stdout(),
                "Logged {} out everywhere. {}",
                user.email,
                count(&ended)
            )?;
        }
        UserCommand::Delete { user } => {
            let user = find(services, user).await?;
            let ended = accounts.delete(user.id).await?;
            writeln!(stdout(), "Deleted {}. {}", user.email, count(&ended))?;
        }
    }
    Ok(())
}

pub(super) async fn find(services: &Services, identifier: String) -> Result<User, CommandError> {
    let user = services.accounts.find(&identifier).await?;
    user.ok_or(CommandError::NoSuchUser(identifier))
}

fn line(user: &User) -> String {
    let time = |time: time::OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
    let login = user.last_login_at.map_or_else(|| "never".to_owned(), time);
    format!(
        "{}  {:<9}  created {}  last login {}  {}{}",
        user.id,
        user.status.as_str(),
        time(user.created_at),
        login,
        user.email,
        user.username
            .as_ref()
            .map(|name| format!("  ({name})"))
            .unwrap_or_default(),
    )
}

fn count(ended: &[SessionId]) -> String {
    match ended.len() {
        0 => "No session was active.".to_owned(),
        1 => "One session ended; running servers know within a second.".to_owned(),
        many => format!("{many} sessions ended; running servers know within a second."),
    }
}
