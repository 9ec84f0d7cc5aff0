//! What the configuration takes away from applications, and who is in the way of one another.

use super::rules::{judge_beside, judge_shared};
use super::{Applications, Source, record};
use crate::model::application::Application;
use crate::model::audit::AuditAction;
use crate::model::refusal::Stop;
use crate::service::registry::declared;
use crate::service::revocation::Confirmation;

impl Applications {
    /// Makes applications as the configuration declares them: ends the sessions at those that it
    /// disables now, and takes from users the scopes that it has no more. For servers alone: a
    /// command may have been given another configuration.
    pub async fn heed_configuration(&self) -> Result<(), Stop> {
        // Before what is declared is given.
        for (known, wanted) in self.declared_beside(&self.list().await?) {
            note(known, self.withdraw_before(known, &wanted).await?.1);
        }
        self.registry.declare(&self.settings).await?;
        let all = self.list().await?;
        for (known, wanted) in self.declared_beside(&all) {
            note(known, self.take_away(known, &wanted).await?);
        }
        warn_of_collisions(&all);
        warn_of_shared(&all, &self.settings.http.allowed_origins);
        Ok(())
    }

    /// The declared applications that there are, as they are and as they are to be.
    fn declared_beside<'a>(&self, all: &'a [Application]) -> Vec<(&'a Application, Application)> {
        let declared = declared(&self.settings);
        let declared = declared.filter(|one| self.source(&one.client_id) == Source::Declared);
        let beside = declared.filter_map(|one| {
            let known = all.iter().find(|known| known.client_id == one.client_id)?;
            let wanted = Application {
                id: known.id,
                ..one
            };
            Some((known, wanted))
        });
        beside.collect()
    }

    async fn take_away(
        &self,
        known: &Application,
        wanted: &Application,
    ) -> Result<Confirmation, Stop> {
        let mut confirmation = Confirmation::Everywhere;
        if known.scopes != wanted.scopes {
            self.set_scopes(wanted).await?;
            confirmation = self.withdraw_after(known, wanted).await?.1;
        }
        if known.enabled && !wanted.enabled {
            let client_id = known.client_id.as_str();
            // Applications are never deleted.
            if let Ok((sessions, confirmed)) = self.cut_off(client_id).await? {
                confirmation = confirmation.and(confirmed);
                tracing::info!(client_id, sessions, "disabled");
            }
        }
        Ok(confirmation)
    }

    async fn set_scopes(&self, wanted: &Application) -> Result<(), Stop> {
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        tables.hold_ledger().await?;
        let known = tables.application_of_client(&wanted.client_id).await?;
        if let Some(known) = known {
            let changed = Application {
                scopes: wanted.scopes.clone(),
                ..known
            };
            tables.update_application(&changed).await?;
            let action = AuditAction::ApplicationUpdated;
            record(&tables, action, &changed, "scopes".to_owned()).await?;
        }
        unit.commit().await?;
        let client_id = wanted.client_id.as_str();
        tracing::info!(client_id, changed = "scopes", "application changed");
        self.registry.renew().await
    }
}

/// The ledger has it: the index gets it with the rest, when it is there again.
fn note(known: &Application, confirmation: Confirmation) {
    if confirmation == Confirmation::Pending {
        let client_id = known.client_id.as_str();
        tracing::warn!(client_id, "changed without the index of revocations");
    }
}

/// What the configuration declares may meet what the command line made, or what it declared once.
/// Nothing is refused for that: it could not be mended, then. What is disabled is in nobody's way.
fn warn_of_collisions(all: &[Application]) {
    let enabled: Vec<_> = all.iter().filter(|one| one.enabled).collect();
    for (index, one) in enabled.iter().enumerate() {
        let others = &enabled[..index];
        for fault in others.iter().flat_map(|other| judge_beside(one, other)) {
            tracing::warn!(client_id = one.client_id, "{fault}");
        }
    }
}

/// The same of the origins whose pages speak for any application.
fn warn_of_shared(all: &[Application], shared: &[String]) {
    for one in all.iter().filter(|one| one.enabled) {
        for fault in judge_shared(one, shared) {
            tracing::warn!(client_id = one.client_id, "{fault}");
        }
    }
}
