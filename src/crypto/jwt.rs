//! Access tokens as RFC 9068 JWTs: signing, and verifying what a signature can say.

mod pair;
mod signing_key;
mod verifying_key;

/// Sub-systems read the same words.
pub use cardea_verifier::Claims;

pub use self::signing_key::{BadKey, SigningKey, StatementType, id_of};
pub use self::verifying_key::VerifyingKey;

use crate::model::secret::AccessToken;

/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// Longer ones are refused unread. Ours have about 600 bytes.
pub const MAXIMUM_LENGTH: usize = 8 * 1024;

/// The token can't be verified: its shape, key, type, algorithm, signature or claims are off.
/// Which one is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token can't be verified")]
pub struct Unverified;

/// The `kid` of a token that might be ours: right size, shape and type, nothing critical that
/// nobody here understands, no key of its own (RFC 8725, sections 3.10 and 3.11).
pub fn key_named_by(token: &AccessToken) -> Result<String, Unverified> {
    let text = token.expose();
    if text.len() > MAXIMUM_LENGTH || text.split('.').count() != 3 {
        return Err(Unverified);
    }
    let header = jsonwebtoken::decode_header(text).map_err(|_| Unverified)?;
    let is_access_token = header.typ.as_deref().is_some_and(is_access_token_type);
    let brings_a_key = header.jwk.is_some()
        || header.jku.is_some()
        || header.x5u.is_some()
        || header.x5c.is_some();
    if !is_access_token || brings_a_key || header.crit.is_some() {
        return Err(Unverified);
    }
    header.kid.ok_or(Unverified)
}

/// Media types are compared without case, and `application/` may be left out (RFC 7515, 4.1.9).
fn is_access_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TYPE
}
