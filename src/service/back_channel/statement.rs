//! A logout token (`OpenID` Connect Back-Channel Logout 1.0, section 2.4).

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::BackChannel;
use crate::crypto::jwt::StatementType;
use crate::model::id::{EventId, SessionId, UserId};

/// What such a token says happened: without this, it is none.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long one may be taken: section 4 of the standard asks for two minutes at most.
const LIFETIME: Duration = Duration::from_mins(2);

/// Of whom a token tells, and to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Over<'a> {
    pub client_id: &'a str,
    pub event: EventId,
    pub user: UserId,
    pub session: SessionId,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    sub: String,
    sid: String,
    events: Value,
}

impl BackChannel {
    /// A fresh token, as a form. The event is its `jti`, however often it is told.
    pub(super) fn form(&self, over: Over<'_>) -> String {
        let iat = self.0.clock.unix_seconds();
        let claims = Claims {
            iss: &self.0.issuer,
            aud: over.client_id,
            iat,
            exp: iat.saturating_add_unsigned(LIFETIME.as_secs()),
            jti: over.event.to_string(),
            sub: over.user.to_string(),
            sid: over.session.to_string(),
            events: json!({ EVENT: {} }),
        };
        let key = self.0.keys.current();
        let token = key.sign_as(StatementType::Logout, &claims);
        // Base64url and dots: nothing that a form would encode.
        format!("logout_token={token}")
    }
}
