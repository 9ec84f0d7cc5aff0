//! Key pairs that are kept, whatever their algorithm.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
    EllipticCurveKeyType, Jwk, KeyAlgorithm, OctetKeyPairParameters, OctetKeyPairType,
    PublicKeyUse, RSAKeyParameters, RSAKeyType,
};

use super::signing_key::BadKey;
use crate::model::signing_key::Algorithm;

/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

/// Bytes of a modulus of 3072 bits.
const MODULUS: usize = 384;

/// A private key, parsed, with its public half.
pub(super) enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

impl Pair {
    pub(super) fn open(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, BadKey> {
        Ok(match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
                Self::Es256(pair.map_err(|_| BadKey)?)
            }
            Algorithm::EdDsa => Self::EdDsa(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| BadKey)?),
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| BadKey)?;
                if pair.public_modulus_len() != MODULUS {
                    return Err(BadKey);
                }
                Self::Rs256(pair)
            }
        })
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::Es256,
            Self::EdDsa(_) => Algorithm::EdDsa,
            Self::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// The signature as a JWS has it (RFC 7518, sections 3.3 and 3.4, and RFC 8037, section 3.1).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        const SIGNS: &str = "a key that was opened signs";
        let random = SystemRandom::new();
        match self {
            Self::Es256(pair) => pair.sign(&random, message).expect(SIGNS).as_ref().to_vec(),
            Self::EdDsa(pair) => pair.try_sign(message).expect(SIGNS).as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect(SIGNS);
                signature
            }
        }
    }

    /// The public half, without a `kid`.
    pub(super) fn public_jwk(&self) -> Jwk {
        let (algorithm, name) = match self {
            Self::Es256(pair) => (elliptic_curve(pair), KeyAlgorithm::ES256),
            Self::EdDsa(pair) => (octet_key_pair(pair), KeyAlgorithm::EdDSA),
            Self::Rs256(pair) => (rsa(pair), KeyAlgorithm::RS256),
        };
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(name),
            ..CommonParameters::default()
        };
        Jwk { common, algorithm }
    }
}

/// RFC 7518, section 6.2.1.
fn elliptic_curve(pair: &EcdsaKeyPair) -> AlgorithmParameters {
    // An uncompressed point (SEC 1, section 2.3.3): a byte that says so, then its coordinates.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(COORDINATE);
    AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
        key_type: EllipticCurveKeyType::EC,
        curve: EllipticCurve::P256,
        x: URL_SAFE_NO_PAD.encode(x),
        y: URL_SAFE_NO_PAD.encode(y),
    })
}

/// RFC 8037, section 2.
fn octet_key_pair(pair: &Ed25519KeyPair) -> AlgorithmParameters {
    AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
        key_type: OctetKeyPairType::OctetKeyPair,
        curve: EllipticCurve::Ed25519,
        x: URL_SAFE_NO_PAD.encode(pair.public_key()),
    })
}

/// RFC 7518, section 6.3.1: numbers without leading zeros.
fn rsa(pair: &RsaKeyPair) -> AlgorithmParameters {
    let public = pair.public_key();
    let encode = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    AlgorithmParameters::RSA(RSAKeyParameters {
        key_type: RSAKeyType::RSA,
        n: encode(public.modulus().big_endian_without_leading_zero()),
        e: encode(public.exponent().big_endian_without_leading_zero()),
    })
}
