//! Joining the processes that answer checks on one database.

use std::time::Duration;

use super::Revocations;
use super::watch::Watch;
use crate::config::RevocationCheck;
use crate::model::index_state::Epoch;
use crate::model::refusal::Stop;
use crate::store::index::IndexError;
use crate::store::redis::certification::Probe;
use crate::store::redis::rehearsal::COMMANDS;

/// Between two looks at the others.
const PAUSE: Duration = Duration::from_millis(20);

/// Why a process may not answer.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error(transparent)]
    Disagreement(#[from] Disagreement),
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// The Redis of `redis.url` can't keep revocations.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error(
        "the Redis of `redis.url` has the `maxmemory-policy` \"{policy}\": it would drop revocations when it is \
         full, and let in who was logged out; set it with `CONFIG SET maxmemory-policy noeviction`, and in redis.conf"
    )]
    Evicts { policy: String },
    #[error(
        "Redis does not let the user of `redis.url` do what is needed ({0}); see to its name and password, and allow it \
         with `ACL SETUSER <its name> ~cardea:* {COMMANDS}`"
    )]
    Forbidden(String),
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
            // The database was there a moment ago, and will be again.
            Err(Stop::Refused(_)) => tracing::warn!("starting without the ledger of revocations"),
            outcome => outcome?,
        }
        let joined = match self.agree().await {
            Ok(()) => self.look_at_redis().await,
            disagreed => disagreed,
        };
        if joined.is_err() {
            self.leave().await;
        }
        joined
    }

    /// Refuses a Redis that can't keep revocations. One that doesn't answer now will be looked at when
    /// it does.
    async fn look_at_redis(&self) -> Result<(), JoinError> {
        let Some(redis) = self.0.index.redis() else {
            return Ok(());
        };
        let state = self.0.database.tables().index_state().await;
        let state = state.map_err(Stop::from)?;
        let probe = match redis.rehearse().await {
            Ok(()) => redis.probe(&state).await,
            Err(error) => Err(error),
        };
        match probe {
            Ok(probe) if probe.policy != Probe::POLICY => Err(Unfit::Evicts {
                policy: probe.policy,
            }
            .into()),
            // The first server of all need not let anybody wait; and what is believed and should not be is
            // not to be asked even once.
            Ok(probe)
                if state.epoch == Epoch::default()
                    || probe.has_evicted
                    || self.is_behind(&probe) =>
            {
                self.certify(redis, &mut Watch::default()).await?;
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(IndexError::Forbidden(why)) => Err(Unfit::Forbidden(why.to_string()).into()),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "starting without Redis: checks are answered from the database"
                );
                Ok(())
            }
        }
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
