//! Changing an application: what it says of itself, and its secret.

use std::time::Duration;

use super::{ApplicationFault, Applications, record, secret};
use crate::model::application::{Application, OwnLifetimes};
use crate::model::audit::AuditAction;
use crate::model::refusal::Stop;
use crate::model::scope::Scopes;
use crate::model::secret::ClientSecret;
use crate::service::revocation::Confirmation;

/// What is to be different; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ApplicationChanges {
    pub name: Option<String>,
    pub audience: Option<String>,
    pub allowed_origins: Option<Vec<String>>,
    pub scopes: Option<Scopes>,
    pub access_lifetime: Option<LifetimeChange>,
    pub idle_lifetime: Option<LifetimeChange>,
    pub session_lifetime: Option<LifetimeChange>,
    /// `Some(None)`: it is told no more.
    pub backchannel_logout_uri: Option<Option<String>>,
}

/// Whose lifetime is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifetimeChange {
    /// That of all applications that have none of their own.
    Default,
    Own(Duration),
}

/// An application that was changed.
#[derive(Clone, Debug)]
pub struct Changed {
    pub application: Application,
    /// How many users lost scopes that it has no more.
    pub withdrawn: u64,
}

impl Applications {
    /// Changes an application, or says all that is wrong with what it would be. Scopes that it has
    /// no more are taken from its users, whose live tokens there are stale.
    pub async fn update(
        &self,
        client_id: &str,
        changes: ApplicationChanges,
    ) -> Result<Result<Changed, Vec<ApplicationFault>>, Stop> {
        if let Err(fault) = self.judge_source(client_id)
            && !(changes.is_of_scopes_alone() && fault.is_of_default())
        {
            return Ok(Err(vec![fault]));
        }
        let all = self.database.tables().applications().await?;
        let before = match self.plan(client_id, &changes, &all) {
            Ok((known, wanted)) => self.withdraw_before(known, &wanted).await?,
            Err(faults) => return Ok(Err(faults)),
        };
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        // Alone from here on: what is free now is free at the commit.
        tables.hold_ledger().await?;
        let all = tables.applications().await?;
        let (known, wanted) = match self.plan(client_id, &changes, &all) {
            Ok(plan) => plan,
            Err(faults) => return Ok(Err(faults)),
        };
        if wanted != *known {
            tables.update_application(&wanted).await?;
            if wanted.backchannel_logout_uri != known.backchannel_logout_uri {
                tables.retry_delivery(wanted.id).await?;
            }
            let detail = known.differences(&wanted);
            record(&tables, AuditAction::ApplicationUpdated, &wanted, detail).await?;
        }
        unit.commit().await?;
        self.registry.renew().await?;
        let after = self.withdraw_after(known, &wanted).await?;
        before.1.and(after.1).acknowledge()?;
        Ok(Ok(Changed {
            application: wanted,
            withdrawn: before.0 + after.0,
        }))
    }

    /// The application as it is, and as it is to be.
    fn plan<'a>(
        &self,
        client_id: &str,
        changes: &ApplicationChanges,
        all: &'a [Application],
    ) -> Result<(&'a Application, Application), Vec<ApplicationFault>> {
        let known = all.iter().find(|known| known.client_id == client_id);
        let known = known.ok_or_else(|| vec![self.missing(client_id)])?;
        let wanted = changes.clone().apply(known.clone());
        let faults = self.judge(&wanted, all);
        if faults.is_empty() {
            Ok((known, wanted))
        } else {
            Err(faults)
        }
    }

    /// Takes from the users what the application is to have no more, and what it has not yet and they
    /// hold since it had it once; says from how many. What is given back to an application is not
    /// given back to them.
    pub(super) async fn withdraw_before(
        &self,
        known: &Application,
        wanted: &Application,
    ) -> Result<(u64, Confirmation), Stop> {
        if known.scopes == wanted.scopes {
            return Ok((0, Confirmation::Everywhere));
        }
        let keep = known.scopes.intersection(&wanted.scopes);
        self.access.withdraw(known.id, &keep).await
    }

    /// The same of what was granted while that was done: from now on nobody grants it any more.
    pub(super) async fn withdraw_after(
        &self,
        known: &Application,
        wanted: &Application,
    ) -> Result<(u64, Confirmation), Stop> {
        if known.scopes.difference(&wanted.scopes).is_empty() {
            return Ok((0, Confirmation::Everywhere));
        }
        self.access.withdraw(known.id, &wanted.scopes).await
    }

    /// Gives an application a new secret; the old one is void. One that had none, and was public,
    /// is confidential from now on.
    pub async fn rotate_secret(
        &self,
        client_id: &str,
    ) -> Result<Result<ClientSecret, ApplicationFault>, Stop> {
        if let Err(fault) = self.judge_source(client_id) {
            return Ok(Err(fault));
        }
        let secret = secret::new();
        let hash = secret::hash(&secret);
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        tables.hold_ledger().await?;
        let Some(known) = tables.application_of_client(client_id).await? else {
            return Ok(Err(ApplicationFault::NotFound(client_id.to_owned())));
        };
        let wanted = Application {
            secret_hash: Some(hash),
            ..known
        };
        tables.update_application(&wanted).await?;
        let detail = "secret".to_owned();
        record(&tables, AuditAction::ApplicationUpdated, &wanted, detail).await?;
        unit.commit().await?;
        self.registry.renew().await?;
        Ok(Ok(secret))
    }
}

impl ApplicationChanges {
    /// The scopes of the default application are for the command line.
    const fn is_of_scopes_alone(&self) -> bool {
        matches!(
            self,
            Self {
                name: None,
                audience: None,
                allowed_origins: None,
                scopes: _,
                access_lifetime: None,
                idle_lifetime: None,
                session_lifetime: None,
                backchannel_logout_uri: None,
            }
        )
    }

    fn apply(self, known: Application) -> Application {
        let lifetime = |change: Option<LifetimeChange>, known| match change {
            None => known,
            Some(LifetimeChange::Default) => None,
            Some(LifetimeChange::Own(lifetime)) => Some(lifetime),
        };
        Application {
            name: self.name.unwrap_or(known.name),
            audience: self.audience.unwrap_or(known.audience),
            allowed_origins: self.allowed_origins.unwrap_or(known.allowed_origins),
            scopes: self.scopes.unwrap_or(known.scopes),
            lifetimes: OwnLifetimes {
                access: lifetime(self.access_lifetime, known.lifetimes.access),
                idle: lifetime(self.idle_lifetime, known.lifetimes.idle),
                session: lifetime(self.session_lifetime, known.lifetimes.session),
            },
            backchannel_logout_uri: self
                .backchannel_logout_uri
                .unwrap_or(known.backchannel_logout_uri),
            ..known
        }
    }
}
