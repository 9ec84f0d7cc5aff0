//! After a restore from a backup: what was revoked since the backup was made is lost, so all is revoked.

use std::time::Duration;

use super::Revocations;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::refusal::Stop;
use crate::model::revocation::Position;

/// Further than the ledger can have come since the backup: four billion revocations. Two million
/// recoveries fit below 2^53, up to which every reader of a token counts exactly.
const LEAP: i64 = 1 << 32;

/// Between two looks at the leases.
const PAUSE: Duration = Duration::from_millis(50);

/// Why nothing was recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    #[error(
        "a server runs on this database: stop all of them, restore the backup, recover, and only then start them again"
    )]
    ServerRuns,
    #[error(
        "there is nothing to recover: no server has ever run on this database; is it the one that was restored? \
         `database.url`, `data.directory` and --config say which it is"
    )]
    Nothing,
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// What a recovery came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    pub applications: usize,
    /// The ledger goes on from here.
    pub position: Position,
}

impl Revocations {
    /// Begins a ledger of its own: under another name, from a position that no token was ever issued at;
    /// and cuts off all applications, so that nothing that was issued before is taken any more.
    pub async fn recover(&self) -> Result<Recovered, RecoverError> {
        let applications = self.0.database.tables().applications().await;
        if applications.map_err(Stop::from)?.is_empty() {
            return Err(RecoverError::Nothing);
        }
        let longest = self.outlast_leases().await?;
        let mut revoking = self.begin().await?;
        let tables = revoking.tables();
        tables.leap_ledger(LEAP).await.map_err(Stop::from)?;
        tables.rename_ledger().await.map_err(Stop::from)?;
        tables.forget_leases().await.map_err(Stop::from)?;
        let applications = tables.applications().await.map_err(Stop::from)?;
        for application in &applications {
            let event = AuditEvent {
                application: Some(application.id),
                detail: Some("recovered from a backup".to_owned()),
                ..AuditEvent::new(AuditAction::SessionRevoked, Actor::operator())
            };
            let tables = revoking.tables();
            tables.record(event).await.map_err(Stop::from)?;
            revoking.cut_off_application(application).await?;
        }
        let position = revoking.tables().ledger_position().await;
        let position = position.map_err(Stop::from)?;
        revoking.commit().await?;
        // Who took a lease at the last moment, and lost it by this, may answer for as long.
        tokio::time::sleep(longest).await;
        Ok(Recovered {
            applications: applications.len(),
            position,
        })
    }

    /// The leases of servers that ran when the backup was made are there as well: whoever doesn't renew
    /// his for its whole length answers no more. Gives the longest. A server that runs and has none left takes one anew.
    async fn outlast_leases(&self) -> Result<Duration, RecoverError> {
        let tables = self.0.database.tables();
        let first = tables.leases().await.map_err(Stop::from)?;
        let lengths = first.iter().map(|lease| lease.length);
        let longest = lengths.fold(self.0.lease.length(), Duration::max);
        // Clocks don't run alike.
        let longest = longest + longest / 100;
        let end = self.0.clock.boot() + longest;
        while self.0.clock.boot() < end {
            tokio::time::sleep(PAUSE).await;
            let now = tables.leases().await.map_err(Stop::from)?;
            // Given back is no matter.
            if now.iter().any(|lease| !first.contains(lease)) {
                return Err(RecoverError::ServerRuns);
            }
        }
        Ok(longest)
    }
}
