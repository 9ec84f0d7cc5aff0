//! What the configuration takes away from applications, and who is in the way of one another.

use super::rules::judge_beside;
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
        self.registry.declare(&self.settings).await?;
        let all = self.list().await?;
        for wanted in declared(&self.settings) {
            let known = all.iter().find(|known| known.client_id == wanted.client_id);
            let is_declared = self.source(&wanted.client_id) == Source::Declared;
            if let Some(known) = known.filter(|_| is_declared) {
                let wanted = Application {
                    id: known.id,
                    ..wanted
                };
                if self.take_away(known, &wanted).await? == Confirmation::Pending {
                    // The ledger has it: the index gets it with the rest, when it is there again.
                    let client_id = known.client_id.as_str();
                    tracing::warn!(client_id, "changed without the index of revocations");
                }
            }
        }
        warn_of_collisions(&all);
        Ok(())
    }

    async fn take_away(
        &self,
        known: &Application,
        wanted: &Application,
    ) -> Result<Confirmation, Stop> {
        let (_, mut confirmation) = self.withdraw(known, wanted).await?;
        if known.scopes != wanted.scopes {
            self.set_scopes(wanted).await?;
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
        self.registry.renew().await
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
