//! HMAC-SHA256 (RFC 2104): what shows that we wrote something, and names that only we can make.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};

/// A key for one purpose, as `MasterKey::derive` makes them.
pub struct MacKey(Key);

impl MacKey {
    /// Bytes of a tag.
    pub const TAG_LENGTH: usize = 32;

    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Key::new(HMAC_SHA256, key))
    }

    /// The tag of these parts, in this order. Each goes in with its length: other parts never make
    /// the same bytes.
    #[must_use]
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; Self::TAG_LENGTH] {
        let mut context = Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        tag.as_ref().try_into().expect("a SHA-256 has 32 bytes")
    }

    /// Whether this is the tag of these parts, in a time that says nothing about how close it was.
    #[must_use]
    pub fn verifies(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        verify_slices_are_equal(&self.tag(parts), tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_belongs_to_its_key_and_its_parts() {
        let key = MacKey::new(&[1; 32]);
        let tag = key.tag(&[b"ab", b"c"]);
        assert!(key.verifies(&[b"ab", b"c"], &tag));
        for parts in [
            &[b"a".as_slice(), b"bc"][..],
            &[b"abc"],
            &[b"ab", b"c", b""],
            &[],
        ] {
            assert!(!key.verifies(parts, &tag), "{parts:?}");
        }
        assert!(!MacKey::new(&[2; 32]).verifies(&[b"ab", b"c"], &tag));
        assert!(!key.verifies(&[b"ab", b"c"], &tag[..31]));
        assert!(!key.verifies(&[b"ab", b"c"], b""));
    }
}
