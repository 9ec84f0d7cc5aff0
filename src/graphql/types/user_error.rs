//! `UserError`: what the person at the keyboard can mend.

use async_graphql::{Enum, SimpleObject};

use crate::service::accounts::SignUpFault;
use crate::service::credentials::Weakness;

/// A failure the person at the keyboard can act on.
#[derive(SimpleObject)]
pub(in crate::graphql) struct UserError {
    code: UserErrorCode,
    /// English; clients localise by `code`.
    message: String,
    /// Path into the arguments, e.g. `["input", "password"]`. Null when no single field is at fault.
    field: Option<Vec<&'static str>>,
}

/// New codes may be added; clients must treat unknown codes as INVALID.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum UserErrorCode {
    Invalid,
    TooLong,
    Taken,
    PasswordTooWeak,
}

impl From<&SignUpFault> for UserError {
    fn from(fault: &SignUpFault) -> Self {
        use SignUpFault as F;
        let (code, field) = match fault {
            F::EmailInvalid => (UserErrorCode::Invalid, "email"),
            F::EmailTooLong => (UserErrorCode::TooLong, "email"),
            F::EmailTaken => (UserErrorCode::Taken, "email"),
            F::UsernameInvalid => (UserErrorCode::Invalid, "username"),
            F::UsernameTooLong => (UserErrorCode::TooLong, "username"),
            F::UsernameTaken => (UserErrorCode::Taken, "username"),
            F::DisplayNameInvalid => (UserErrorCode::Invalid, "displayName"),
            F::DisplayNameTooLong => (UserErrorCode::TooLong, "displayName"),
            F::Password(Weakness::TooLong(_)) => (UserErrorCode::TooLong, "password"),
            F::Password(Weakness::TooShort(_) | Weakness::TooGuessable(_)) => {
                (UserErrorCode::PasswordTooWeak, "password")
            }
        };
        Self {
            code,
            message: fault.to_string(),
            field: Some(vec!["input", field]),
        }
    }
}
