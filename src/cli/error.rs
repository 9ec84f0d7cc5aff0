//! Why a command failed, in one sentence.

use crate::app::StartError;
use crate::config::Faults;
use crate::model::refusal::{Refusal, Stop};
use crate::model::scope::NoScope;
use crate::service::access::GrantFault;
use crate::service::accounts::SignUpFault;
use crate::service::applications::ApplicationFault;
use crate::service::revocation::RecoverError;
use crate::store::database::StoreError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] Faults),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{0}")]
    Stop(Stop),
    #[error(
        "this is done, and in the ledger; but a store does not answer, so it is not confirmed that every running server knows: they take it up as soon as it answers. Asking again is harmless, and waits for that"
    )]
    Unconfirmed,
    #[error("the database: {0}{cause}", cause = cause(.0))]
    Store(#[from] StoreError),
    #[error("there is no user `{0}`; `cardea user list` shows them")]
    NoSuchUser(String),
    #[error("there is no key `{0}`; `cardea keys list` shows them")]
    NoSuchKey(String),
    #[error("{}", sentences(.0))]
    Refused(Vec<SignUpFault>),
    #[error("{}", clauses(.0))]
    Application(Vec<ApplicationFault>),
    #[error(transparent)]
    Grant(#[from] GrantFault),
    #[error(transparent)]
    Scope(#[from] NoScope),
    #[error("{0}")]
    Recover(RecoverError),
    #[error("faults: {0}; each line says what to do")]
    Unwell(usize),
    #[error("the two passwords differ; nothing was changed")]
    PasswordsDiffer,
    #[error("can't read the password: {0}")]
    PasswordUnreadable(std::io::Error),
    #[error("can't listen for signals: {0}")]
    Signals(std::io::Error),
    #[error("write to standard output: {0}")]
    Output(#[from] std::io::Error),
}

impl CommandError {
    /// What the shell is told.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            // Not 2, which says that the command was written wrong.
            Self::Unconfirmed => 3,
            _ => 1,
        }
    }
}

impl From<RecoverError> for CommandError {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Stop(stop) => stop.into(),
            error => Self::Recover(error),
        }
    }
}

/// Who typed it has decided already: "can't be decided now" would be no news, and not true.
impl From<Stop> for CommandError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(Refusal::Unconfirmed) => Self::Unconfirmed,
            stop => Self::Stop(stop),
        }
    }
}

fn cause(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default()
}

fn sentences(faults: &[SignUpFault]) -> String {
    faults
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

fn clauses(faults: &[ApplicationFault]) -> String {
    let clauses: Vec<_> = faults.iter().map(ToString::to_string).collect();
    clauses.join("; ")
}
