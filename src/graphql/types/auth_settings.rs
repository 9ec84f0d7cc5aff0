//! `AuthSettings`.

use async_graphql::SimpleObject;

use crate::config::Config;
use crate::graphql::scalars::Url;

/// What a login screen has to know.
#[derive(SimpleObject)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::graphql) struct AuthSettings {
    sign_up_enabled: bool,
    email_verification_required: bool,
    passkeys_enabled: bool,
    totp_enabled: bool,
    password_policy: PasswordPolicy,
    issuer: Url,
}

/// Lengths are in characters.
#[derive(SimpleObject)]
struct PasswordPolicy {
    min_length: usize,
    max_length: usize,
    /// zxcvbn score a password must reach, 0 to 4.
    min_score: u8,
}

impl AuthSettings {
    pub(in crate::graphql) fn of(settings: &Config) -> Self {
        let passwords = &settings.passwords;
        Self {
            sign_up_enabled: settings.accounts.sign_up,
            email_verification_required: false,
            passkeys_enabled: false,
            totp_enabled: false,
            password_policy: PasswordPolicy {
                min_length: passwords.min_length,
                max_length: passwords.max_length,
                min_score: passwords.min_score,
            },
            issuer: Url(settings.issuer()),
        }
    }
}
