//! Verifying access tokens: all but revocation.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Tokens;
use crate::crypto::digest::sha256;
use crate::crypto::jwt::{Claims, MAXIMUM_LENGTH, key_named_by};
use crate::model::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use crate::model::refusal::{Stop, Unauthenticated};
use crate::model::revocation::{Candidate, Marks, Position};
use crate::model::scope::Scopes;
use crate::model::secret::AccessToken;
use crate::model::session::AuthMethod;
use crate::model::token::{CLOCK_TOLERANCE, MAXIMUM_LIFETIME};
use crate::service::registry::Asker;

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

impl Tokens {
    /// A token that is valid now, as far as it can say itself.
    pub async fn verify(&self, token: &AccessToken) -> Result<Arc<VerifiedToken>, Stop> {
        let verified = self.verify_signature(token).await?;
        self.check_claims(&verified)?;
        Ok(verified)
    }

    /// A token that we signed, whenever and for whomever: all that a logout asks.
    pub async fn verify_signature(&self, token: &AccessToken) -> Result<Arc<VerifiedToken>, Stop> {
        if token.expose().len() > MAXIMUM_LENGTH {
            return Err(Unauthenticated::Malformed.into());
        }
        let digest = sha256(token.expose().as_bytes());
        // That holds after its key has left, too: a token that was taken has expired by then, and
        // one of a key that was revoked is in the ledger for as long as it could be remembered.
        if let Some(verified) = self.verified.get(&digest) {
            return Ok(verified);
        }
        let verified = Arc::new(Box::pin(self.decode(token)).await?);
        self.verified.insert(digest, Arc::clone(&verified));
        Ok(verified)
    }

    /// Whether its time is over, leeway and all.
    #[must_use]
    pub fn has_expired(&self, token: &VerifiedToken) -> bool {
        self.has_expired_by(self.clock.unix_seconds(), token)
    }

    fn has_expired_by(&self, now: i64, token: &VerifiedToken) -> bool {
        let leeway = i64::try_from(self.leeway.as_secs()).unwrap_or_default();
        now >= token.expires_at.saturating_add(leeway)
    }

    async fn decode(&self, token: &AccessToken) -> Result<VerifiedToken, Stop> {
        let malformed = |_| Unauthenticated::Malformed;
        let kid = key_named_by(token).map_err(malformed)?;
        let key = self.keys.find(&kid).await?;
        let key = key.ok_or(Unauthenticated::Malformed)?;
        let claims: Claims = key.verify(token).map_err(malformed)?;
        if self.keys.is_outlived(key.id(), claims.exp) {
            return Err(Unauthenticated::Malformed.into());
        }
        // We signed it: an application that this node doesn't know is news to it.
        let application = self.registry.learn_client(&claims.client_id, Asker::Signed);
        let application = application.await?;
        let application = application.ok_or(Unauthenticated::Malformed)?;
        let verified = self.read(&claims, key.id(), application.id);
        Ok(verified.ok_or(Unauthenticated::Malformed)?)
    }

    fn read(
        &self,
        claims: &Claims,
        key: KeyId,
        application: ApplicationId,
    ) -> Option<VerifiedToken> {
        let lifetime = claims.exp.checked_sub(claims.iat)?;
        let longest = i64::try_from(MAXIMUM_LIFETIME.as_secs()).ok()?;
        if claims.iss != *self.issuer || !(1..=longest).contains(&lifetime) {
            return None;
        }
        let user: UserId = claims.sub.parse().ok()?;
        let session: SessionId = claims.sid.parse().ok()?;
        let token = TokenId(URL_SAFE_NO_PAD.decode(&claims.jti).ok()?.try_into().ok()?);
        Some(VerifiedToken {
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

    fn check_claims(&self, token: &VerifiedToken) -> Result<(), Unauthenticated> {
        let application = self.registry.find(token.application);
        if application.is_none_or(|application| application.audience != token.audience) {
            return Err(Unauthenticated::WrongAudience);
        }
        let now = self.clock.unix_seconds();
        if self.has_expired_by(now, token) {
            return Err(Unauthenticated::Expired);
        }
        // The node that issued it may be ahead of this one.
        let tolerance = i64::try_from(CLOCK_TOLERANCE.as_secs()).unwrap_or_default();
        let earliest = token.not_before.unwrap_or(i64::MIN).max(token.issued_at);
        if earliest > now.saturating_add(tolerance) {
            return Err(Unauthenticated::NotYetValid);
        }
        Ok(())
    }
}
