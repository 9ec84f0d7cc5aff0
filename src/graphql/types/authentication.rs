//! `AuthenticationResult`: what became of a step of signing in.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject, Union};

use super::{Session, Tokens, User};
use crate::graphql::error::retry_after_seconds;
use crate::service::sessions::LoginOutcome;

#[derive(Union)]
pub(in crate::graphql) enum AuthenticationResult {
    Authenticated(Box<Authenticated>),
    AuthenticationFailed(AuthenticationFailed),
}

/// Signed in.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Authenticated {
    tokens: Tokens,
    session: Session,
    user: User,
}

/// Not signed in. Unknown user and wrong password look the same and take the same time; the other states of an account are told only after the right password.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AuthenticationFailed {
    code: AuthenticationFailureCode,
    message: &'static str,
    /// Seconds, with `TOO_MANY_ATTEMPTS`.
    retry_after: Option<i32>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AuthenticationFailureCode {
    InvalidCredentials,
    AccountSuspended,
    TooManyAttempts,
}

impl From<LoginOutcome> for AuthenticationResult {
    fn from(outcome: LoginOutcome) -> Self {
        let mut failed = AuthenticationFailed {
            code: AuthenticationFailureCode::InvalidCredentials,
            message: "The e-mail address, the user name or the password is wrong.",
            retry_after: None,
        };
        match outcome {
            LoginOutcome::Authenticated(authenticated) => {
                let user = Arc::new(authenticated.user);
                return Self::Authenticated(Box::new(Authenticated {
                    tokens: authenticated.tokens.into(),
                    session: Session {
                        row: authenticated.session,
                        user: Arc::clone(&user),
                        is_current: true,
                    },
                    user: User(user),
                }));
            }
            LoginOutcome::InvalidCredentials => {}
            LoginOutcome::Suspended => {
                failed.code = AuthenticationFailureCode::AccountSuspended;
                failed.message = "This account is suspended.";
            }
            LoginOutcome::TooManyAttempts { retry_after } => {
                let seconds = retry_after_seconds(retry_after);
                failed.code = AuthenticationFailureCode::TooManyAttempts;
                failed.message = "Too many attempts. Try again later.";
                failed.retry_after = Some(seconds.try_into().unwrap_or(i32::MAX));
            }
        }
        Self::AuthenticationFailed(failed)
    }
}
