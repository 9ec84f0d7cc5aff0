//! What a token with a good signature says, and whether it is valid now.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::jwt::Claims;
use crate::model::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use crate::model::refusal::Unauthenticated;
use crate::model::revocation::{Candidate, Marks, Position};
use crate::model::scope::Scopes;
use crate::model::session::AuthMethod;
use crate::model::token::{CLOCK_TOLERANCE, MAXIMUM_LIFETIME};

/// What a token with a good signature says. Whether it is valid *now* is not remembered.
#[derive(Debug)]
pub struct VerifiedToken {
    pub user: UserId,
    pub session: SessionId,
    pub application: ApplicationId,
    pub token: TokenId,
    pub scopes: Arc<Scopes>,
    pub rev: Position,
    pub marks: Marks,
    pub audience: String,
    /// Seconds since 1970-01-01, as the other two are.
    pub issued_at: i64,
    not_before: Option<i64>,
    pub expires_at: i64,
    /// When its session was made, in seconds, too.
    pub authenticated_at: i64,
    pub methods: Vec<AuthMethod>,
}

impl VerifiedToken {
    /// What can't change: whose it is, and whether it says all that it has to.
    pub(super) fn read(
        claims: &Claims,
        issuer: &str,
        key: KeyId,
        application: ApplicationId,
    ) -> Option<Self> {
        let lifetime = claims.exp.checked_sub(claims.iat)?;
        let longest = i64::try_from(MAXIMUM_LIFETIME.as_secs()).ok()?;
        if claims.iss != issuer || !(1..=longest).contains(&lifetime) {
            return None;
        }
        let user: UserId = claims.sub.parse().ok()?;
        let session: SessionId = claims.sid.parse().ok()?;
        let token = TokenId(URL_SAFE_NO_PAD.decode(&claims.jti).ok()?.try_into().ok()?);
        Some(Self {
            user,
            session,
            application,
            token,
            scopes: Arc::new(Scopes::parse(claims.scope.as_deref().unwrap_or_default())),
            rev: Position(claims.rev),
            marks: Marks::of(token, session, key, user, application),
            audience: claims.aud.clone(),
            issued_at: claims.iat,
            not_before: claims.nbf,
            expires_at: claims.exp,
            authenticated_at: claims.auth_time,
            methods: claims
                .amr
                .iter()
                .filter_map(|amr| AuthMethod::parse(amr))
                .collect(),
        })
    }

    /// Whether it is for its application, which has this audience, and its time is now (in seconds
    /// since 1970-01-01).
    pub(super) fn check(
        &self,
        audience: Option<&str>,
        now: i64,
        leeway: Duration,
    ) -> Result<(), Unauthenticated> {
        if audience.is_none_or(|audience| audience != self.audience) {
            return Err(Unauthenticated::WrongAudience);
        }
        if self.has_expired(now, leeway) {
            return Err(Unauthenticated::Expired);
        }
        // The node that issued it may be ahead of this one.
        let tolerance = i64::try_from(CLOCK_TOLERANCE.as_secs()).unwrap_or_default();
        let earliest = self.not_before.unwrap_or(i64::MIN).max(self.issued_at);
        if earliest > now.saturating_add(tolerance) {
            return Err(Unauthenticated::NotYetValid);
        }
        Ok(())
    }

    pub(super) fn has_expired(&self, now: i64, leeway: Duration) -> bool {
        let leeway = i64::try_from(leeway.as_secs()).unwrap_or_default();
        now >= self.expires_at.saturating_add(leeway)
    }

    /// What the check of its revocation asks about.
    #[must_use]
    pub const fn candidate(&self) -> Candidate<'_> {
        Candidate {
            rev: self.rev,
            marks: &self.marks,
            session: self.session,
            expires_at: self.expires_at,
        }
    }
}
