//! The allowlist: is this token's session known to be alive?

use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard};

use super::Revocations;
use crate::config::RevocationList;
use crate::metrics::{Watch, Why};
use crate::model::id::SessionId;
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::revocation::{Candidate, Entry, Findings, Revocation};
use crate::model::session::EndReason;
use crate::model::token::RETENTION_MARGIN;
use crate::store::database::SessionStanding;
use crate::store::index::{IndexError, Presence};

/// What the index says of a token.
type Found = (Findings, Option<Presence>);

/// How many sessions are asked after at once. A restart that forgot all of them is no reason to
/// take every connection from those who log in.
const LANES: usize = 8;

/// The questions that this process asks the session table. Those about one session take one lane:
/// of a hundred requests that miss it at once the first asks, and the others find its answer.
pub(super) struct Questions([Mutex<()>; LANES]);

impl Questions {
    pub(super) const fn new() -> Self {
        Self([const { Mutex::const_new(()) }; LANES])
    }

    async fn lane(&self, session: SessionId) -> MutexGuard<'_, ()> {
        // The end of a UUIDv7 is random.
        let [.., last] = session.0.into_bytes();
        self.0[usize::from(last) % LANES].lock().await
    }
}

impl Revocations {
    /// To be told after the commit of whatever gave a session a token: it spares its first request
    /// a question. That it could not be noted is no harm: who is absent is asked after.
    ///
    /// Nor is it if the session was ended meanwhile, and the note comes late: a check asks for
    /// what is dead in the same breath, and dead beats present.
    pub async fn admit(&self, session: SessionId, until: OffsetDateTime) {
        if self.0.list == RevocationList::Deny {
            return;
        }
        let noted = self.0.index.admit(session, Presence { until }).await;
        if let Err(error) = noted {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, %session, "could not note that a session lives");
        }
    }

    /// Refuses a token that is revoked, and one of a session that nobody knows to be alive.
    pub(super) async fn check_presence(
        &self,
        token: &Candidate<'_>,
        watch: &mut Watch,
    ) -> Result<(), Stop> {
        match self.look_for(token).await {
            Ok(found) if self.is_present(token, &found)? => return Ok(()),
            Ok(_) => {}
            Err(error) => return self.ask_in_its_stead(&error, token, watch).await,
        }
        self.0.metrics.checks.fall_back(watch, Why::Presence);
        // Boxed: few requests ask, and all would carry it.
        let question = Box::pin(self.ask(token));
        let answer = tokio::time::timeout(self.0.lease.length(), question).await;
        answer.unwrap_or(Err(Refusal::StoreUnavailable.into()))
    }

    async fn look_for(&self, token: &Candidate<'_>) -> Result<Found, IndexError> {
        let index = &self.0.index;
        index
            .look_up_with_presence(token.marks, token.session)
            .await
    }

    /// `false` is a question, not a no.
    fn is_present(&self, token: &Candidate<'_>, found: &Found) -> Result<bool, Refusal> {
        let (findings, presence) = found;
        self.pass(token, findings)?;
        Ok(presence.is_some_and(|presence| token.expires_at <= presence.until.unix_timestamp()))
    }

    /// Asks the ledger and the session table. An index that forgot that a session lives may have
    /// forgotten as well what speaks against it, so it is told that first.
    async fn ask(&self, token: &Candidate<'_>) -> Result<(), Stop> {
        let _lane = self.0.questions.lane(token.session).await;
        // Whoever was in the lane before may have asked the same. What they were told before this
        // request began is not taken on trust: what was revoked since is looked for again.
        if let Ok(found) = self.look_for(token).await
            && self.is_present(token, &found)?
        {
            return Ok(());
        }
        let tables = self.0.database.tables();
        let rows = tables.ledger_about(&token.marks.0).await?;
        let handed_over = self.0.index.take(&rows).await;
        self.pass(token, &findings(token, &rows))?;
        let until = self.live_until(token.session).await?;
        match handed_over {
            Ok(()) => self.admit(token.session, until).await,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not hand the ledger's rows to the index");
            }
        }
        Ok(())
    }

    /// Until when a session's tokens live, or why they don't.
    pub(super) async fn live_until(&self, session: SessionId) -> Result<OffsetDateTime, Stop> {
        let dead = |reason| Err(Unauthenticated::Ended(reason).into());
        match self.0.database.tables().session_standing(session).await? {
            SessionStanding::Alive {
                ends_at,
                token_expires_at,
            } if self.0.clock.now() < ends_at + RETENTION_MARGIN => Ok(token_expires_at),
            SessionStanding::Alive { .. } => dead(EndReason::Expired),
            SessionStanding::Ended(reason) => dead(reason),
            // The ledger's row would have told the reason; it is gone, and so is the session.
            SessionStanding::CutOff | SessionStanding::Unknown => dead(EndReason::Revoked),
        }
    }
}

/// What the ledger says of a token's marks, as the index would.
pub(super) fn findings(token: &Candidate<'_>, rows: &[Revocation]) -> Findings {
    token.marks.0.map(|mark| {
        rows.iter()
            .filter(|row| row.mark == mark)
            .map(|row| row.entry)
            .reduce(Entry::merge)
    })
}
