//! How a refresh token stands: the one rule for whoever uses it, and for whoever only asks.

use time::OffsetDateTime;

use super::{RefreshFailure, Sessions};
use crate::crypto::refresh_token::Authentic;
use crate::model::application::{Application, Grant};
use crate::model::id::ApplicationId;
use crate::model::refresh::{RefreshState, Shown};
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::model::session::{EndReason, Session, SessionState};
use crate::model::user::UserStatus;
use crate::store::database::Tables;

/// What a session's next tokens depend on, and what was shown of its last ones.
pub(super) struct Standing {
    pub session: Session,
    pub state: RefreshState,
    pub shown: Shown,
    pub application: Application,
    pub grant: Grant,
    pub rev: Position,
    pub now: OffsetDateTime,
}

/// A refresh token that would be taken now.
#[derive(Debug)]
pub struct LiveRefreshToken {
    pub session: Session,
    /// What the next access token could be used for.
    pub scopes: Scopes,
    /// When it was given out: that is known of the newest one.
    pub issued_at: Option<OffsetDateTime>,
}

impl Sessions {
    /// Looks at a refresh token, if a refresh with it would be taken now, at this application.
    /// It is not used by that; and one that was used up before ends nothing here.
    pub async fn live_refresh_token(
        &self,
        token: Authentic,
        at: ApplicationId,
    ) -> Result<Option<LiveRefreshToken>, Stop> {
        let tables = self.database.tables();
        let Ok(standing) = self.standing(&tables, token, Some(at)).await? else {
            return Ok(None);
        };
        let issued_at = match standing.shown {
            Shown::Reused => return Ok(None),
            Shown::Current => Some(standing.state.rotated_at),
            Shown::Replayed | Shown::Late => None,
        };
        Ok(Some(LiveRefreshToken {
            scopes: standing.scopes(),
            session: standing.session,
            issued_at,
        }))
    }

    /// How a token that we once gave out stands, where it was shown, if that was told. First the
    /// position and the time are read, then, each in a statement of its own, the state.
    pub(super) async fn standing(
        &self,
        tables: &Tables<'_>,
        token: Authentic,
        at: Option<ApplicationId>,
    ) -> Result<Result<Standing, RefreshFailure>, Stop> {
        let (rev, now) = tables.issuing_point().await?;
        let session = tables.session(token.session).await?;
        let Some(session) = session else {
            return Ok(Err(RefreshFailure::Revoked));
        };
        if at.is_some_and(|at| at != session.application) {
            return Ok(Err(RefreshFailure::Invalid));
        }
        let Some(state) = session.refresh else {
            return Ok(Err(RefreshFailure::Invalid));
        };
        let shown = state.judge(token.hash, now, self.rules.grace);
        let is_reused = shown == Shown::Reused;
        match session.standing_at(now) {
            SessionState::Active => {}
            // Whoever ended it may have died before the index had it: it is handed over again.
            SessionState::Ended {
                reason: EndReason::RefreshTokenReused,
                ..
            } if is_reused => {}
            SessionState::Ended { reason, .. } => return Ok(Err(failure_of(reason))),
        }
        let user = tables.user(session.user).await?;
        let application = tables.application(session.application).await?;
        let grant = tables.grant(session.user, session.application).await?;
        let (Some(user), Some(application)) = (user, application) else {
            return Ok(Err(RefreshFailure::Revoked));
        };
        let cutoff = user.cutoff.max(application.cutoff).max(grant.cutoff);
        let is_allowed = user.status == UserStatus::Active && application.enabled;
        if !is_reused && (!is_allowed || cutoff > session.position) {
            return Ok(Err(RefreshFailure::Revoked));
        }
        Ok(Ok(Standing {
            session,
            state,
            shown,
            application,
            grant,
            rev,
            now,
        }))
    }
}

impl Standing {
    /// What the next access token can be used for.
    pub(super) fn scopes(&self) -> Scopes {
        self.grant.scopes.intersection(&self.application.scopes)
    }
}

const fn failure_of(reason: EndReason) -> RefreshFailure {
    match reason {
        EndReason::Expired => RefreshFailure::Expired,
        EndReason::RefreshTokenReused => RefreshFailure::Reused,
        _ => RefreshFailure::Revoked,
    }
}
