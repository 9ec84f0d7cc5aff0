//! Issuing access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

use super::Tokens;
use crate::crypto::jwt::Claims;
use crate::crypto::random;
use crate::model::revocation::Position;
use crate::model::secret::AccessToken;
use crate::model::session::Session;

/// From when to when a token is valid, fixed at the start of the issuing transaction by the
/// database's clock: whole seconds, as the claims are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// What a token says of its session.
pub struct Grant<'s> {
    pub session: &'s Session,
    pub rev: Position,
    pub validity: Validity,
}

/// A token, and how many seconds it lives.
#[derive(Clone, Debug)]
pub struct Issued {
    pub token: AccessToken,
    pub expires_in_seconds: i64,
}

impl Tokens {
    /// The validity of a token that is issued now.
    #[must_use]
    pub fn validity(&self, now: OffsetDateTime) -> Validity {
        let issued_at = now.replace_nanosecond(0).unwrap_or(now);
        Validity {
            issued_at,
            expires_at: issued_at + self.lifetime,
        }
    }

    /// Signs. To be called after the session's commit: a token that is out must have its row.
    #[must_use]
    pub fn issue(&self, grant: &Grant<'_>) -> Issued {
        let Grant {
            session,
            rev,
            validity,
        } = grant;
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: self.application.audience.clone(),
            sub: session.user.to_string(),
            sid: session.id.to_string(),
            jti: URL_SAFE_NO_PAD.encode(random::bytes::<16>()),
            iat: validity.issued_at.unix_timestamp(),
            exp: validity.expires_at.unix_timestamp(),
            nbf: None,
            auth_time: session.created_at.unix_timestamp(),
            amr: session
                .methods
                .iter()
                .map(|method| method.amr().to_owned())
                .collect(),
            client_id: self.application.client_id.clone(),
            scope: None,
            rev: rev.0,
        };
        Issued {
            expires_in_seconds: claims.exp - claims.iat,
            token: self.keys.current().sign(&claims),
        }
    }
}
