//! Refresh tokens: opaque secrets that name their session, and that nobody else can make.
//!
//! A token is base64url of 68 bytes: the session's id, its era, 32 secret bytes, and a mark (HMAC-SHA256,
//! cut to 16 bytes) by which a token that was once ours is known, long after its hash was
//! forgotten. So a used-up token is known as such, and a made-up one ends nobody's session.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::digest::sha256;
use super::random;
use super::sealed::MasterKey;
use crate::model::id::SessionId;
use crate::model::refresh::{RefreshEra, RefreshHash, RefreshMark};
use crate::model::secret::RefreshToken;

const SESSION: usize = 16;
const ERA: usize = 4;
const SECRET: usize = 32;
const MARK: usize = 16;
const LENGTH: usize = SESSION + ERA + SECRET + MARK;

/// Makes refresh tokens, and knows its own.
pub struct RefreshTokens {
    marking: hmac::Key,
    deriving: hmac::Key,
}

/// A token that we gave out once, whatever has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentic {
    pub session: SessionId,
    pub mark: RefreshMark,
}

impl RefreshTokens {
    /// All nodes of an installation have the same master key, and so know one another's tokens.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let key = |name| hmac::Key::new(HMAC_SHA256, master.derive(name).as_slice());
        Self {
            marking: key("refresh token: mark"),
            deriving: key("refresh token: successor"),
        }
    }

    /// The first one of a session in an era.
    #[must_use]
    pub fn first(&self, session: SessionId, era: RefreshEra) -> (RefreshToken, RefreshHash) {
        self.write(session, era, &random::bytes::<SECRET>())
    }

    /// The one that takes the place of `used`, as the session's `rotation`-th: the same each time,
    /// for only hashes are kept.
    #[must_use]
    pub fn successor(
        &self,
        session: SessionId,
        rotation: i64,
        used: RefreshMark,
    ) -> (RefreshToken, RefreshHash) {
        let mut context = hmac::Context::with_key(&self.deriving);
        context.update(session.0.as_bytes());
        context.update(&rotation.to_be_bytes());
        context.update(&used.hash.0);
        let secret = context.sign();
        self.write(session, used.era, secret.as_ref())
    }

    /// Reads a token, if it is one of ours.
    #[must_use]
    pub fn read(&self, token: &RefreshToken) -> Option<Authentic> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(token.expose()).ok()?);
        let (unmarked, mark) = bytes.split_at_checked(SESSION + ERA + SECRET)?;
        let expected = hmac::sign(&self.marking, unmarked);
        let is_ours =
            aws_lc_rs::constant_time::verify_slices_are_equal(mark, &expected.as_ref()[..MARK]);
        is_ours.ok()?;
        let (session, rest) = unmarked.split_at(SESSION);
        let (era, _) = rest.split_first_chunk::<ERA>()?;
        Some(Authentic {
            session: SessionId(Uuid::from_slice(session).ok()?),
            mark: RefreshMark {
                era: RefreshEra(i32::from_be_bytes(*era)),
                hash: RefreshHash(sha256(&bytes)),
            },
        })
    }

    fn write(
        &self,
        session: SessionId,
        era: RefreshEra,
        secret: &[u8],
    ) -> (RefreshToken, RefreshHash) {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH));
        bytes.extend_from_slice(session.0.as_bytes());
        bytes.extend_from_slice(&era.0.to_be_bytes());
        bytes.extend_from_slice(secret);
        let mark = hmac::sign(&self.marking, &bytes);
        bytes.extend_from_slice(&mark.as_ref()[..MARK]);
        let hash = RefreshHash(sha256(&bytes));
        (RefreshToken::new(URL_SAFE_NO_PAD.encode(&*bytes)), hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERA: RefreshEra = RefreshEra(7);

    #[test]
    fn only_what_we_made_is_ours() {
        let tokens = RefreshTokens::new(&MasterKey::new(&[1; 32]));
        let session = SessionId::new();
        let (token, hash) = tokens.first(session, ERA);
        assert_eq!(
            tokens.read(&token),
            Some(Authentic {
                session,
                mark: RefreshMark { era: ERA, hash }
            })
        );
        let text = token.expose();
        for index in 0..text.len() {
            let mut changed = text.to_owned();
            let other = if &text[index..=index] == "A" {
                "B"
            } else {
                "A"
            };
            changed.replace_range(index..=index, other);
            assert_eq!(tokens.read(&RefreshToken::new(changed)), None, "{index}");
            let cut = text[..index].to_owned();
            assert_eq!(tokens.read(&RefreshToken::new(cut)), None, "{index}");
        }
        let elsewhere = RefreshTokens::new(&MasterKey::new(&[2; 32]));
        assert_eq!(elsewhere.read(&token), None);
    }

    #[test]
    fn a_successor_is_the_same_each_time() {
        let tokens = RefreshTokens::new(&MasterKey::new(&[1; 32]));
        let session = SessionId::new();
        let (first, hash) = tokens.first(session, ERA);
        let used = RefreshMark { era: ERA, hash };
        let successor = tokens.successor(session, 1, used);
        assert_eq!(tokens.successor(session, 1, used), successor);
        assert_ne!(tokens.successor(session, 2, used), successor);
        assert_ne!(tokens.successor(SessionId::new(), 1, used), successor);
        assert_ne!(successor.0, first);
    }
}
