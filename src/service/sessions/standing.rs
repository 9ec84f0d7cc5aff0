//! How a refresh token stands: the one rule for whoever uses it, and for whoever only asks.

use time::OffsetDateTime;

use super::refresh::ATTEMPTS;
use super::{RefreshFailure, Sessions};
use crate::crypto::refresh_token::Authentic;
use crate::model::application::{Application, Grant};
use crate::model::id::ApplicationId;
use crate::model::refresh::{RefreshState, Shown};
use crate::model::refusal::{Refusal, Stop};
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

/// Why a refresh token is not taken.
pub(super) enum Unfit {
    Failed(RefreshFailure),
    /// Something was cut off while it was looked at: it must be looked at again.
    Overtaken,
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
        for _ in 0..ATTEMPTS {
            match self.standing(&tables, token, Some(at)).await? {
                Ok(standing) => return Ok(standing.live()),
                Err(Unfit::Failed(_)) => return Ok(None),
                Err(Unfit::Overtaken) => {}
            }
        }
        Err(Refusal::StoreUnavailable.into())
    }

    /// How a token that we once gave out stands, where it was shown, if that was told. First the
    /// position and the time are read, then, each in a statement of its own, the state.
    pub(super) async fn standing(
        &self,
        tables: &Tables<'_>,
        token: Authentic,
        at: Option<ApplicationId>,
    ) -> Result<Result<Standing, Unfit>, Stop> {
        let failed = |why| Ok(Err(Unfit::Failed(why)));
        let (rev, now) = tables.issuing_point().await?;
        let session = tables.session(token.session).await?;
        let Some(session) = session else {
            return failed(RefreshFailure::Over(None));
        };
        if at.is_some_and(|at| at != session.application) {
            return failed(RefreshFailure::Invalid);
        }
        let Some(state) = session.refresh else {
            return failed(RefreshFailure::Invalid);
        };
        let shown = state.judge(token.mark, now, self.rules.grace);
        let is_reused = shown == Shown::Reused;
        match session.standing_at(now) {
            SessionState::Active => {}
            // Whoever ended it may have died before the index had it: it is handed over again.
            SessionState::Ended {
                reason: EndReason::RefreshTokenReused,
                ..
            } if is_reused => {}
            SessionState::Ended { reason, .. } => {
                return failed(RefreshFailure::Over(Some(reason)));
            }
        }
        let user = tables.user(session.user).await?;
        let application = tables.application(session.application).await?;
        let grant = tables.grant(session.user, session.application).await?;
        let (Some(user), Some(application)) = (user, application) else {
            return failed(RefreshFailure::Over(None));
        };
        let cutoff = user.cutoff.max(application.cutoff).max(grant.cutoff);
        // Something was cut off while this was read, and perhaps the session kept beyond it: a token
        // of the position that was read would be born dead, and a cut-off need not be the session's.
        if cutoff.max(session.position) > rev {
            return Ok(Err(Unfit::Overtaken));
        }
        let is_allowed = user.status == UserStatus::Active && application.enabled;
        if !is_reused && (!is_allowed || cutoff > session.position) {
            return failed(RefreshFailure::Over(None));
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
    /// What is told of a token that would be taken; of a used-up one nothing.
    fn live(self) -> Option<LiveRefreshToken> {
        let issued_at = match self.shown {
            Shown::Reused | Shown::Withdrawn => return None,
            Shown::Current => Some(self.state.rotated_at),
            Shown::Replayed | Shown::Late => None,
        };
        Some(LiveRefreshToken {
            scopes: self.scopes(),
            session: self.session,
            issued_at,
        })
    }

    /// What the next access token can be used for.
    pub(super) fn scopes(&self) -> Scopes {
        self.grant.scopes.intersection(&self.application.scopes)
    }
}
