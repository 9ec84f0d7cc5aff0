//! Tokens taken apart and put together again: with the server's own key, with foreign ones, with none.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cardea::config::decode_master_key;
use cardea::crypto::jwt::SigningKey;
use cardea::crypto::sealed::MasterKey;
use cardea::model::signing_key::Algorithm;
use cardea_entity::signing_keys;
use sea_orm::EntityTrait as _;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::app::TestApp;

/// The order of the curve P-256 (SEC 2, section 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A token in its parts.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub header: Value,
    pub claims: Value,
    pub signature: Vec<u8>,
}

impl Token {
    pub(crate) fn apart(text: &str) -> Self {
        let mut parts = text.split('.').map(decode);
        let mut next = || parts.next().expect("a token has three parts");
        let json = |bytes: Vec<u8>| serde_json::from_slice(&bytes).expect("JSON");
        Self {
            header: json(next()),
            claims: json(next()),
            signature: next(),
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        let members = self.header.as_object_mut().expect("an object");
        members.remove(name).expect("it was there");
        self
    }

    pub(crate) fn with_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    pub(crate) fn without_claim(mut self, name: &str) -> Self {
        let members = self.claims.as_object_mut().expect("an object");
        members.remove(name).expect("it was there");
        self
    }

    pub(crate) fn claim(&self, name: &str) -> i64 {
        self.claims[name].as_i64().expect("a number")
    }

    pub(crate) fn signed_by(&self, key: &Key) -> String {
        key.sign(&self.header.to_string(), &self.claims.to_string())
    }

    /// With this text for a signature.
    pub(crate) fn unsigned(&self, signature: &str) -> String {
        let unsigned = join(&self.header.to_string(), &self.claims.to_string());
        format!("{unsigned}.{signature}")
    }

    /// Signed with HMAC, under whatever serves as a secret.
    pub(crate) fn hashed_under(&self, secret: &[u8]) -> String {
        let unsigned = join(&self.header.to_string(), &self.claims.to_string());
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        let tag = aws_lc_rs::hmac::sign(&key, unsigned.as_bytes());
        format!("{unsigned}.{}", encode(tag.as_ref()))
    }
}

/// A token whose signature is another, made of the same one.
pub(crate) fn with_signature(token: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let (unsigned, signature) = token.rsplit_once('.').expect("a token has a signature");
    format!("{unsigned}.{}", encode(&change(&decode(signature))))
}

/// The other signature that verifies just as well: (r, n - s).
pub(crate) fn twin(signature: &[u8]) -> Vec<u8> {
    let mut twin = signature.to_vec();
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(ORDER[index]) - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        twin[32 + index] = u8::try_from(difference.rem_euclid(256)).expect("a byte");
    }
    twin
}

/// The same two numbers in DER, as X.509 has them and JWS has not.
pub(crate) fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let mut bytes = vec![0x02];
        let padding = usize::from(number[0] & 0x80 != 0);
        bytes.push(u8::try_from(number.len() + padding).expect("short"));
        bytes.extend(std::iter::repeat_n(0, padding));
        bytes.extend_from_slice(number);
        bytes
    };
    let numbers = [integer(&signature[..32]), integer(&signature[32..])].concat();
    let mut bytes = vec![0x30, u8::try_from(numbers.len()).expect("short")];
    bytes.extend(numbers);
    bytes
}

/// A key that signs what it is given.
pub(crate) struct Key(EcdsaKeyPair);

impl Key {
    /// Nobody's.
    pub(crate) fn foreign() -> Self {
        Self::of(&SigningKey::generate(Algorithm::Es256))
    }

    /// The server's own, out of its database.
    pub(crate) async fn of_server(app: &TestApp) -> Self {
        let rows = signing_keys::Entity::find()
            .all(&app.database().await)
            .await;
        let row = rows.expect("the table is there").pop().expect("a key");
        let file = std::fs::read_to_string(app.config().master_key_file()).expect("a file");
        let master = decode_master_key(&file).expect("a key");
        let master = MasterKey::new(master.expose_secret());
        let private = master.open(&row.kid, &row.sealed_key);
        Self::of(&private.expect("it was sealed under this key"))
    }

    fn of(private: &[u8]) -> Self {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private);
        Self(pair.expect("a P-256 key"))
    }

    /// The uncompressed point: 65 bytes.
    pub(crate) fn public_point(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs these very texts.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let unsigned = join(header, claims);
        let signature = self.0.sign(&SystemRandom::new(), unsigned.as_bytes());
        let signature = signature.expect("a key signs");
        format!("{unsigned}.{}", encode(signature.as_ref()))
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn join(header: &str, claims: &str) -> String {
    format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    )
}
