//! The public half of a key: it verifies.

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;

use super::{BadKey, Unverified};
use crate::model::secret::AccessToken;

/// A key that verifies access tokens by one algorithm.
pub struct VerifyingKey {
    algorithm: Algorithm,
    public: DecodingKey,
}

impl VerifyingKey {
    /// The key that this is (RFC 7517), if it is there to verify and of an algorithm of ours.
    pub fn of(jwk: &Jwk) -> Result<Self, BadKey> {
        let algorithm = match jwk.common.key_algorithm {
            Some(KeyAlgorithm::ES256) => Algorithm::ES256,
            Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
            Some(KeyAlgorithm::RS256) => Algorithm::RS256,
            _ => return Err(BadKey),
        };
        if jwk.common.public_key_use != Some(PublicKeyUse::Signature) {
            return Err(BadKey);
        }
        let public = DecodingKey::from_jwk(jwk).map_err(|_| BadKey)?;
        Ok(Self { algorithm, public })
    }

    /// Checks signature and shape; what the claims say is for the caller to judge, with its clock.
    /// The algorithm is the key's, whatever the token says (RFC 8725, section 3.1).
    pub fn verify<T: DeserializeOwned>(&self, token: &AccessToken) -> Result<T, Unverified> {
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode(token.expose(), &self.public, &validation)
            .map(|data| data.claims)
            .map_err(|_| Unverified)
    }
}
