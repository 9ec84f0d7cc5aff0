//! Joining the processes that answer checks on one database.

use std::time::Duration;

use super::Revocations;
use crate::config::RevocationCheck;
use crate::model::refusal::Stop;

/// Between two looks at the others.
const PAUSE: Duration = Duration::from_millis(20);

/// Why a process may not answer.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error(transparent)]
    Disagreement(#[from] Disagreement),
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// The others answer from something else: a logout of theirs would not be waited for here, or not
/// be there.
#[derive(Debug, thiserror::Error)]
#[error(
    "`revocation.check` is \"{}\", and a server that runs on the same database answers otherwise; \
     give all of them one value, and stop those that have the other first", own.as_str()
)]
pub struct Disagreement {
    own: RevocationCheck,
}

impl Revocations {
    /// Takes the lease, so that this process may answer checks.
    pub async fn join(&self) -> Result<(), JoinError> {
        match self.renew_lease().await {
            // The index will be there again: until it is, the ledger is asked.
            Err(Stop::Refused(_)) => tracing::warn!("starting without the index of revocations"),
            outcome => outcome?,
        }
        let agreed = self.agree().await;
        if agreed.is_err() {
            self.leave().await;
        }
        agreed
    }

    /// Waits for those who answer from something else, if they have died. Whoever starts at the
    /// same time sees this one's lease, or this one theirs.
    async fn agree(&self) -> Result<(), JoinError> {
        let own = self.0.lease.check();
        let mut first_seen = None;
        loop {
            let others = self.others_but(own).await?;
            let first_seen = first_seen.get_or_insert_with(|| others.clone());
            if others.is_empty() {
                return Ok(());
            }
            // A renewal shows that it lives.
            if others
                .iter()
                .any(|(id, renewals)| first_seen.get(id) != Some(renewals))
            {
                return Err(Disagreement { own }.into());
            }
            self.bury().await?;
            tokio::time::sleep(PAUSE).await;
        }
    }
}
