//! Sealing: what must not be readable in the database is encrypted under the master key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, RandomizedNonceKey};
use aws_lc_rs::hkdf::{self, HKDF_SHA256};
use zeroize::Zeroizing;

/// The master key: AES-256-GCM (NIST SP 800-38D) with random nonces. It seals a handful of keys,
/// far below the 2^32 that random nonces allow.
pub struct MasterKey {
    sealing: RandomizedNonceKey,
    /// What other keys are derived from (RFC 5869).
    deriving: hkdf::Prk,
}

/// The master key is not the one that this was sealed with, or the text was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the master key does not open this")]
pub struct WrongKey;

impl MasterKey {
    /// Bytes of a master key.
    pub const LENGTH: usize = 32;

    #[must_use]
    pub fn new(key: &[u8; Self::LENGTH]) -> Self {
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, key);
        Self {
            sealing: sealing.expect("AES-256 keys have 32 bytes"),
            deriving: hkdf::Salt::new(HKDF_SHA256, b"cardea").extract(key),
        }
    }

    /// Another key, for what this name says: 32 bytes, the same each time (HKDF, RFC 5869).
    #[must_use]
    pub fn derive(&self, name: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let info = [name.as_bytes()];
        self.deriving
            .expand(&info, HKDF_SHA256)
            .and_then(|material| material.fill(key.as_mut_slice()))
            .expect("HKDF gives 32 bytes");
        key
    }

    /// Encrypts; `name` says what it is, so that one sealed thing can't be put in another's place.
    #[must_use]
    pub fn seal(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        let mut text = plain.to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(name), &mut text)
            .expect("AES-GCM takes texts of this length");
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&text);
        sealed
    }

    /// The inverse of [`Self::seal`].
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrongKey> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(WrongKey)?;
        let nonce =
            aws_lc_rs::aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| WrongKey)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .sealing
            .open_in_place(nonce, Aad::from(name), &mut text)
            .map_err(|_| WrongKey)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_under_its_name_and_key_only() {
        let key = MasterKey::new(&[1; 32]);
        let sealed = key.seal("a", b"secret");
        assert_eq!(
            key.open("a", &sealed).expect("it opens").as_slice(),
            b"secret"
        );
        assert_eq!(key.open("b", &sealed).err(), Some(WrongKey));
        assert_eq!(
            MasterKey::new(&[2; 32]).open("a", &sealed).err(),
            Some(WrongKey)
        );
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(key.open("a", &changed).err(), Some(WrongKey));
        }
        assert_eq!(key.open("a", &sealed[..5]).err(), Some(WrongKey));
    }

    #[test]
    fn a_derived_key_belongs_to_its_name_and_its_master_key() {
        let key = MasterKey::new(&[1; 32]);
        // By an HKDF of somebody else's, so that an update doesn't make other keys of old ones.
        let expected: [u8; 32] = [
            0xe7, 0x9a, 0x57, 0x34, 0x6f, 0xcc, 0xb4, 0x96, 0x93, 0x59, 0x84, 0x67, 0x82, 0x65,
            0x5e, 0xfd, 0xe6, 0x32, 0x74, 0x54, 0xda, 0x27, 0xf5, 0x2e, 0xaf, 0x41, 0xe3, 0x55,
            0x07, 0xe8, 0x90, 0x90,
        ];
        assert_eq!(*key.derive("a"), expected);
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), MasterKey::new(&[2; 32]).derive("a"));
    }
}
