//! Keys that sign the vectors, made for that.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};

use crate::with;

/// All keys.
pub(crate) struct Signers {
    pub(crate) es256: Signer,
    pub(crate) eddsa: Signer,
    pub(crate) rs256: Signer,
    /// Published, and revoked.
    pub(crate) revoked: Signer,
    /// Published to encrypt with.
    pub(crate) encrypting: Signer,
    /// Published, though it is no public key.
    pub(crate) shared: Signer,
    /// Nobody else's.
    pub(crate) unknown: Signer,
}

/// A key that signs.
pub(crate) struct Signer {
    pair: Pair,
    pub(crate) jwk: Value,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(Box<RsaKeyPair>),
    Hs256(Box<hmac::Key>),
}

impl Signers {
    pub(crate) fn new() -> Self {
        let mut encrypting = Signer::es256();
        encrypting.jwk = with(encrypting.jwk, &json!({ "use": "enc" }));
        Self {
            es256: Signer::es256(),
            eddsa: Signer::eddsa(),
            rs256: Signer::rs256(),
            revoked: Signer::es256(),
            encrypting,
            shared: Signer::hs256(b"a secret that everybody can read in the set of keys"),
            unknown: Signer::es256(),
        }
    }

    pub(crate) fn published(&self) -> Value {
        let keys = [
            &self.es256,
            &self.eddsa,
            &self.rs256,
            &self.revoked,
            &self.encrypting,
            &self.shared,
        ];
        let keys: Vec<_> = keys.iter().map(|signer| &signer.jwk).collect();
        json!({ "keys": keys })
    }
}

impl Signer {
    fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("random bytes");
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let required = json!({ "crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y) });
        Self {
            jwk: jwk(required, "ES256"),
            pair: Pair::Es256(pair),
        }
    }

    fn eddsa() -> Self {
        let pair = Ed25519KeyPair::generate().expect("random bytes");
        let x = encode(pair.public_key());
        let required = json!({ "crv": "Ed25519", "kty": "OKP", "x": x });
        Self {
            jwk: jwk(required, "EdDSA"),
            pair: Pair::EdDsa(pair),
        }
    }

    fn rs256() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).expect("random bytes");
        let public = pair.public_key();
        let exponent = encode(public.exponent().big_endian_without_leading_zero());
        let modulus = encode(public.modulus().big_endian_without_leading_zero());
        let required = json!({ "e": exponent, "kty": "RSA", "n": modulus });
        Self {
            jwk: jwk(required, "RS256"),
            pair: Pair::Rs256(Box::new(pair)),
        }
    }

    pub(crate) fn hs256(secret: &[u8]) -> Self {
        let required = json!({ "k": encode(secret), "kty": "oct" });
        Self {
            jwk: jwk(required, "HS256"),
            pair: Pair::Hs256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))),
        }
    }

    pub(crate) fn kid(&self) -> &str {
        self.jwk["kid"].as_str().expect("each key has a kid")
    }

    /// The header of its tokens.
    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": self.jwk["alg"], "kid": self.kid() })
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_under(&self.header(), claims)
    }

    /// A token with another header than its own.
    pub(crate) fn token_under(&self, header: &Value, claims: &Value) -> String {
        self.sign(&header.to_string(), &claims.to_string())
    }

    /// A token of these texts.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.signature(message.as_bytes());
        format!("{message}.{}", encode(signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Es256(pair) => {
                let signature = pair.sign(&random, message).expect("a key signs");
                signature.as_ref().to_vec()
            }
            Pair::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("a key signs");
                signature
            }
            Pair::Hs256(key) => hmac::sign(key, message).as_ref().to_vec(),
        }
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL.encode(bytes)
}

/// With the `kid` of RFC 7638: the SHA-256 of the required members, in the order of their names,
/// which is the one that a map has here.
fn jwk(required: Value, algorithm: &str) -> Value {
    let kid = encode(digest(&SHA256, required.to_string().as_bytes()));
    with(
        required,
        &json!({ "alg": algorithm, "use": "sig", "kid": kid }),
    )
}
