//! The other logouts: of an application, everywhere, and of one session among one's own.

use super::Sessions;
use super::issue::SessionTokens;
use super::keep::RefreshAfter;
use crate::model::audit::Actor;
use crate::model::caller::{CurrentSession, Origin};
use crate::model::id::{ApplicationId, SessionId, UserId};
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::{Effect, Mark, Subject, marks_of_session};
use crate::model::scope::REVOKE_SESSIONS;
use crate::model::session::{EndReason, Session};
use crate::service::revocation::{Cause, CutOff};
use crate::store::database::SessionsOf;

/// How many marks one question to the ledger names.
const AGAIN_AT_ONCE: usize = 100;

/// What a caller does with the session that asks, when all others end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnSession {
    Kept,
    Ended,
}

/// What ended, and the new tokens of the session that was kept.
#[derive(Debug)]
pub struct EndedSessions {
    pub sessions: Vec<SessionId>,
    pub tokens: Option<SessionTokens>,
}

impl Sessions {
    /// Ends all of the caller's sessions at an application.
    pub async fn log_out_of_application(
        &self,
        caller: &CurrentSession,
        application: ApplicationId,
        origin: &Origin,
    ) -> Result<Vec<SessionId>, Stop> {
        let known = self.database.tables().application(application).await?;
        known.ok_or(Refusal::NotFound)?;
        let of = SessionsOf::Grant(caller.user(), application);
        // Nothing is written for nothing.
        if !self
            .database
            .tables()
            .may_live(of, self.clock.now())
            .await?
        {
            self.end_again(caller.user(), application).await?;
            return Ok(Vec::new());
        }
        let mut revoking = self.revocations.begin().await?;
        let ended = revoking
            .cut_off(CutOff {
                of,
                but: None,
                cause: Cause {
                    reason: EndReason::LoggedOutOfApplication,
                    actor: Actor::caller(caller, origin),
                },
            })
            .await?;
        revoking.commit().await?;
        Ok(ended.sessions)
    }

    /// Puts whatever ended a user's sessions at an application in force again, and waits for it: whoever
    /// ended them may have died before it was told, or wait for it still. That may have been one row for
    /// all of them, or one for each.
    async fn end_again(&self, user: UserId, application: ApplicationId) -> Result<(), Stop> {
        let of = SessionsOf::Grant(user, application);
        let tables = self.database.tables();
        let ended = tables.ended_lately(of, self.clock.now()).await?;
        let all = [
            Subject::User(user),
            Subject::Grant(user, application),
            Subject::Application(application),
        ];
        let subjects = all
            .into_iter()
            .chain(ended.into_iter().map(Subject::Session));
        let marks: Vec<_> = subjects.map(dead).collect();
        for marks in marks.chunks(AGAIN_AT_ONCE) {
            self.revocations.put_in_force_again(marks).await?;
        }
        Ok(())
    }

    /// Ends all of the caller's sessions, everywhere, but perhaps for the one that asks.
    pub async fn log_out_everywhere(
        &self,
        caller: &CurrentSession,
        own: OwnSession,
        origin: &Origin,
    ) -> Result<EndedSessions, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let kept = match own {
            OwnSession::Kept => Some(self.hold(&revoking.tables(), caller).await?),
            OwnSession::Ended => None,
        };
        let ended = revoking
            .cut_off(CutOff {
                of: SessionsOf::User(caller.user()),
                but: kept.as_ref().map(|held| held.session.id),
                cause: Cause {
                    reason: EndReason::LoggedOutEverywhere,
                    actor: Actor::caller(caller, origin),
                },
            })
            .await?;
        let pending = match kept {
            Some(held) => {
                let (tables, stays) = (revoking.tables(), RefreshAfter::Stays);
                Some(self.keep(&tables, held, ended.position, stays).await?)
            }
            None => None,
        };
        revoking.commit().await?;
        let tokens = match pending {
            Some(pending) => Some(self.issue(pending).await.1),
            None => None,
        };
        Ok(EndedSessions {
            sessions: ended.sessions,
            tokens,
        })
    }

    /// Ends one of the caller's sessions, or anybody's if the caller may.
    pub async fn revoke(
        &self,
        caller: &CurrentSession,
        session: SessionId,
        origin: &Origin,
    ) -> Result<(Vec<SessionId>, Session), Stop> {
        let known = self.database.tables().session(session).await?;
        let may = |known: &Session| {
            known.user == caller.user() || caller.scopes().contains(REVOKE_SESSIONS)
        };
        let known = known.filter(may).ok_or(Refusal::NotFound)?;
        let marks = marks_of_session(session, known.user, known.application);
        let cause = Cause {
            reason: EndReason::Revoked,
            actor: Actor::caller(caller, origin),
        };
        let ended = self
            .revocations
            .end_session(session, &marks, &cause)
            .await?;
        let known = self.database.tables().session(session).await?;
        let known = known.ok_or(Refusal::NotFound)?;
        Ok((ended, self.as_it_stands(known).await?))
    }
}

const fn dead(subject: Subject) -> Mark {
    Mark {
        subject,
        effect: Effect::Dead,
    }
}
