//! Keys that sign access tokens, and verify them.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use zeroize::Zeroizing;

use super::pair::Pair;
use super::{Claims, TYPE, Unverified, VerifyingKey};
use crate::model::id::KeyId;
use crate::model::secret::AccessToken;
use crate::model::signing_key::Algorithm;

/// A key that signs access tokens and verifies them. The private half is parsed once: doing that
/// at each signature, as jsonwebtoken does, takes longer than to sign.
pub struct SigningKey {
    id: KeyId,
    kid: String,
    pair: Pair,
    /// What each of its tokens begins with, encoded.
    header: String,
    public: VerifyingKey,
    jwk: Jwk,
}

/// What is signed beside access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementType {
    /// A security event token (RFC 8417, section 2.3).
    SecurityEvent,
    /// A logout token (`OpenID` Connect Back-Channel Logout 1.0, section 2.4).
    Logout,
}

impl StatementType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SecurityEvent => "secevent+jwt",
            Self::Logout => "logout+jwt",
        }
    }
}

/// The bytes are no private key of this algorithm.
#[derive(Debug, thiserror::Error)]
#[error("this is no signing key")]
pub struct BadKey;

impl SigningKey {
    /// The private key (PKCS #8, DER) of a new key. For RS256 that may take seconds: not on a
    /// thread that answers requests.
    #[must_use]
    pub fn generate(algorithm: Algorithm) -> Zeroizing<Vec<u8>> {
        const RANDOM: &str = "the operating system gives random bytes";
        const FORM: &str = "a fresh key has a PKCS #8 form";
        Zeroizing::new(match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(RANDOM);
                pair.to_pkcs8v1().expect(FORM).as_ref().to_vec()
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().expect(RANDOM);
                pair.to_pkcs8v1().expect(FORM).as_ref().to_vec()
            }
            Algorithm::Rs256 => {
                // As strong as P-256, as far as anybody knows (NIST SP 800-57 part 1, table 2).
                let pair = RsaKeyPair::generate(KeySize::Rsa3072).expect(RANDOM);
                let document: Pkcs8V1Der<'_> = pair.as_der().expect(FORM);
                document.as_ref().to_vec()
            }
        })
    }

    /// The key with this private half.
    pub fn open(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, BadKey> {
        let pair = Pair::open(algorithm, pkcs8)?;
        let mut jwk = pair.public_jwk();
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadKey)?;
        jwk.common.key_id = Some(kid.clone());
        let public = VerifyingKey::of(&jwk)?;
        let header = header(TYPE, algorithm, &kid);
        Ok(Self {
            id: id_of(&kid).ok_or(BadKey)?,
            kid,
            pair,
            header,
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

    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// The public half (RFC 7517).
    #[must_use]
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// A token that says this, in the compact form (RFC 7515, section 7.1).
    #[must_use]
    pub fn sign(&self, claims: &Claims) -> AccessToken {
        AccessToken::new(self.sign_behind(self.header.clone(), claims))
    }

    /// Something else that this says, for others: its type tells it from a token that lets anybody in
    /// (RFC 8725, section 3.11).
    #[must_use]
    pub fn sign_as(&self, kind: StatementType, claims: &impl Serialize) -> String {
        let header = header(kind.as_str(), self.algorithm(), &self.kid);
        self.sign_behind(header, claims)
    }

    fn sign_behind(&self, header: String, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are plain data");
        let mut token = header;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// As [`VerifyingKey::verify`].
    pub fn verify<T: DeserializeOwned>(&self, token: &AccessToken) -> Result<T, Unverified> {
        self.public.verify(token)
    }
}

fn header(media_type: &str, algorithm: Algorithm, kid: &str) -> String {
    let header = json!({ "typ": media_type, "alg": algorithm.as_str(), "kid": kid });
    URL_SAFE_NO_PAD.encode(header.to_string())
}

/// The key that a `kid` names, if it has the form of one: a SHA-256 in base64url.
#[must_use]
pub fn id_of(kid: &str) -> Option<KeyId> {
    let bytes = URL_SAFE_NO_PAD.decode(kid).ok()?;
    bytes.try_into().ok().map(KeyId)
}

#[cfg(test)]
mod tests;
