//! Keeping one's own session beyond a cut-off: it gets a new access token, for the cut-off kills
//! its old ones as well.

use std::sync::Arc;

use super::Sessions;
use super::issue::{Pending, Times};
use crate::model::application::Application;
use crate::model::caller::CurrentSession;
use crate::model::refresh::{RefreshEra, RefreshState};
use crate::model::refusal::{Fault, Stop, Unauthenticated};
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::model::session::{EndReason, Session, SessionState};
use crate::store::database::{Rotation, Tables};

/// A session that is alive, and that nobody ends or refreshes before the transaction is over; with
/// all that its next token says, so that nothing is left to be read when the counter is held.
pub(super) struct Held {
    pub session: Session,
    application: Application,
    scopes: Scopes,
    times: Times,
}

/// What becomes of the session's refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshAfter {
    /// It stays good: who has only an access token must not get more by this.
    Stays,
    /// It is replaced by one that nobody else has, whoever has the old one.
    Renewed,
}

impl Sessions {
    /// Takes the caller's session for the rest of the transaction, if it is alive.
    pub(super) async fn hold(
        &self,
        tables: &Tables<'_>,
        caller: &CurrentSession,
    ) -> Result<Held, Stop> {
        let ended = |reason| Stop::from(Unauthenticated::Ended(reason));
        // The user's row before the session's, as everybody takes them.
        tables.hold_user(caller.user()).await?;
        let session = tables.hold_session(caller.session()).await?;
        let session = session.ok_or_else(|| ended(EndReason::Revoked))?;
        let (_, now) = tables.issuing_point().await?;
        if let SessionState::Ended { reason, .. } = session.standing_at(now) {
            return Err(ended(reason));
        }
        let application = tables.application(session.application).await?;
        let application = application.ok_or_else(|| ended(EndReason::Revoked))?;
        let grant = tables.grant(session.user, session.application).await?;
        // A cut-off that marks no rows has ended it as well: it must not be kept beyond that one.
        if !application.enabled || application.cutoff.max(grant.cutoff) > session.position {
            return Err(ended(EndReason::Revoked));
        }
        let lifetimes = self.registry.lifetimes(&application);
        Ok(Held {
            times: Times::starting(now, lifetimes, session.expires_at),
            scopes: grant.scopes.intersection(&application.scopes),
            session,
            application,
        })
    }

    /// Decides on the tokens of a session that is held. Their `rev`, as the session's position, is
    /// the cut-off's own: with an older one they would be born dead.
    pub(super) async fn keep(
        &self,
        tables: &Tables<'_>,
        held: Held,
        cutoff: Position,
        after: RefreshAfter,
    ) -> Result<Pending, Stop> {
        let Held {
            session,
            application,
            scopes,
            times,
        } = held;
        let now = times.validity.issued_at;
        let (refresh, to, idle_expires_at) = match after {
            RefreshAfter::Stays => {
                // An access token never outlives its session.
                let idle = session.idle_expires_at.max(times.validity.expires_at);
                (None, session.refresh, idle)
            }
            RefreshAfter::Renewed => {
                let era = session
                    .refresh
                    .map_or_else(RefreshEra::default, |state| state.era.next());
                let (token, hash) = self.refresh_tokens.first(session.id, era);
                let first = RefreshState::first(hash, now);
                let state = session
                    .refresh
                    .map_or(first, |state| state.renewed(hash, now));
                (Some(token), Some(state), times.idle_expires_at)
            }
        };
        let rotation = Rotation {
            session: session.id,
            from: session.refresh.map_or(0, |state| state.rotation),
            position: session.position,
            to,
            refreshed_at: now,
            idle_expires_at,
            token_expires_at: times.validity.expires_at,
            kept_at: Some(cutoff),
        };
        if !tables.refresh_session(&rotation).await? {
            return Err(changed());
        }
        Ok(Pending {
            scopes,
            session: Session {
                idle_expires_at,
                position: cutoff,
                ..session
            },
            application: Arc::new(application),
            rev: cutoff,
            validity: times.validity,
            refresh,
        })
    }
}

fn changed() -> Stop {
    Fault {
        doing: "keeping a session",
        source: "it changed while it was held".into(),
    }
    .into()
}
