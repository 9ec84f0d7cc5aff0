//! Making an application.

use super::secret;
use super::{ApplicationFault, Applications, record};
use crate::model::application::{Application, OwnLifetimes};
use crate::model::audit::AuditAction;
use crate::model::id::ApplicationId;
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::model::secret::ClientSecret;

/// An application that is to be.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub client_id: String,
    /// By default the client id.
    pub name: Option<String>,
    /// By default the client id.
    pub audience: Option<String>,
    pub allowed_origins: Vec<String>,
    pub scopes: Scopes,
    pub lifetimes: OwnLifetimes,
    /// Where it is told of the end of each session.
    pub backchannel_logout_uri: Option<String>,
    pub kind: ClientKind,
}

/// Whether it can keep a secret (RFC 6749, section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    Public,
    Confidential,
}

/// An application that was made, and its secret, of which only the hash is kept.
pub(crate) type Made = (Application, Option<ClientSecret>);

impl Applications {
    /// Makes an application, or says all that is wrong with it.
    pub async fn create(
        &self,
        new: NewApplication,
    ) -> Result<Result<Made, Vec<ApplicationFault>>, Stop> {
        if let Err(fault) = self.judge_source(&new.client_id) {
            return Ok(Err(vec![fault]));
        }
        let secret = (new.kind == ClientKind::Confidential).then(secret::new);
        let wanted = Application {
            id: ApplicationId::new(),
            name: new.name.unwrap_or_else(|| new.client_id.clone()),
            audience: new.audience.unwrap_or_else(|| new.client_id.clone()),
            client_id: new.client_id,
            allowed_origins: new.allowed_origins,
            scopes: new.scopes,
            secret_hash: secret.as_ref().map(secret::hash),
            lifetimes: new.lifetimes,
            enabled: true,
            cutoff: Position::default(),
            backchannel_logout_uri: new.backchannel_logout_uri,
        };
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        // Alone from here on: what is free now is free at the commit.
        tables.hold_ledger().await?;
        let faults = self.judge(&wanted, &tables.applications().await?);
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        tables.insert_application(&wanted).await?;
        let detail = wanted.client_id.clone();
        record(&tables, AuditAction::ApplicationCreated, &wanted, detail).await?;
        unit.commit().await?;
        self.registry.renew().await?;
        Ok(Ok((wanted, secret)))
    }
}
