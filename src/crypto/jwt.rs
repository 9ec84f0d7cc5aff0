//! Access tokens as RFC 9068 JWTs: signing, and verifying what a signature can say.

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::id::KeyId;
use crate::model::secret::AccessToken;

/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// Longer ones are refused unread. Ours have about 600 bytes.
pub const MAXIMUM_LENGTH: usize = 8 * 1024;

/// What an access token says (RFC 9068, section 2.2, and RFC 8176 for `amr`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    /// One audience: a token belongs to one application.
    pub aud: String,
    /// The user, a UUID.
    pub sub: String,
    /// The session, a UUID.
    pub sid: String,
    /// 128 random bits, base64url.
    pub jti: String,
    /// Seconds since 1970-01-01, as `exp`, `auth_time` and `nbf` are.
    pub iat: i64,
    pub exp: i64,
    /// Never issued, but minded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub auth_time: i64,
    pub amr: Vec<String>,
    pub client_id: String,
    /// Separated by spaces; left out when there is none, since RFC 6749 knows no empty scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The ledger's position at which it was issued.
    pub rev: i64,
}

/// A key that signs access tokens and verifies them.
pub struct SigningKey {
    id: KeyId,
    kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
    public: DecodingKey,
    jwk: Jwk,
}

/// The bytes are no private key of this algorithm.
#[derive(Debug, thiserror::Error)]
#[error("this is no signing key")]
pub struct BadKey;

/// The token can't be verified: its shape, key, type, algorithm, signature or claims are off.
/// Which one is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token can't be verified")]
pub struct Unverified;

impl SigningKey {
    /// The private key (PKCS #8, DER) of a new P-256 key.
    #[must_use]
    pub fn generate_es256() -> Zeroizing<Vec<u8>> {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .expect("the operating system gives random bytes");
        let document = pair
            .to_pkcs8v1()
            .expect("a fresh P-256 key has a PKCS #8 form");
        Zeroizing::new(document.as_ref().to_vec())
    }

    /// The key with this private half.
    pub fn es256(pkcs8: &[u8]) -> Result<Self, BadKey> {
        let algorithm = Algorithm::ES256;
        let private = EncodingKey::from_ec_der(pkcs8);
        let mut jwk = Jwk::from_encoding_key(&private, algorithm).map_err(|_| BadKey)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadKey)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_algorithm = Some(KeyAlgorithm::ES256);
        let public = DecodingKey::from_jwk(&jwk).map_err(|_| BadKey)?;
        let id = KeyId(decode_kid(&kid).ok_or(BadKey)?);
        Ok(Self {
            id,
            kid,
            algorithm,
            private,
            public,
            jwk,
        })
    }

    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The JWS algorithm (RFC 7518, section 3.1).
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self.algorithm {
            Algorithm::ES256 => "ES256",
            _ => unreachable!(),
        }
    }

    /// The public half (RFC 7517).
    #[must_use]
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    #[must_use]
    pub fn sign(&self, claims: &Claims) -> AccessToken {
        let mut header = Header::new(self.algorithm);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.kid.clone());
        let token = jsonwebtoken::encode(&header, claims, &self.private);
        AccessToken::new(token.expect("a key that was loaded signs claims that are plain data"))
    }

    /// Checks signature and shape; what the claims say is for the caller to judge, with its clock.
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

/// The `kid` of a token that might be ours: right size, shape and type, nothing critical that
/// nobody here understands, no key of its own (RFC 8725, sections 3.10 and 3.11).
pub fn key_named_by(token: &AccessToken) -> Result<String, Unverified> {
    let text = token.expose();
    if text.len() > MAXIMUM_LENGTH || text.split('.').count() != 3 {
        return Err(Unverified);
    }
    let header = jsonwebtoken::decode_header(text).map_err(|_| Unverified)?;
    let is_access_token = header.typ.as_deref().is_some_and(is_access_token_type);
    let brings_a_key = header.jwk.is_some()
        || header.jku.is_some()
        || header.x5u.is_some()
        || header.x5c.is_some();
    if !is_access_token || brings_a_key || header.crit.is_some() {
        return Err(Unverified);
    }
    header.kid.ok_or(Unverified)
}

/// Media types are compared without case, and `application/` may be left out (RFC 7515, 4.1.9).
fn is_access_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TYPE
}

fn decode_kid(kid: &str) -> Option<[u8; 32]> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    URL_SAFE_NO_PAD.decode(kid).ok()?.try_into().ok()
}
