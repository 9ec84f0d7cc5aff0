//! `cardea application`: what people sign in to.

use std::io::{Write as _, stdout};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{CommandError, open};
use crate::config::Config;
use crate::model::application::{Application, OwnLifetimes};
use crate::model::secret::ClientSecret;
use crate::service::Services;
use crate::service::applications::{
    ApplicationChanges, ApplicationFault, ClientKind, LifetimeChange, NewApplication, Source,
};

#[derive(Debug, Subcommand)]
pub(super) enum ApplicationCommand {
    /// Make an application that people can sign in to. It can be used at once.
    Create(CreateArguments),
    /// Show applications, and who describes them.
    List,
    /// Change an application; what is not named stays as it is.
    Update(UpdateArguments),
    /// Give an application a new secret, which is shown once. The old one is void at once; an
    /// application that had none, and was public, is confidential from now on.
    RotateSecret {
        /// Its client id.
        client_id: String,
    },
    /// Forbid signing in to an application, and end all sessions there.
    Disable {
        /// Its client id.
        client_id: String,
    },
    /// Allow signing in to an application again. Sessions that were ended stay ended.
    Enable {
        /// Its client id.
        client_id: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct CreateArguments {
    /// The id by which clients name it, 1 to 64 of a-z, A-Z, 0-9, hyphen, underscore and dot.
    client_id: String,
    #[command(flatten)]
    description: Description,
    /// Give it a secret, which is shown once: with it, its own servers introspect and revoke tokens.
    #[arg(long)]
    confidential: bool,
}

#[derive(Args, Debug)]
pub(super) struct UpdateArguments {
    /// Its client id.
    client_id: String,
    #[command(flatten)]
    description: Description,
    /// Leave it without origins.
    #[arg(long, conflicts_with = "origin")]
    clear_origins: bool,
    /// Leave it without scopes.
    #[arg(long, conflicts_with = "scope")]
    clear_scopes: bool,
    /// Tell it of the end of sessions no more.
    #[arg(long, conflicts_with = "backchannel_logout_uri")]
    clear_backchannel_logout_uri: bool,
}

#[derive(Args, Debug)]
struct Description {
    /// What people call it; by default its client id.
    #[arg(long)]
    name: Option<String>,
    /// The `aud` of its tokens, which no other application has; by default its client id.
    #[arg(long)]
    audience: Option<String>,
    /// An exact origin of its pages, e.g. `https://shop.example.com`. May be given several times:
    /// these are all.
    #[arg(long, value_name = "URL")]
    origin: Vec<String>,
    /// A scope that its users can be granted, e.g. `orders:read`. May be given several times:
    /// these are all. Users lose what it has no more.
    #[arg(long)]
    scope: Vec<String>,
    /// Seconds that its access tokens live, or `default` for `tokens.access_lifetime_seconds`.
    #[arg(long, value_name = "SECONDS", value_parser = lifetime)]
    access_lifetime_seconds: Option<LifetimeChange>,
    /// Seconds after which its sessions are over that nobody refreshed, or `default` for
    /// `sessions.idle_lifetime_seconds`.
    #[arg(long, value_name = "SECONDS", value_parser = lifetime)]
    idle_lifetime_seconds: Option<LifetimeChange>,
    /// Seconds after which its sessions are over, refreshed or not, or `default` for
    /// `sessions.lifetime_seconds`.
    #[arg(long, value_name = "SECONDS", value_parser = lifetime)]
    lifetime_seconds: Option<LifetimeChange>,
    /// Where it is told of the end of each of its sessions (`OpenID` Connect Back-Channel Logout): an
    /// https URL, e.g. `https://shop.example.com/backchannel-logout`.
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
}

fn lifetime(text: &str) -> Result<LifetimeChange, &'static str> {
    if text == "default" {
        return Ok(LifetimeChange::Default);
    }
    let seconds = text
        .parse()
        .map_err(|_| "write a number of seconds, or `default`")?;
    Ok(LifetimeChange::Own(Duration::from_secs(seconds)))
}

/// What a command may say of the servers that run beside it.
const HEEDED: &str = "Running servers know within a second.";

pub(super) async fn run(command: ApplicationCommand, config: Config) -> Result<(), CommandError> {
    let services = open(config).await?;
    let outcome = execute(command, &services).await;
    services.close().await;
    outcome
}

async fn execute(command: ApplicationCommand, services: &Services) -> Result<(), CommandError> {
    let applications = &services.applications;
    match command {
        ApplicationCommand::Create(arguments) => {
            let made = applications.create(arguments.read()).await?;
            let (application, secret) = made.map_err(CommandError::Application)?;
            writeln!(
                stdout(),
                "Created {} ({}).",
                application.client_id,
                application.id
            )?;
            if let Some(secret) = secret {
                show(&secret)?;
            }
        }
        ApplicationCommand::List => {
            let mut lines = Vec::new();
            let all = applications.list().await?;
            for application in applications.not_made_yet(&all) {
                let line = line(&application, services);
                let line = format!("{line}  (made when a server starts)");
                lines.push((application.client_id, line));
            }
            for application in all {
                let line = line(&application, services);
                lines.push((application.client_id, line));
            }
            lines.sort();
            for (_, line) in lines {
                writeln!(stdout(), "{line}")?;
            }
        }
        ApplicationCommand::Update(arguments) => {
            let client_id = arguments.client_id.clone();
            let changed = applications.update(&client_id, arguments.read()).await?;
            let changed = changed.map_err(CommandError::Application)?;
            let told = match changed.withdrawn {
                0 => String::new(),
                1 => " One user lost scopes that it has no more.".to_owned(),
                many => format!(" {many} users lost scopes that it has no more."),
            };
            writeln!(stdout(), "Updated {client_id}.{told} {HEEDED}")?;
        }
        ApplicationCommand::RotateSecret { client_id } => {
            let secret = applications.rotate_secret(&client_id).await?;
            let secret = secret.map_err(refused)?;
            writeln!(
                stdout(),
                "Gave {client_id} a new secret; the old one is void. {HEEDED}"
            )?;
            show(&secret)?;
        }
        ApplicationCommand::Disable { client_id } => {
            let ended = applications.disable(&client_id).await?.map_err(refused)?;
            let told = match ended {
                0 => "No session was active.".to_owned(),
                1 => "One session ended.".to_owned(),
                many => format!("{many} sessions ended."),
            };
            writeln!(stdout(), "Disabled {client_id}. {told} {HEEDED}")?;
        }
        ApplicationCommand::Enable { client_id } => {
            applications.enable(&client_id).await?.map_err(refused)?;
            writeln!(stdout(), "Enabled {client_id}. {HEEDED}")?;
        }
    }
    Ok(())
}

impl CreateArguments {
    fn read(self) -> NewApplication {
        let described = self.description;
        let own = |change| match change {
            Some(LifetimeChange::Own(lifetime)) => Some(lifetime),
            Some(LifetimeChange::Default) | None => None,
        };
        NewApplication {
            client_id: self.client_id,
            name: described.name,
            audience: described.audience,
            allowed_origins: described.origin,
            scopes: described.scope.into_iter().collect(),
            lifetimes: OwnLifetimes {
                access: own(described.access_lifetime_seconds),
                idle: own(described.idle_lifetime_seconds),
                session: own(described.lifetime_seconds),
            },
            backchannel_logout_uri: described.backchannel_logout_uri,
            kind: if self.confidential {
                ClientKind::Confidential
            } else {
                ClientKind::Public
            },
        }
    }
}

impl UpdateArguments {
    fn read(self) -> ApplicationChanges {
        let described = self.description;
        let is_given = |list: &Vec<String>, clear| clear || !list.is_empty();
        let origins = is_given(&described.origin, self.clear_origins);
        let scopes = is_given(&described.scope, self.clear_scopes);
        ApplicationChanges {
            name: described.name,
            audience: described.audience,
            allowed_origins: origins.then_some(described.origin),
            scopes: scopes.then(|| described.scope.into_iter().collect()),
            access_lifetime: described.access_lifetime_seconds,
            idle_lifetime: described.idle_lifetime_seconds,
            session_lifetime: described.lifetime_seconds,
            backchannel_logout_uri: match described.backchannel_logout_uri {
                None => self.clear_backchannel_logout_uri.then_some(None),
                given => Some(given),
            },
        }
    }
}

fn refused(fault: ApplicationFault) -> CommandError {
    CommandError::Application(vec![fault])
}

fn show(secret: &ClientSecret) -> Result<(), CommandError> {
    writeln!(
        stdout(),
        "Its secret, which is not shown again: {}",
        secret.expose()
    )?;
    Ok(())
}

fn line(application: &Application, services: &Services) -> String {
    let source = match services.applications.source(&application.client_id) {
        Source::Default => "  (default)",
        Source::Declared => "  (declared)",
        Source::CommandLine => "",
    };
    let listed = |what: &str, list: String| match list.as_str() {
        "" => String::new(),
        list => format!("  {what} {list}"),
    };
    let uri = application.backchannel_logout_uri.clone();
    let lifetimes = services.registry.lifetimes(application);
    format!(
        "{}  {}  {}  {:?}  audience {}{}{}{}  lifetimes {} {} {}{source}",
        application.client_id,
        if application.enabled {
            "ENABLED "
        } else {
            "DISABLED"
        },
        if application.secret_hash.is_some() {
            "CONFIDENTIAL"
        } else {
            "PUBLIC      "
        },
        application.name,
        application.audience,
        listed("origins", application.allowed_origins.join(" ")),
        listed("scopes", application.scopes.to_string()),
        listed("told at", uri.unwrap_or_default()),
        lifetimes.access.as_secs(),
        lifetimes.idle.as_secs(),
        lifetimes.session.as_secs(),
    )
}
