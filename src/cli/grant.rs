//! `cardea grant`: which scopes users hold at applications.

use std::io::{Write as _, stdout};

use clap::Subcommand;

use super::{CommandError, open, user};
use crate::config::Config;
use crate::model::application::Application;
use crate::model::scope::Scopes;
use crate::service::Services;
use crate::service::access::Changed;

#[derive(Debug, Subcommand)]
pub(super) enum GrantCommand {
    /// Grant scopes. Whoever is signed in has them after the next refresh.
    Add {
        /// E-mail address or user name.
        user: String,
        /// Client id of the application.
        client_id: String,
        /// Scopes that the application has, e.g. `orders:read`.
        #[arg(required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Take scopes away. Tokens that have them are refused at once, and the next refresh brings
    /// one without; nobody is signed out.
    Remove {
        /// E-mail address or user name.
        user: String,
        /// Client id of the application.
        client_id: String,
        /// Scopes, e.g. `orders:read`.
        #[arg(required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Show what a user was granted, application by application.
    Show {
        /// E-mail address or user name.
        user: String,
    },
}

pub(super) async fn run(command: GrantCommand, config: Config) -> Result<(), CommandError> {
    let services = open(config).await?;
    let outcome = execute(command, &services).await;
    services.close().await;
    outcome
}

async fn execute(command: GrantCommand, services: &Services) -> Result<(), CommandError> {
    let access = &services.access;
    match command {
        GrantCommand::Add {
            user,
            client_id,
            scopes,
        } => {
            let user = user::find(services, user).await?;
            let application = find(services, client_id).await?;
            let scopes = Scopes::collect(scopes)?;
            let changed = access.add(user.id, application.id, &scopes).await??;
            report(&user.email, &application, &changed)
        }
        GrantCommand::Remove {
            user,
            client_id,
            scopes,
        } => {
            let user = user::find(services, user).await?;
            let application = find(services, client_id).await?;
            let scopes = Scopes::collect(scopes)?;
            let changed = access.remove(user.id, application.id, &scopes).await??;
            report(&user.email, &application, &changed)
        }
        GrantCommand::Show { user } => {
            let user = user::find(services, user).await?;
            for (application, scopes) in access.show(user.id).await? {
                writeln!(stdout(), "{}  {scopes}", application.client_id)?;
            }
            Ok(())
        }
    }
}

async fn find(services: &Services, client_id: String) -> Result<Application, CommandError> {
    let application = services.applications.find(&client_id).await?;
    application
        .ok_or_else(|| CommandError::Application(vec![services.applications.missing(&client_id)]))
}

fn report(
    email: &str,
    application: &Application,
    Changed { before, after }: &Changed,
) -> Result<(), CommandError> {
    let client_id = &application.client_id;
    let holds = if after.is_empty() {
        format!("{email} holds no scope at {client_id}")
    } else {
        format!("{email} holds at {client_id}: {after}")
    };
    let told = if before == after {
        "Nothing changed."
    } else {
        "Running servers know within a second."
    };
    writeln!(stdout(), "{holds}. {told}")?;
    Ok(())
}
