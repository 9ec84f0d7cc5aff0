//! Knowing who calls.

use super::Sessions;
use crate::model::caller::{Bearer, CurrentSession};
use crate::model::refusal::{Stop, Unauthenticated};

impl Sessions {
    /// The proof of the caller's session, or `None` for a caller who shows no token.
    pub async fn authenticate(&self, bearer: &Bearer) -> Result<Option<CurrentSession>, Stop> {
        let token = match bearer {
            Bearer::Absent => return Ok(None),
            Bearer::Malformed => return Err(Unauthenticated::Malformed.into()),
            Bearer::Presented(token) => token,
        };
        let verified = self.tokens.verify(token).await?;
        self.revocations
            .check(verified.rev, &verified.marks)
            .await?;
        Ok(Some(CurrentSession::proven(
            verified.user,
            verified.session,
            verified.application,
        )))
    }
}
