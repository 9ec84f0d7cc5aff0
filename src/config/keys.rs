//! `[keys]`: signing keys, and the master key under which they lie encrypted in the database.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};

use super::faults::Problems;
use super::secret;

/// Signing keys, and the master key under which they lie encrypted in the database. All nodes need the same.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key itself: 32 bytes in base64url, base64 or hexadecimal; better in the environment than in a file.
    #[serde(serialize_with = "secret::redacted")]
    #[schemars(
        with = "Option<String>",
        example = "the output of: openssl rand -hex 32",
        extend("secret" = true)
    )]
    pub master_key: Option<SecretString>,
    /// File that holds the key, made if it is not there; by default `master.key` in `data.directory`.
    #[schemars(example = "/run/secrets/cardea-master-key")]
    pub master_key_file: Option<PathBuf>,
    /// How keys that are made from now on sign; after a change the server makes one at its start, and signs with it ten minutes later.
    pub algorithm: KeyAlgorithm,
    /// Days after which a new key takes over; 0 leaves that to `cardea keys rotate`.
    #[schemars(
        range(min = 0, max = 3650),
        extend("because" = "a key that signs for longer than ten years is not rotated, and 0 says so")
    )]
    pub rotation_days: u64,
}

/// An algorithm of JWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeyAlgorithm {
    /// ECDSA on P-256: short, quick to sign, and verified everywhere.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519: shorter and quicker still, and not verified everywhere.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// RSA of 3072 bits: long, and slow to sign, for those who verify nothing else.
    #[serde(rename = "RS256")]
    Rs256,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            master_key: None,
            master_key_file: None,
            algorithm: KeyAlgorithm::default(),
            rotation_days: 90,
        }
    }
}

/// Reads a master key as it may be written, in the configuration or in its file: 32 bytes in base64url,
/// base64 (RFC 4648, with or without padding) or hexadecimal, white space around it ignored.
#[must_use]
pub fn decode_master_key(text: &str) -> Option<SecretBox<[u8; 32]>> {
    let text = text.trim();
    let bytes = Zeroizing::new(decode_hexadecimal(text).or_else(|| decode_base64(text))?);
    (bytes.len() == 32)
        .then(|| SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(&bytes)))
}

impl Keys {
    pub(super) fn check(&self, problems: &mut Problems) {
        if self.master_key.is_some() && self.master_key_file.is_some() {
            problems.add(
                &["keys.master_key_file", "keys.master_key"],
                "keys.master_key and keys.master_key_file are both set: keep the one that holds the key, remove the other",
            );
        }
        if self
            .master_key
            .as_ref()
            .is_some_and(|key| decode_master_key(key.expose_secret()).is_none())
        {
            problems.add(
                &["keys.master_key"],
                "must be 32 bytes in base64url, base64 or hexadecimal; `openssl rand -hex 32` makes such a key",
            );
        }
    }
}

/// Only what has the length of 32 bytes: in base64 the same letters would be other bytes.
fn decode_hexadecimal(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let digits: Option<Vec<u32>> = text.chars().map(|letter| letter.to_digit(16)).collect();
    digits?
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let engine = if text.contains(['-', '_']) {
        URL_SAFE_NO_PAD
    } else {
        STANDARD_NO_PAD
    };
    engine.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<[u8; 32]> {
        decode_master_key(text).map(|key| *key.expose_secret())
    }

    #[test]
    fn a_master_key_is_read_in_each_of_its_spellings() {
        let key = [0xfb; 32];
        assert_eq!(read(&"fb".repeat(32)), Some(key));
        assert_eq!(read(&format!("{}\n", "FB".repeat(32))), Some(key));
        assert_eq!(
            read("-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s"),
            Some(key)
        );
        assert_eq!(
            read("+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s="),
            Some(key)
        );
    }

    #[test]
    fn anything_but_32_bytes_is_refused() {
        for text in [
            "",
            "secret",
            &"fb".repeat(31),
            &"fb".repeat(33),
            &"é".repeat(32),
            "-_v7-_v7-_v7+/v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn two_master_keys_are_one_too_many() {
        let keys = Keys {
            master_key: Some("fb".repeat(32).into()),
            master_key_file: Some("key".into()),
            ..Keys::default()
        };
        assert_eq!(Problems::collect(|problems| keys.check(problems)).len(), 1);
    }
}
