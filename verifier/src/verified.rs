//! A token that may pass: who calls, and what they may do.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::claims::Claims;
use crate::refusal::Refusal;
use crate::token::Token;

/// The caller, as a token that may pass names them. It was good when it was verified: verify again
/// for the next request, and don't keep this.
#[derive(Clone)]
pub struct Verified(pub(crate) Arc<Token>);

impl Verified {
    #[must_use]
    pub fn user_id(&self) -> Uuid {
        self.0.user
    }

    #[must_use]
    pub fn session_id(&self) -> Uuid {
        self.0.session
    }

    /// What the caller may do.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scopes = self.0.claims.scope.as_deref().unwrap_or_default();
        scopes.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether the caller may do this.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// The same, as a refusal: `caller.require("orders:write")?`.
    pub fn require(&self, scope: &str) -> Result<(), Refusal> {
        if self.has_scope(scope) {
            return Ok(());
        }
        Err(Refusal::Forbidden(scope.into()))
    }

    /// When the token expires: seconds since 1970-01-01.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.0.claims.exp
    }

    /// When the session was made: seconds since 1970-01-01.
    #[must_use]
    pub fn authenticated_at(&self) -> i64 {
        self.0.claims.auth_time
    }

    /// All that the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("user_id", &self.user_id())
            .field("session_id", &self.session_id())
            .field("scope", &self.0.claims.scope)
            .finish_non_exhaustive()
    }
}
