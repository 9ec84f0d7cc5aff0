//! Making an account.

use super::Accounts;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::refusal::Stop;
use crate::model::secret::Password;
use crate::model::user::User;
use crate::service::credentials::{Identity, Weakness};
use crate::store::database::{NewUser, StoreError, Taken};

/// RFC 5321, section 4.5.3.1.3: a path has at most 256 octets, two of them the angle brackets.
const MAXIMUM_EMAIL_LENGTH: usize = 254;

/// Long enough for any name that is typed at each login.
const MAXIMUM_USERNAME_LENGTH: usize = 64;

/// Long enough for any person's name, in characters.
const MAXIMUM_DISPLAY_NAME_LENGTH: usize = 128;

/// Who wants an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    pub email: String,
    pub username: Option<String>,
    pub password: Password,
    pub display_name: Option<String>,
    /// Who asks for it.
    pub actor: Actor,
}

/// What became of it.
pub type SignUpOutcome = Result<User, Vec<SignUpFault>>;

/// What the person can mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignUpFault {
    #[error("This is not an e-mail address.")]
    EmailInvalid,
    #[error("An e-mail address has at most {MAXIMUM_EMAIL_LENGTH} characters.")]
    EmailTooLong,
    #[error("There already is an account with this e-mail address.")]
    EmailTaken,
    #[error(
        "A user name has letters (a to z), digits, `.`, `_` and `-`, and begins with a letter or a digit."
    )]
    UsernameInvalid,
    #[error("A user name has at most {MAXIMUM_USERNAME_LENGTH} characters.")]
    UsernameTooLong,
    #[error("This user name is taken.")]
    UsernameTaken,
    #[error("A name can't be empty or contain control characters.")]
    DisplayNameInvalid,
    #[error("A name has at most {MAXIMUM_DISPLAY_NAME_LENGTH} characters.")]
    DisplayNameTooLong,
    #[error("{0}")]
    Password(Weakness),
}

impl Accounts {
    /// Makes an account, or says all that stands against it.
    pub async fn sign_up(&self, request: SignUp) -> Result<SignUpOutcome, Stop> {
        let mut faults = check_names(&request);
        if faults.is_empty() {
            faults = self.taken(&request).await?;
        }
        let identity = Identity {
            email: request.email.clone(),
            username: request.username.clone(),
            display_name: request.display_name.clone(),
        };
        let password_hash = match self
            .credentials
            .hash(request.password.clone(), identity)
            .await?
        {
            Ok(hash) if faults.is_empty() => hash,
            Ok(_) => return Ok(Err(faults)),
            Err(weakness) => {
                faults.push(SignUpFault::Password(weakness));
                return Ok(Err(faults));
            }
        };
        self.insert(request, password_hash).await
    }

    async fn insert(&self, request: SignUp, password_hash: String) -> Result<SignUpOutcome, Stop> {
        let new = NewUser {
            email: request.email.clone(),
            username: request.username.clone(),
            display_name: request.display_name.clone(),
            password_hash,
        };
        match self.write(new, request.actor.clone()).await {
            Ok(user) => {
                tracing::info!(user = %user.id, "signed up");
                Ok(Ok(user))
            }
            // Somebody was faster, since the names were looked at.
            Err(error) if error.is_duplicate() => Ok(Err(self.taken(&request).await?)),
            Err(error) => Err(error.into()),
        }
    }

    async fn write(&self, new: NewUser, actor: Actor) -> Result<User, StoreError> {
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        let user = tables.insert_user(new).await?;
        let event = AuditEvent {
            subject: Some(user.id),
            ..AuditEvent::new(AuditAction::SignUp, actor)
        };
        tables.record(event).await?;
        unit.commit().await?;
        Ok(user)
    }

    async fn taken(&self, request: &SignUp) -> Result<Vec<SignUpFault>, Stop> {
        let tables = self.database.tables();
        let taken = tables
            .taken_names(&request.email, request.username.as_deref())
            .await?;
        Ok(taken
            .into_iter()
            .map(|name| match name {
                Taken::Email => SignUpFault::EmailTaken,
                Taken::Username => SignUpFault::UsernameTaken,
            })
            .collect())
    }
}

fn check_names(request: &SignUp) -> Vec<SignUpFault> {
    let email = check_email(&request.email);
    let username = request.username.as_deref().and_then(check_username);
    let display_name = request.display_name.as_deref().and_then(check_display_name);
    [email, username, display_name]
        .into_iter()
        .flatten()
        .collect()
}

fn check_email(email: &str) -> Option<SignUpFault> {
    let options = email_address::Options::default()
        .without_display_text()
        .without_domain_literal();
    if email.len() > MAXIMUM_EMAIL_LENGTH {
        return Some(SignUpFault::EmailTooLong);
    }
    let parsed = email_address::EmailAddress::parse_with_options(email, options);
    parsed.is_err().then_some(SignUpFault::EmailInvalid)
}

/// ASCII only, for now: names that look alike and are not the same are a way to pose as somebody.
fn check_username(name: &str) -> Option<SignUpFault> {
    if name.len() > MAXIMUM_USERNAME_LENGTH {
        return Some(SignUpFault::UsernameTooLong);
    }
    let is_well_formed = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    (!is_well_formed).then_some(SignUpFault::UsernameInvalid)
}

fn check_display_name(name: &str) -> Option<SignUpFault> {
    if name.chars().nth(MAXIMUM_DISPLAY_NAME_LENGTH).is_some() {
        return Some(SignUpFault::DisplayNameTooLong);
    }
    let is_blank = name.trim().is_empty();
    (is_blank || name.contains(char::is_control)).then_some(SignUpFault::DisplayNameInvalid)
}
