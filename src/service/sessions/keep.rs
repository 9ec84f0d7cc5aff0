//! Keeping one's own session beyond a cut-off: it gets new tokens, for the cut-off kills its old
//! ones as well.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Sessions;
use super::issue::{Pending, Times};
use crate::model::caller::CurrentSession;
use crate::model::refresh::RefreshState;
use crate::model::refusal::{Fault, Stop, Unauthenticated};
use crate::model::revocation::Position;
use crate::model::secret::RefreshToken;
use crate::model::session::{EndReason, Session, SessionState};
use crate::store::database::{Rotation, Tables};

impl Sessions {
    /// Takes the caller's session for the rest of the transaction, if it is alive: nobody ends or
    /// refreshes it meanwhile.
    pub(super) async fn hold(
        &self,
        tables: &Tables<'_>,
        caller: &CurrentSession,
    ) -> Result<Session, Stop> {
        // The user's row before the session's, as everybody takes them.
        tables.hold_user(caller.user()).await?;
        let ended = |reason| Stop::from(Unauthenticated::Ended(reason));
        let session = tables.hold_session(caller.session()).await?;
        let session = session.ok_or_else(|| ended(EndReason::Revoked))?;
        match session.standing_at(self.clock.now()) {
            SessionState::Active => Ok(session),
            SessionState::Ended { reason, .. } => Err(ended(reason)),
        }
    }

    /// Decides on the tokens of a session that is held. Their `rev`, as the session's position, is
    /// the cut-off's own: with an older one they would be born dead.
    pub(super) async fn keep(
        &self,
        tables: &Tables<'_>,
        session: Session,
        cutoff: Position,
    ) -> Result<Pending, Stop> {
        let (_, now) = tables.issuing_point().await?;
        let application = tables.application(session.application).await?;
        let application = application.ok_or(Unauthenticated::Ended(EndReason::Revoked))?;
        let grant = tables.grant(session.user, session.application).await?;
        // A cut-off that marks no rows has ended it as well: it must not be kept beyond that one.
        if !application.enabled || application.cutoff.max(grant.cutoff) > session.position {
            return Err(Unauthenticated::Ended(EndReason::Revoked).into());
        }
        let lifetimes = self.registry.lifetimes(&application);
        let times = Times::starting(now, lifetimes, session.expires_at);
        let (refresh, to) = self.next_refresh_token(&session, now);
        let rotation = Rotation {
            session: session.id,
            from: session.refresh.map_or(0, |state| state.rotation),
            position: session.position,
            to,
            refreshed_at: now,
            idle_expires_at: times.idle_expires_at,
            token_expires_at: times.validity.expires_at,
            kept_at: Some(cutoff),
        };
        if !tables.refresh_session(&rotation).await? {
            return Err(Fault {
                doing: "keeping a session",
                source: "it changed while it was held".into(),
            }
            .into());
        }
        Ok(Pending {
            scopes: grant.scopes.intersection(&application.scopes),
            session: Session {
                idle_expires_at: times.idle_expires_at,
                position: cutoff,
                ..session
            },
            application: Arc::new(application),
            rev: cutoff,
            validity: times.validity,
            refresh,
        })
    }

    /// As if the current one had been shown: who shows it a moment later gets the same. One that
    /// was made a moment ago stays current: another tab may still show the one before, and must not
    /// be taken for a thief.
    fn next_refresh_token(
        &self,
        session: &Session,
        now: OffsetDateTime,
    ) -> (RefreshToken, RefreshState) {
        let Some(state) = session.refresh else {
            let (token, hash) = self.refresh_tokens.first(session.id);
            return (token, RefreshState::first(hash, now));
        };
        if let Some(previous) = state.previous
            && now < state.rotated_at + self.rules.grace
        {
            let (token, _) = self
                .refresh_tokens
                .successor(session.id, state.rotation, previous);
            return (token, state);
        }
        let (used, next) = (state.current, state.rotation + 1);
        let (token, hash) = self.refresh_tokens.successor(session.id, next, used);
        (token, state.rotated(used, hash, now))
    }
}
