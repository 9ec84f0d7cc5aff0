//! `AuthenticationResult`: what became of a step of signing in.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject, Union};

use super::{Session, Tokens, User};
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
    /// Seconds after which another attempt may succeed, where that is known.
    retry_after: Option<i32>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AuthenticationFailureCode {
    InvalidCredentials,
    AccountSuspended,
}

impl From<LoginOutcome> for AuthenticationResult {
    fn from(outcome: LoginOutcome) -> Self {
        let (code, message) = match outcome {
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
            LoginOutcome::InvalidCredentials => (
                AuthenticationFailureCode::InvalidCredentials,
                "The e-mail address, the user name or the password is wrong.",
            ),
            LoginOutcome::Suspended => (
                AuthenticationFailureCode::AccountSuspended,
                "This account is suspended.",
            ),
        };
        Self::AuthenticationFailed(AuthenticationFailed {
            code,
            message,
            retry_after: None,
        })
    }
}
