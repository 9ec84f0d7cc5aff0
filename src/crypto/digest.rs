//! SHA-256.

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes)
        .as_ref()
        .try_into()
        .expect("a SHA-256 has 32 bytes")
}
