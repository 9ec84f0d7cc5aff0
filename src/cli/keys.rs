//! `cardea keys`: the keys that sign access tokens.

use std::io::{Write as _, stdout};

use clap::Subcommand;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{CommandError, open};
use crate::config::Config;
use crate::model::signing_key::KeyState;
use crate::service::Services;
use crate::service::keys::{Activation, Before, KeyReport, Rotation};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Show the keys, in the order in which they sign.
    List,
    /// Make the next key. It is published at once and signs ten minutes later; what the key before
    /// it has signed is taken until it expires.
    Rotate {
        /// Sign with it at once. Sub-systems that keep the published keys, and don't ask again when
        /// they lack one, refuse its tokens for up to five minutes.
        #[arg(long)]
        now: bool,
    },
    /// Take a key out of use that somebody else may have: whatever it has signed is dead. If it
    /// signs, a new key does so at once. Sessions go on.
    Revoke {
        /// Its `kid`, as `cardea keys list` shows it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

pub(super) async fn run(command: KeysCommand, config: Config) -> Result<(), CommandError> {
    let services = open(config).await?;
    let outcome = execute(command, &services).await;
    services.close().await;
    outcome
}

async fn execute(command: KeysCommand, services: &Services) -> Result<(), CommandError> {
    match command {
        KeysCommand::List => {
            for key in services.keys.list().await? {
                writeln!(stdout(), "{}", line(&key))?;
            }
        }
        KeysCommand::Rotate { now } => {
            let activation = if now {
                Activation::AtOnce
            } else {
                Activation::Announced
            };
            let rotation = services.keys.rotate(activation).await?;
            writeln!(stdout(), "{}", told(&rotation, activation))?;
        }
        KeysCommand::Revoke { kid } => {
            let revoked = services
                .revocations
                .revoke_key(&services.keys, &kid)
                .await?;
            let Some(revoked) = revoked else {
                return Err(CommandError::NoSuchKey(kid));
            };
            let told = match revoked.before {
                Before::Signing { successor } => format!(
                    "{successor} signs in its stead; running servers do so within ten seconds."
                ),
                Before::NotSigning => "It did not sign.".to_owned(),
                Before::Revoked => "It was revoked already.".to_owned(),
            };
            writeln!(stdout(), "Revoked {kid}. {told}")?;
        }
    }
    Ok(())
}

fn told(rotation: &Rotation, activation: Activation) -> String {
    match (rotation, activation) {
        (Rotation::Made(key), Activation::Announced) => {
            format!(
                "Made {}. It signs from {} on.",
                key.kid,
                time(key.activates_at)
            )
        }
        (Rotation::Made(key), Activation::AtOnce) => format!(
            "Made {}. It signs; running servers do so within ten seconds. Sub-systems may refuse \
             its tokens until they ask for the published keys again, which takes up to five minutes.",
            key.kid
        ),
        (Rotation::Waiting(key), _) => format!(
            "Nothing was made: {} is published already, and signs from {} on.",
            key.kid,
            time(key.activates_at)
        ),
    }
}

fn line(key: &KeyReport) -> String {
    let end = key.leaves_at.map_or_else(|| "replaced".to_owned(), time);
    let end = match key.state {
        KeyState::Revoked | KeyState::Gone => format!("kept until {end}"),
        KeyState::Published | KeyState::Signing | KeyState::Verifying => {
            format!("verifies until {end}")
        }
    };
    format!(
        "{}  {:<5}  {:<9}  created {}  active from {}  {end}",
        key.kid,
        key.algorithm.as_str(),
        key.state.as_str(),
        time(key.created_at),
        time(key.activates_at),
    )
}

fn time(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
