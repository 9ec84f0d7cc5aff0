//! Logging out.

use super::Sessions;
use crate::model::caller::Bearer;
use crate::model::id::SessionId;
use crate::model::refusal::{Refusal, Stop};
use crate::model::session::EndReason;

impl Sessions {
    /// Ends the session that the token names, everywhere, by the time it returns; says what it
    /// ended. A token that has expired, or is dead already, still names its session. One that we
    /// did not sign names nothing, and then there is nothing to end.
    pub async fn log_out(&self, bearer: &Bearer) -> Result<Vec<SessionId>, Stop> {
        let Bearer::Presented(token) = bearer else {
            return Ok(Vec::new());
        };
        let verified = match self.tokens.verify_signature(token).await {
            Err(Stop::Refused(Refusal::Unauthenticated(_))) => return Ok(Vec::new()),
            verified => verified?,
        };
        self.revocations
            .end_session(verified.session, &verified.marks, EndReason::LoggedOut)
            .await
    }
}
