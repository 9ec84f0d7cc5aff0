//! Refreshing a session: a new access token for a refresh token, which is used up by that.

use std::sync::Arc;

use super::Sessions;
use super::issue::{Pending, SessionTokens, Times};
use super::standing::{Standing, Unfit};
use crate::crypto::refresh_token::Authentic;
use crate::model::audit::Actor;
use crate::model::caller::{Origin, RefreshCookies};
use crate::model::cookie::CookieChange;
use crate::model::id::ApplicationId;
use crate::model::refresh::Shown;
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::marks_of_session;
use crate::model::secret::RefreshToken;
use crate::model::session::{EndReason, Session, SessionState, TokenTransport};
use crate::service::revocation::Cause;
use crate::store::database::{Rotation, Unit};

/// How often a refresh that another one overtook is tried again. Each time somebody else was
/// served, so a few are enough for as many tabs as anybody has.
pub(super) const ATTEMPTS: usize = 16;

/// Who wants a new access token.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The refresh token, for those who keep it themselves.
    pub token: Option<RefreshToken>,
    /// Those that the browser keeps.
    pub cookies: RefreshCookies,
    /// The application; without it, the one whose page asks, or the default.
    pub client_id: Option<String>,
    pub origin: Origin,
}

/// What became of it.
#[derive(Debug)]
pub enum RefreshOutcome {
    Refreshed(Box<SessionTokens>),
    Failed {
        why: RefreshFailure,
        /// The cookie that is of no more use.
        forget: Option<CookieChange>,
    },
}

/// Why the session is over, as far as this token goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshFailure {
    /// None was shown.
    Missing,
    /// None of ours, or another application's.
    Invalid,
    /// The session has ended, for this reason if it is known; or it goes on without this token.
    Over(Option<EndReason>),
}

/// A token that we gave out once, and how it came.
struct Presented {
    authentic: Authentic,
    /// The application whose cookie it came in; otherwise it came in the body.
    cookie: Option<String>,
    /// Where it was shown, if that was told.
    application: Option<ApplicationId>,
}

/// What one look at the session came to.
enum Step {
    Refreshed(Box<SessionTokens>),
    Failed(RefreshFailure),
    /// The session goes on with another token, which whoever withdrew this one has.
    Withdrawn,
    Stolen(Box<Session>),
    /// Somebody was faster: the session is not as it was read.
    Overtaken,
}

impl Sessions {
    pub(super) async fn renew(&self, refresh: Refresh) -> Result<RefreshOutcome, Stop> {
        let presented = match self.presented(&refresh).await? {
            Ok(presented) => presented,
            Err(why) => return Ok(RefreshOutcome::Failed { why, forget: None }),
        };
        let mut over = self.over(&presented).await?;
        for _ in 0..ATTEMPTS {
            let step = match over.take() {
                Some(why) => Step::Failed(why),
                None => self.attempt(&presented).await?,
            };
            let why = match step {
                Step::Refreshed(tokens) => return Ok(RefreshOutcome::Refreshed(tokens)),
                Step::Failed(why) => why,
                Step::Stolen(session) => {
                    self.end_stolen(*session, &refresh.origin).await?;
                    RefreshFailure::Over(Some(EndReason::RefreshTokenReused))
                }
                Step::Withdrawn => return Ok(withdrawn()),
                Step::Overtaken => continue,
            };
            let session = presented.authentic.session;
            let forget = presented
                .cookie
                .map(|client_id| CookieChange::ForgetRefresh { client_id, session });
            return Ok(RefreshOutcome::Failed { why, forget });
        }
        Err(Refusal::StoreUnavailable.into())
    }

    /// A token in the body is meant, before any in a cookie.
    async fn presented(
        &self,
        refresh: &Refresh,
    ) -> Result<Result<Presented, RefreshFailure>, Stop> {
        let (named, origin) = (refresh.client_id.as_deref(), &refresh.origin);
        let application = self.registry.recognise(named, origin).await?;
        let client_id = &application.client_id;
        let (token, cookie) = match &refresh.token {
            Some(token) => (Some(token), None),
            None => (refresh.cookies.of(client_id), Some(client_id.clone())),
        };
        let Some(token) = token else {
            return Ok(Err(RefreshFailure::Missing));
        };
        let Some(authentic) = self.refresh_tokens.read(token) else {
            return Ok(Err(RefreshFailure::Invalid));
        };
        let owner = origin
            .site
            .as_deref()
            .and_then(|site| self.registry.owner(site));
        let is_told = named.is_some() || owner.is_some() || cookie.is_some();
        Ok(Ok(Presented {
            authentic,
            cookie,
            application: is_told.then_some(application.id),
        }))
    }

    /// Looked at first: a transaction that writes is not to be had for the asking.
    async fn over(&self, presented: &Presented) -> Result<Option<RefreshFailure>, Stop> {
        let id = presented.authentic.session;
        let known = self.database.tables().session(id).await?;
        let state = known.map(|session| session.standing_at(self.clock.now()));
        Ok(match state {
            // Whoever ended it may have died before the index had it: it is looked at again.
            Some(SessionState::Ended { reason, .. }) if reason != EndReason::RefreshTokenReused => {
                Some(RefreshFailure::Over(Some(reason)))
            }
            Some(_) => None,
            None => Some(RefreshFailure::Over(None)),
        })
    }

    async fn attempt(&self, presented: &Presented) -> Result<Step, Stop> {
        let unit = self.database.begin().await?;
        let (shown, at) = (presented.authentic, presented.application);
        let standing = match self.standing(&unit.tables(), shown, at).await? {
            Ok(standing) => standing,
            Err(Unfit::Failed(why)) => return Ok(Step::Failed(why)),
            Err(Unfit::Overtaken) => return Ok(Step::Overtaken),
        };
        match standing.shown {
            Shown::Reused => Ok(Step::Stolen(Box::new(standing.session))),
            Shown::Withdrawn => Ok(Step::Withdrawn),
            Shown::Replayed => {
                let same = standing.state.rotation;
                self.rotate(unit, standing, presented, same).await
            }
            Shown::Current | Shown::Late => {
                let next = standing.state.rotation + 1;
                self.rotate(unit, standing, presented, next).await
            }
        }
    }

    /// Gives out the successor of the token that was shown, if the session is still as it was read.
    async fn rotate(
        &self,
        unit: Unit,
        standing: Standing,
        presented: &Presented,
        rotation: i64,
    ) -> Result<Step, Stop> {
        let (shown, state) = (presented.authentic.mark, standing.state);
        let id = standing.session.id;
        let (token, hash) = self.refresh_tokens.successor(id, rotation, shown);
        let to = if rotation == state.rotation {
            state
        } else {
            state.rotated(shown.hash, hash, standing.now)
        };
        let lifetimes = self.registry.lifetimes(&standing.application);
        let times = Times::starting(standing.now, lifetimes, standing.session.expires_at);
        let rotation = Rotation {
            session: id,
            from: state.rotation,
            position: standing.session.position,
            to: Some(to),
            refreshed_at: standing.now,
            idle_expires_at: times.idle_expires_at,
            token_expires_at: times.validity.expires_at,
            kept_at: None,
        };
        if !unit.tables().refresh_session(&rotation).await? {
            return Ok(Step::Overtaken);
        }
        unit.commit().await?;
        let scopes = standing.scopes();
        let pending = Pending {
            session: Session {
                idle_expires_at: times.idle_expires_at,
                transport: match presented.cookie {
                    Some(_) => TokenTransport::Cookie,
                    None => TokenTransport::Body,
                },
                ..standing.session
            },
            application: Arc::new(standing.application),
            scopes,
            rev: standing.rev,
            validity: times.validity,
            refresh: Some(token),
        };
        let (_, tokens) = self.issue(pending).await;
        tracing::debug!(session = %id, "refreshed");
        Ok(Step::Refreshed(Box::new(tokens)))
    }

    /// Two have the same token: the session ends, and nothing but the session.
    async fn end_stolen(&self, session: Session, origin: &Origin) -> Result<(), Stop> {
        let marks = marks_of_session(session.id, session.user, session.application);
        let cause = Cause {
            reason: EndReason::RefreshTokenReused,
            actor: Actor::stranger(origin),
        };
        tracing::warn!(session = %session.id, user = %session.user, "a used refresh token was shown");
        self.revocations
            .end_session(session.id, &marks, &cause)
            .await?;
        Ok(())
    }
}

/// The cookie is not forgotten: by now it may be the new one.
const fn withdrawn() -> RefreshOutcome {
    RefreshOutcome::Failed {
        why: RefreshFailure::Over(Some(EndReason::PasswordChanged)),
        forget: None,
    }
}
