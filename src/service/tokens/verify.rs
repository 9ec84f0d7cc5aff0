//! Verifying access tokens: all but revocation.

use std::sync::Arc;

use super::{Tokens, VerifiedToken};
use crate::crypto::digest::sha256;
use crate::crypto::jwt::{Claims, MAXIMUM_LENGTH, key_named_by};
use crate::model::refusal::{Stop, Unauthenticated};
use crate::model::secret::AccessToken;
use crate::service::registry::Asker;

impl Tokens {
    /// A token that is valid now, as far as it can say itself.
    pub async fn verify(&self, token: &AccessToken) -> Result<Arc<VerifiedToken>, Stop> {
        let verified = self.verify_signature(token).await?;
        let application = self.registry.find(verified.application);
        let audience = application
            .as_ref()
            .map(|application| application.audience.as_str());
        verified.check(audience, self.clock.unix_seconds(), self.leeway)?;
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
        token.has_expired(self.clock.unix_seconds(), self.leeway)
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
        let verified = VerifiedToken::read(&claims, &self.issuer, key.id(), application.id);
        Ok(verified.ok_or(Unauthenticated::Malformed)?)
    }
}
