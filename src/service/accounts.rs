//! Accounts: making, suspending, reinstating and deleting users.

mod administer;
mod sign_up;

pub use self::sign_up::{SignUp, SignUpFault, SignUpOutcome};

use super::credentials::Credentials;
use super::revocation::Revocations;
use crate::store::database::Database;

/// Every use case of an account.
#[derive(Clone)]
pub struct Accounts {
    database: Database,
    revocations: Revocations,
    credentials: Credentials,
}

impl Accounts {
    #[must_use]
    pub const fn new(
        database: Database,
        revocations: Revocations,
        credentials: Credentials,
    ) -> Self {
        Self {
            database,
            revocations,
            credentials,
        }
    }
}
