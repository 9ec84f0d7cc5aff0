//! What the configuration declares of applications is so from a server's start on.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::config::{self, Config};
use crate::crypto::digest::sha256;
use crate::model::application::{Application, Lifetimes, OwnLifetimes};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::id::ApplicationId;
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::store::database::{Database, StoreError};

/// Writes the default application and the declared ones, where they aren't so already.
pub(super) async fn declare(database: &Database, config: &Config) -> Result<(), StoreError> {
    for declared in declared(config) {
        let known = database
            .tables()
            .application_of_client(&declared.client_id)
            .await?;
        if known.is_none_or(|known| wanted(&declared, &known) != known) {
            write(database, declared).await?;
        }
    }
    Ok(())
}

async fn write(database: &Database, declared: Application) -> Result<(), StoreError> {
    let unit = database.begin().await?;
    let tables = unit.tables();
    // Alone from here on: another server may be starting, too.
    tables.hold_ledger().await?;
    let known = tables.application_of_client(&declared.client_id).await?;
    let Some(known) = known else {
        tables.insert_application(&declared).await?;
        let (action, detail) = (AuditAction::ApplicationCreated, declared.client_id.clone());
        let event = AuditEvent::of_application(action, declared.id, detail);
        tables.record(event).await?;
        unit.commit().await?;
        let client_id = declared.client_id.as_str();
        tracing::info!(client_id, "application made");
        return Ok(());
    };
    let wanted = wanted(&declared, &known);
    let changed = known.differences(&wanted);
    if changed.is_empty() {
        return Ok(());
    }
    tables.update_application(&wanted).await?;
    if wanted.backchannel_logout_uri != known.backchannel_logout_uri {
        tables.retry_delivery(known.id).await?;
    }
    let action = AuditAction::ApplicationUpdated;
    let event = AuditEvent::of_application(action, known.id, changed.clone());
    tables.record(event).await?;
    unit.commit().await?;
    let client_id = declared.client_id.as_str();
    tracing::info!(client_id, changed, "application changed");
    Ok(())
}

/// What is declared, as far as it gives: what it takes away concerns sessions and grants, and is not
/// done here. What users may be granted at the default application is for the command line.
fn wanted(declared: &Application, known: &Application) -> Application {
    Application {
        id: known.id,
        cutoff: known.cutoff,
        enabled: known.enabled || declared.enabled,
        scopes: known.scopes.union(&declared.scopes),
        ..declared.clone()
    }
}

/// The lifetimes of applications that set none themselves.
pub(super) const fn default_lifetimes(config: &Config) -> Lifetimes {
    Lifetimes {
        access: Duration::from_secs(config.tokens.access_lifetime_seconds),
        idle: Duration::from_secs(config.sessions.idle_lifetime_seconds),
        session: Duration::from_secs(config.sessions.lifetime_seconds),
    }
}

pub(in crate::service) fn declared(config: &Config) -> impl Iterator<Item = Application> + '_ {
    let tokens = &config.tokens;
    let default = Application {
        id: ApplicationId::new(),
        client_id: tokens.client_id.clone(),
        name: tokens.client_id.clone(),
        audience: tokens.audience.clone(),
        allowed_origins: Vec::new(),
        scopes: Scopes::default(),
        secret_hash: None,
        lifetimes: OwnLifetimes::default(),
        enabled: true,
        cutoff: Position(0),
        backchannel_logout_uri: None,
    };
    std::iter::once(default).chain(config.applications.iter().map(application))
}

fn application(declared: &config::Application) -> Application {
    let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
    let secret = declared.secret.as_ref();
    Application {
        id: ApplicationId::new(),
        client_id: declared.client_id.clone(),
        name: declared.name().to_owned(),
        audience: declared.audience().to_owned(),
        allowed_origins: declared.allowed_origins.clone(),
        scopes: declared.scopes.iter().cloned().collect(),
        secret_hash: secret.map(|secret| sha256(secret.expose_secret().as_bytes())),
        lifetimes: OwnLifetimes {
            access: seconds(declared.access_lifetime_seconds),
            idle: seconds(declared.idle_lifetime_seconds),
            session: seconds(declared.lifetime_seconds),
        },
        enabled: declared.enabled,
        cutoff: Position(0),
        backchannel_logout_uri: declared.backchannel_logout_uri.clone(),
    }
}
