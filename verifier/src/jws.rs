//! A token's three parts (RFC 7515, section 7.1), and what its header says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::claims::Claims;
use crate::keys::{Algorithm, Key};

/// Longer ones are refused unread. The server's have about 600 bytes.
pub(crate) const MAXIMUM_LENGTH: usize = 8 * 1024;

/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// Bytes of a `kid`: an RFC 7638 thumbprint.
const THUMBPRINT: usize = 32;

/// A token that might be ours: its shape is right, and nobody has vouched for it yet.
pub(crate) struct Unverified<'t> {
    message: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    pub(crate) kid: String,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: Algorithm,
    kid: String,
    crit: Option<IgnoredAny>,
    jwk: Option<IgnoredAny>,
    jku: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
    x5c: Option<IgnoredAny>,
}

impl<'t> Unverified<'t> {
    /// Right shape and type, a `kid` as ours are, nothing critical that nobody here understands,
    /// no key of its own (RFC 8725, sections 3.10 and 3.11).
    pub(crate) fn read(token: &'t str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let header: Header = serde_json::from_slice(&BASE64URL.decode(header).ok()?).ok()?;
        let brings_a_key = header.jwk.is_some()
            || header.jku.is_some()
            || header.x5u.is_some()
            || header.x5c.is_some();
        let is_thumbprint =
            (BASE64URL.decode(&header.kid)).is_ok_and(|bytes| bytes.len() == THUMBPRINT);
        let is_ours = is_access_token_type(&header.typ) && is_thumbprint;
        if !is_ours || brings_a_key || header.crit.is_some() {
            return None;
        }
        Some(Self {
            message,
            payload,
            signature: BASE64URL.decode(signature).ok()?,
            algorithm: header.alg,
            kid: header.kid,
        })
    }

    /// What it says, if this key signed it.
    pub(crate) fn claims(&self, key: &Key) -> Option<Claims> {
        if !key.verifies(self.algorithm, self.message.as_bytes(), &self.signature) {
            return None;
        }
        serde_json::from_slice(&BASE64URL.decode(self.payload).ok()?).ok()
    }
}

/// Media types are compared without case, and `application/` may be left out (RFC 7515, 4.1.9).
fn is_access_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TYPE
}
