//! `UserError`: what the person at the keyboard can mend.

use async_graphql::{Enum, SimpleObject};

use crate::service::accounts::SignUpFault;
use crate::service::credentials::Weakness;
use crate::service::sessions::PasswordFault;

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
    PasswordIncorrect,
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
            F::Password(weakness) => (code_of(weakness), "password"),
        };
        Self {
            code,
            message: fault.to_string(),
            field: Some(vec!["input", field]),
        }
    }
}

impl From<&PasswordFault> for UserError {
    fn from(fault: &PasswordFault) -> Self {
        let (code, field) = match fault {
            PasswordFault::CurrentIncorrect => {
                (UserErrorCode::PasswordIncorrect, "currentPassword")
            }
            PasswordFault::New(weakness) => (code_of(weakness), "newPassword"),
        };
        Self {
            code,
            message: fault.to_string(),
            field: Some(vec!["input", field]),
        }
    }
}

const fn code_of(weakness: &Weakness) -> UserErrorCode {
    match weakness {
        Weakness::TooLong(_) => UserErrorCode::TooLong,
        Weakness::TooShort(_) | Weakness::TooGuessable(_) => UserErrorCode::PasswordTooWeak,
    }
}
