//! Knowing who calls.

use std::sync::Arc;

use super::{Authenticated, Sessions};
use crate::model::caller::{Bearer, CurrentSession, Origin};
use crate::model::refusal::{Stop, Unauthenticated};
use crate::model::session::Session;

impl Sessions {
    /// The proof of the caller's session, or `None` for a caller who shows no token.
    pub async fn authenticate(
        &self,
        bearer: &Bearer,
        origin: &Origin,
    ) -> Result<Option<CurrentSession>, Stop> {
        let token = match bearer {
            Bearer::Absent => return Ok(None),
            Bearer::Malformed => return Err(Unauthenticated::Malformed.into()),
            Bearer::Presented(token) => token,
        };
        let verified = self.tokens.verify(token).await?;
        // A page of one application has no use for another's token.
        let application = verified.application;
        if self.registry.is_page_of_another(origin, application) {
            return Err(Unauthenticated::WrongAudience.into());
        }
        self.revocations.check(&verified.candidate()).await?;
        Ok(Some(CurrentSession::proven(
            verified.user,
            verified.session,
            verified.application,
            Arc::clone(&verified.scopes),
        )))
    }
}

impl Authenticated {
    /// The proof of who has signed in just now, for what the same operation tells of the new
    /// session. It is good for no scope.
    #[must_use]
    pub fn proof(&self) -> CurrentSession {
        let Session {
            id,
            user,
            application,
            ..
        } = self.session;
        CurrentSession::proven(user, id, application, Arc::default())
    }
}
