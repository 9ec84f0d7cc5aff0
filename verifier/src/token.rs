//! A token whose signature was good, and whether it may pass now as far as it can say itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use uuid::Uuid;

use crate::claims::Claims;
use crate::index::Marks;
use crate::refusal::Refusal;

/// No access token lives longer, whatever the server is configured to.
const MAXIMUM_LIFETIME_SECONDS: i64 = 60 * 60;

/// Bytes of a `jti`.
const TOKEN_ID: usize = 16;

/// What the token of a good signature says. Whether it may pass *now* is not remembered.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) claims: Claims,
    pub(crate) user: Uuid,
    pub(crate) session: Uuid,
    pub(crate) marks: Marks,
}

/// How far our clock may be behind the server's.
const CLOCK_TOLERANCE_SECONDS: i64 = 5;

/// Whose tokens may pass.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    /// The feed tells of this application alone: of another one's token it would know nothing,
    /// though both had the same audience.
    pub(crate) client_id: String,
    pub(crate) leeway_seconds: i64,
}

impl Token {
    /// What can't change: whose it is, and whether it says all that it has to.
    pub(crate) fn read(claims: Claims, kid: &str, expected: &Expected) -> Option<Self> {
        let lifetime = claims.exp.checked_sub(claims.iat)?;
        let is_token_id =
            (BASE64URL.decode(&claims.jti)).is_ok_and(|bytes| bytes.len() == TOKEN_ID);
        if claims.iss != expected.issuer
            || !(1..=MAXIMUM_LIFETIME_SECONDS).contains(&lifetime)
            || !is_token_id
        {
            return None;
        }
        Some(Self {
            user: canonical(&claims.sub)?,
            session: canonical(&claims.sid)?,
            marks: Marks::of(&claims, kid),
            claims,
        })
    }

    /// Whether it is for us, and its time is now (in seconds since 1970-01-01).
    pub(crate) fn check(&self, expected: &Expected, now: i64) -> Result<(), Refusal> {
        let claims = &self.claims;
        if claims.aud != expected.audience || claims.client_id != expected.client_id {
            return Err(Refusal::WrongAudience);
        }
        if now >= claims.exp.saturating_add(expected.leeway_seconds) {
            return Err(Refusal::Expired);
        }
        let earliest = claims.nbf.unwrap_or(i64::MIN).max(claims.iat);
        if earliest > now.saturating_add(CLOCK_TOLERANCE_SECONDS) {
            return Err(Refusal::NotYetValid);
        }
        Ok(())
    }
}

/// A UUID as the server writes it: the feed names users and sessions by the same text.
fn canonical(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}
