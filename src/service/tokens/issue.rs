//! Issuing access tokens.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

use super::Tokens;
use crate::crypto::jwt::Claims;
use crate::crypto::random;
use crate::model::application::Application;
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::model::secret::AccessToken;
use crate::model::session::Session;
use crate::model::token::MAXIMUM_LIFETIME;

/// From when to when a token is valid, fixed at the start of the issuing transaction by the
/// database's clock: whole seconds, as the claims are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// What a token says.
pub struct Claimed<'s> {
    pub session: &'s Session,
    pub application: &'s Application,
    pub scopes: &'s Scopes,
    pub rev: Position,
    pub validity: Validity,
}

/// A token, and how many seconds it lives.
#[derive(Clone, Debug)]
pub struct Issued {
    pub token: AccessToken,
    pub expires_in_seconds: i64,
}

impl Validity {
    /// The validity of a token that is issued now, and lives so long, but not beyond its session.
    #[must_use]
    pub fn starting(now: OffsetDateTime, lifetime: Duration, end: OffsetDateTime) -> Self {
        let whole = |time: OffsetDateTime| time.replace_nanosecond(0).unwrap_or(time);
        let issued_at = whole(now);
        let latest = issued_at + lifetime.min(MAXIMUM_LIFETIME);
        // A token that is valid for no second at all is none.
        let earliest = issued_at + Duration::from_secs(1);
        Self {
            issued_at,
            expires_at: latest.min(whole(end)).max(earliest),
        }
    }
}

impl Tokens {
    /// Signs. To be called after the session's commit: a token that is out must have its row.
    #[must_use]
    pub fn issue(&self, claimed: &Claimed<'_>) -> Issued {
        let Claimed {
            session,
            application,
            scopes,
            rev,
            validity,
        } = claimed;
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: application.audience.clone(),
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
            client_id: application.client_id.clone(),
            scope: (!scopes.is_empty()).then(|| scopes.to_string()),
            rev: rev.0,
        };
        Issued {
            expires_in_seconds: claims.exp - claims.iat,
            token: self.keys.current().sign(&claims),
        }
    }
}
