//! Whom a revocation concerns: the applications that are told of it.

use std::sync::Arc;

use super::id::ApplicationId;
use super::revocation::Revocation;

/// The applications that may hold a token which a revocation concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    All,
    One(ApplicationId),
    Several(Arc<[ApplicationId]>),
}

impl Audience {
    #[must_use]
    pub fn has(&self, application: ApplicationId) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => *one == application,
            Self::Several(several) => several.contains(&application),
        }
    }
}

/// A row of the ledger, and whom it concerns.
#[derive(Clone, Debug)]
pub struct Addressed {
    pub revocation: Revocation,
    pub to: Audience,
}
