//! What is measured of logins and refreshes.

use super::{Login, LoginOutcome, Refresh, RefreshFailure, RefreshOutcome, Sessions};
use crate::metrics::{LoginEnd, RefreshEnd};
use crate::model::refusal::Stop;
use crate::model::session::EndReason;

impl Sessions {
    /// Opens a session for whoever knows the password.
    pub async fn log_in(&self, login: Login) -> Result<LoginOutcome, Stop> {
        let outcome = self.sign_in(login).await;
        self.metrics.sign_ins.login(match &outcome {
            Ok(LoginOutcome::Authenticated(_)) => LoginEnd::Authenticated,
            Ok(LoginOutcome::InvalidCredentials) => LoginEnd::InvalidCredentials,
            Ok(LoginOutcome::Suspended) => LoginEnd::Suspended,
            Ok(LoginOutcome::TooManyAttempts { .. }) => LoginEnd::TooManyAttempts,
            Err(stop) => stop.into(),
        });
        outcome
    }

    /// Gives a session new tokens for its current refresh token (RFC 9700, section 4.14.2).
    pub async fn refresh(&self, refresh: Refresh) -> Result<RefreshOutcome, Stop> {
        let outcome = self.renew(refresh).await;
        self.metrics.sign_ins.refresh(match &outcome {
            Ok(RefreshOutcome::Refreshed(_)) => RefreshEnd::Refreshed,
            Ok(RefreshOutcome::Failed { why, .. }) => failure(*why),
            Err(stop) => stop.into(),
        });
        outcome
    }
}

const fn failure(why: RefreshFailure) -> RefreshEnd {
    match why {
        RefreshFailure::Missing => RefreshEnd::Missing,
        RefreshFailure::Invalid => RefreshEnd::Invalid,
        RefreshFailure::Over(Some(EndReason::RefreshTokenReused)) => RefreshEnd::Reused,
        RefreshFailure::Over(_) => RefreshEnd::Over,
    }
}
