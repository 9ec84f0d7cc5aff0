//! The public keys that verify, as a JWK Set (RFC 7517) tells them.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::Deserialize;
use serde_json::Value;

/// Bytes of a coordinate on P-256, and of a key of Ed25519.
const COORDINATE: usize = 32;

/// The keys of one look, by their `kid`.
#[derive(Default)]
pub(crate) struct KeySet(HashMap<String, Arc<Key>>);

/// A key that verifies one algorithm.
pub(crate) struct Key {
    algorithm: Algorithm,
    public: Public,
}

/// What our tokens are signed with (RFC 7518, section 3.1, and RFC 8037, section 3.1). There is no
/// other, so a header that names one can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Algorithm {
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "RS256")]
    Rs256,
}

enum Public {
    Parsed(ParsedPublicKey),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    public_key_use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// The keys that are there to verify. Those of another kind are left out.
    pub(crate) fn of(jwks: &[Value]) -> Self {
        let mut keys = HashMap::new();
        for jwk in jwks {
            if let Ok(jwk) = Jwk::deserialize(jwk)
                && let Some(key) = Key::of(&jwk)
            {
                keys.entry(jwk.kid).or_insert(Arc::new(key));
            }
        }
        Self(keys)
    }

    pub(crate) fn find(&self, kid: &str) -> Option<Arc<Key>> {
        self.0.get(kid).cloned()
    }
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        let is_to_verify = jwk
            .public_key_use
            .as_deref()
            .is_none_or(|told| told == "sig")
            && (jwk.key_ops.as_ref()).is_none_or(|told| told.iter().any(|name| name == "verify"));
        let is_for = |algorithm| jwk.alg.as_deref().is_none_or(|told| told == algorithm);
        let decode = |text: &Option<String>| BASE64URL.decode(text.as_deref()?).ok();
        let (algorithm, public) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) if is_for("ES256") => (
                Algorithm::Es256,
                elliptic(&decode(&jwk.x)?, &decode(&jwk.y)?)?,
            ),
            ("OKP", Some("Ed25519")) if is_for("EdDSA") => {
                let key = ParsedPublicKey::new(&ED25519, decode(&jwk.x)?).ok()?;
                (Algorithm::EdDsa, Public::Parsed(key))
            }
            ("RSA", None) if is_for("RS256") => {
                let (n, e) = (decode(&jwk.n)?, decode(&jwk.e)?);
                (
                    Algorithm::Rs256,
                    Public::Rsa(RsaPublicKeyComponents { n, e }),
                )
            }
            _ => return None,
        };
        is_to_verify.then_some(Self { algorithm, public })
    }

    /// Whether this is the key's signature, by the key's own algorithm: the token has to agree.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.public {
            _ if algorithm != self.algorithm => return false,
            Public::Parsed(key) => key.verify_sig(message, signature),
            Public::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}

/// As an uncompressed point (SEC 1, section 2.3.3): a byte that says so, then its coordinates.
fn elliptic(x: &[u8], y: &[u8]) -> Option<Public> {
    if x.len() != COORDINATE || y.len() != COORDINATE {
        return None;
    }
    let point = [&[4], x, y].concat();
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.ok().map(Public::Parsed)
}
