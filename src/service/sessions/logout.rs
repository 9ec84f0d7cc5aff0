//! Logging out.

use super::Sessions;
use crate::crypto::refresh_token::Authentic;
use crate::model::application::Application;
use crate::model::audit::Actor;
use crate::model::caller::{Bearer, Origin, RefreshCookies};
use crate::model::cookie::CookieChange;
use crate::model::id::{ApplicationId, SessionId, UserId};
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::revocation::{Effect, Mark, Subject, marks_of_session};
use crate::model::secret::RefreshToken;
use crate::model::session::EndReason;
use crate::service::revocation::Cause;

/// Who wants to log out: whatever names a session.
#[derive(Debug)]
pub struct Logout<'r> {
    pub bearer: &'r Bearer,
    pub cookies: &'r RefreshCookies,
    /// The application whose cookie is meant; without it, the one whose page asks, or the default.
    pub client_id: Option<&'r str>,
    pub origin: &'r Origin,
}

/// What names a session: its id, its user, and what may stand against it.
struct Named {
    session: SessionId,
    /// Unknown, if the session was forgotten.
    user: Option<UserId>,
    marks: Vec<Mark>,
}

impl Sessions {
    /// Ends the session that the token names, or else the cookie, everywhere, by the time it
    /// returns; says what it ended, and which cookies are of no more use. A token that has expired,
    /// or is dead already, still names its session. One that we did not sign names nothing, and
    /// then there is nothing to end. Which application is meant is asked in any case: a name that
    /// nobody has, or another's page, is refused with nothing ended.
    ///
    /// Of several cookies of one name nobody can tell which is ours, but all that they name can
    /// end: whoever planted one of them has not kept the owner signed in.
    pub async fn log_out(
        &self,
        logout: &Logout<'_>,
    ) -> Result<(Vec<SessionId>, Vec<CookieChange>), Stop> {
        let (client_id, origin) = (logout.client_id, logout.origin);
        let application = self.registry.recognise(client_id, origin).await?;
        let all = match self.named_by_token(logout).await? {
            Some(named) => vec![named],
            None => self.named_by_cookies(logout.cookies, &application).await?,
        };
        let ended = self.end_named(&all, EndReason::LoggedOut, origin).await?;
        let over: Vec<_> = all.iter().map(|named| named.session).collect();
        Ok((ended, self.useless_cookies(logout.cookies, &over)))
    }

    /// Ends what a browser was signed in by at an application, by the time it returns: the cookies
    /// are about to be replaced, and nobody could refresh or leave their sessions any more (ASVS 5.0,
    /// 7.2.4). Whoever keeps tokens itself has them still.
    pub(super) async fn end_replaced(
        &self,
        cookies: &RefreshCookies,
        at: &Application,
        origin: &Origin,
    ) -> Result<(), Stop> {
        let all = self.named_by_cookies(cookies, at).await?;
        self.end_named(&all, EndReason::Revoked, origin).await?;
        Ok(())
    }

    /// Says which of them it ended: the others were over.
    async fn end_named(
        &self,
        all: &[Named],
        reason: EndReason,
        origin: &Origin,
    ) -> Result<Vec<SessionId>, Stop> {
        let mut ended = Vec::new();
        for named in all {
            let cause = Cause {
                reason,
                actor: Actor {
                    user: named.user,
                    ..Actor::stranger(origin)
                },
            };
            let revocations = &self.revocations;
            let one = revocations.end_session(named.session, &named.marks, &cause);
            ended.extend(one.await?);
        }
        Ok(ended)
    }

    /// Those of a browser's cookies that belong to sessions which are over. One of a session that
    /// lives stays, in whichever tab somebody logged out.
    #[must_use]
    pub fn useless_cookies(
        &self,
        RefreshCookies(cookies): &RefreshCookies,
        over: &[SessionId],
    ) -> Vec<CookieChange> {
        let forgotten = |(client_id, token): &(String, RefreshToken)| {
            let Authentic { session, .. } = self.refresh_tokens.read(token)?;
            let client_id = client_id.clone();
            let forget = CookieChange::ForgetRefresh { client_id, session };
            over.contains(&session).then_some(forget)
        };
        cookies.iter().filter_map(forgotten).collect()
    }

    async fn named_by_token(&self, logout: &Logout<'_>) -> Result<Option<Named>, Stop> {
        let Bearer::Presented(token) = logout.bearer else {
            return Ok(None);
        };
        let verified = match self.tokens.verify_signature(token).await {
            Ok(verified) => verified,
            Err(Stop::Refused(Refusal::Unauthenticated(_))) => return Ok(None),
            Err(stop) => return Err(stop),
        };
        // A page of one application has no use for another's token, nor does it end a session there.
        let application = verified.application;
        if self.registry.is_page_of_another(logout.origin, application) {
            return Err(Unauthenticated::WrongAudience.into());
        }
        Ok(Some(Named {
            session: verified.session,
            user: Some(verified.user),
            marks: verified.marks.0.to_vec(),
        }))
    }

    async fn named_by_cookies(
        &self,
        cookies: &RefreshCookies,
        at: &Application,
    ) -> Result<Vec<Named>, Stop> {
        let mut all: Vec<Named> = Vec::new();
        for token in cookies.all_of(&at.client_id) {
            let Some(Authentic { session, .. }) = self.refresh_tokens.read(token) else {
                continue;
            };
            if all.iter().any(|named| named.session == session) {
                continue;
            }
            all.extend(self.named_at(session, at.id).await?);
        }
        Ok(all)
    }

    async fn named_at(&self, id: SessionId, at: ApplicationId) -> Result<Option<Named>, Stop> {
        let session = self.database.tables().session(id).await?;
        let marks = match &session {
            // Another application's token in this one's cookie names nothing.
            Some(session) if session.application != at => return Ok(None),
            Some(session) => marks_of_session(id, session.user, session.application).to_vec(),
            None => vec![Mark {
                subject: Subject::Session(id),
                effect: Effect::Dead,
            }],
        };
        Ok(Some(Named {
            session: id,
            user: session.map(|session| session.user),
            marks,
        }))
    }
}
