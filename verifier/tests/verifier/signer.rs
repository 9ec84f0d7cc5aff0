//! A key that signs tokens for the tests.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use cardea_verifier::Claims;
use serde_json::{Value, json};

pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    kid: String,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("random bytes");
        // Any SHA-256 will do for a name.
        let kid = BASE64URL.encode(digest(&SHA256, pair.public_key().as_ref()));
        Self { pair, kid }
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid(),
            "x": BASE64URL.encode(x), "y": BASE64URL.encode(y),
        })
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": self.kid }).to_string();
        let claims = serde_json::to_string(claims).expect("plain data");
        let message = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        let signature = BASE64URL.encode(signature.expect("a key signs"));
        format!("{message}.{signature}")
    }
}
