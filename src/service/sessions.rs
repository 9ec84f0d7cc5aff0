//! Sessions: signing in, knowing who calls, logging out.

mod authenticate;
mod current;
mod login;
mod logout;

pub use self::login::{Authenticated, Login, LoginOutcome};

use super::credentials::Credentials;
use super::revocation::Revocations;
use super::tokens::Tokens;
use crate::store::database::Database;

/// Every use case of a session.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
    revocations: Revocations,
    tokens: Tokens,
    credentials: Credentials,
}

impl Sessions {
    #[must_use]
    pub const fn new(
        database: Database,
        revocations: Revocations,
        tokens: Tokens,
        credentials: Credentials,
    ) -> Self {
        Self {
            database,
            revocations,
            tokens,
            credentials,
        }
    }
}
