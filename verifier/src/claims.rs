//! What an access token says.

use serde::{Deserialize, Serialize};

/// What an access token says (RFC 9068, section 2.2, and RFC 8176 for `amr`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    /// One audience: a token belongs to one application.
    pub aud: String,
    /// The user, a UUID.
    pub sub: String,
    /// The session, a UUID.
    pub sid: String,
    /// 128 random bits, base64url.
    pub jti: String,
    /// Seconds since 1970-01-01, as `exp`, `auth_time` and `nbf` are.
    pub iat: i64,
    pub exp: i64,
    /// Never issued, but minded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub auth_time: i64,
    pub amr: Vec<String>,
    pub client_id: String,
    /// Separated by spaces; left out when there is none, since RFC 6749 knows no empty scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The ledger's position at which it was issued.
    pub rev: i64,
}
