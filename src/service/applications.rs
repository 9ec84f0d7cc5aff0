//! Applications: making, changing, disabling and enabling what people sign in to.

mod change;
mod create;
mod declared;
mod enable;
mod rules;
mod secret;

use std::sync::Arc;

pub use self::change::{ApplicationChanges, LifetimeChange};
pub use self::create::{ClientKind, NewApplication};
pub use self::rules::ApplicationFault;

use super::access::Access;
use super::registry::{Registry, declared};
use super::revocation::Revocations;
use super::sessions::Sessions;
use crate::config::Config;
use crate::model::application::Application;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::refusal::Stop;
use crate::store::database::{Database, StoreError, Tables};

/// Every use case of an application.
#[derive(Clone)]
pub struct Applications {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    access: Access,
    sessions: Sessions,
    settings: Arc<Config>,
}

/// Who describes an application: only there it can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The keys of `[tokens]`; its scopes are for the command line.
    Default,
    /// A table of the configuration.
    Declared,
    /// The command line.
    CommandLine,
}

impl Applications {
    #[must_use]
    pub fn new(
        database: Database,
        registry: Registry,
        revocations: Revocations,
        access: Access,
        sessions: Sessions,
        config: &Config,
    ) -> Self {
        Self {
            database,
            registry,
            revocations,
            access,
            sessions,
            settings: Arc::new(config.clone()),
        }
    }

    /// All applications, in the order of their client ids.
    pub async fn list(&self) -> Result<Vec<Application>, Stop> {
        Ok(self.database.tables().applications().await?)
    }

    /// Those that the configuration describes, and no server has made yet.
    #[must_use]
    pub fn not_made_yet(&self, all: &[Application]) -> Vec<Application> {
        let is_made = |one: &Application| all.iter().any(|known| known.client_id == one.client_id);
        declared(&self.settings)
            .filter(|one| !is_made(one))
            .collect()
    }

    /// That there is none with this client id, and what to do about it.
    #[must_use]
    pub fn missing(&self, client_id: &str) -> ApplicationFault {
        match self.source(client_id) {
            Source::CommandLine => ApplicationFault::NotFound(client_id.to_owned()),
            Source::Default | Source::Declared => {
                ApplicationFault::NotMadeYet(client_id.to_owned())
            }
        }
    }

    /// The application with this client id.
    pub async fn find(&self, client_id: &str) -> Result<Option<Application>, Stop> {
        let tables = self.database.tables();
        Ok(tables.application_of_client(client_id).await?)
    }

    /// Who describes it.
    #[must_use]
    pub fn source(&self, client_id: &str) -> Source {
        let mut declared = self.settings.applications.iter();
        if client_id == self.settings.tokens.client_id {
            Source::Default
        } else if declared.any(|declared| declared.client_id == client_id) {
            Source::Declared
        } else {
            Source::CommandLine
        }
    }
}

async fn record(
    tables: &Tables<'_>,
    action: AuditAction,
    application: &Application,
    detail: String,
) -> Result<(), StoreError> {
    let event = AuditEvent::of_application(action, application.id, detail);
    tables.record(event).await
}
