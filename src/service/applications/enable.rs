//! Disabling and enabling an application.

use super::{ApplicationFault, Applications, record};
use crate::model::application::Application;
use crate::model::audit::AuditAction;
use crate::model::refusal::Stop;
use crate::service::revocation::Confirmation;

impl Applications {
    /// Lets nobody sign in any more, and ends all sessions in one row of the ledger. Says how many
    /// it ended. What was disabled already is cut off again: whoever did it may have died before
    /// the index was told.
    pub async fn disable(&self, client_id: &str) -> Result<Result<u64, ApplicationFault>, Stop> {
        if let Err(fault) = self.judge_source(client_id) {
            return Ok(Err(fault));
        }
        match self.cut_off(client_id).await? {
            Ok((ended, confirmation)) => {
                confirmation.acknowledge()?;
                Ok(Ok(ended))
            }
            Err(fault) => Ok(Err(fault)),
        }
    }

    /// The same, whoever describes it.
    pub(super) async fn cut_off(
        &self,
        client_id: &str,
    ) -> Result<Result<(u64, Confirmation), ApplicationFault>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let tables = revoking.tables();
        tables.hold_ledger().await?;
        let Some(known) = tables.application_of_client(client_id).await? else {
            return Ok(Err(ApplicationFault::NotFound(client_id.to_owned())));
        };
        let wanted = Application {
            enabled: false,
            ..known
        };
        tables.update_application(&wanted).await?;
        let detail = "disabled".to_owned();
        record(&tables, AuditAction::ApplicationUpdated, &wanted, detail).await?;
        revoking.cut_off_application(&wanted).await?;
        let confirmation = revoking.commit_and_go_on().await?;
        self.registry.renew().await?;
        let ended = self.sessions.mark_ended_at(wanted.id).await?;
        Ok(Ok((ended, confirmation)))
    }

    /// Lets people sign in again. What was ended stays ended.
    pub async fn enable(&self, client_id: &str) -> Result<Result<(), ApplicationFault>, Stop> {
        if let Err(fault) = self.judge_source(client_id) {
            return Ok(Err(fault));
        }
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        tables.hold_ledger().await?;
        let Some(known) = tables.application_of_client(client_id).await? else {
            return Ok(Err(ApplicationFault::NotFound(client_id.to_owned())));
        };
        let wanted = Application {
            enabled: true,
            ..known
        };
        tables.update_application(&wanted).await?;
        let detail = "enabled".to_owned();
        record(&tables, AuditAction::ApplicationUpdated, &wanted, detail).await?;
        unit.commit().await?;
        self.registry.renew().await?;
        Ok(Ok(()))
    }
}
