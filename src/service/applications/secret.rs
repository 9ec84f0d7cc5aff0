//! The secret of a confidential application: made here, shown once, kept as its hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::digest::sha256;
use crate::crypto::random;
use crate::model::secret::ClientSecret;

/// 256 random bits in base64url: nothing that a slow hash would have to protect.
pub(super) fn new() -> ClientSecret {
    ClientSecret::new(URL_SAFE_NO_PAD.encode(random::bytes::<32>()))
}

pub(super) fn hash(secret: &ClientSecret) -> [u8; 32] {
    sha256(secret.expose().as_bytes())
}
