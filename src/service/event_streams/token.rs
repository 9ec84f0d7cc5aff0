//! Events as they are told: security event tokens (RFC 8417), as CAEP 1.0 and SSF 1.0 want them.

use serde_json::{Map, Value, json};

use crate::crypto::jwt::{SigningKey, StatementType};
use crate::model::id::{StreamId, UserId};
use crate::model::outbox::{EventKind, Happening, Initiator, OutboxEvent};
use crate::model::session::EndReason;

/// From whom to whom.
pub(super) struct Letter<'l> {
    pub issuer: &'l str,
    pub audience: &'l str,
    pub stream: StreamId,
}

impl Letter<'_> {
    pub(super) fn signed(&self, event: &OutboxEvent, key: &SigningKey) -> String {
        key.sign_as(StatementType::SecurityEvent, &self.claims(event))
    }

    /// The same each time that it is told. There is neither `sub` nor `exp`: nobody is to take it for
    /// a token that lets somebody in (SSF 1.0, section 4.1).
    fn claims(&self, event: &OutboxEvent) -> Value {
        let happened_at = event.occurred_at.unix_timestamp();
        let mut claims = json!({
            "iss": self.issuer,
            "aud": self.audience,
            "jti": event.id.to_string(),
            "iat": happened_at,
            "sub_id": self.subject(&event.happening),
            "events": { event.happening.kind().uri(): payload(&event.happening, happened_at) },
        });
        if let Some(cause) = cause(event) {
            claims["txn"] = cause.into();
        }
        claims
    }

    fn subject(&self, happening: &Happening) -> Value {
        match happening {
            Happening::SessionRevoked { session, user, .. } => json!({
                "format": "complex",
                "user": self.user(*user),
                "session": { "format": "opaque", "id": session.to_string() },
            }),
            Happening::PasswordChanged { user, .. } => self.user(*user),
            Happening::Verification { .. } => {
                json!({ "format": "opaque", "id": self.stream.to_string() })
            }
        }
    }

    fn user(&self, user: UserId) -> Value {
        json!({ "format": "iss_sub", "iss": self.issuer, "sub": user.to_string() })
    }
}

fn payload(happening: &Happening, happened_at: i64) -> Value {
    match happening {
        Happening::SessionRevoked {
            reason, initiator, ..
        } => Value::Object(about(*reason, *initiator, happened_at)),
        Happening::PasswordChanged { initiator, .. } => {
            let mut payload = about(EndReason::PasswordChanged, *initiator, happened_at);
            payload.insert("credential_type".to_owned(), "password".into());
            payload.insert("change_type".to_owned(), "update".into());
            Value::Object(payload)
        }
        Happening::Verification { state: None } => json!({}),
        Happening::Verification { state } => json!({ "state": state }),
    }
}

/// What CAEP 1.0, section 2, lets every event say.
fn about(reason: EndReason, initiator: Initiator, happened_at: i64) -> Map<String, Value> {
    Map::from_iter([
        ("event_timestamp".to_owned(), happened_at.into()),
        ("initiating_entity".to_owned(), initiator.as_str().into()),
        ("reason_admin".to_owned(), json!({ "en": reason.as_str() })),
    ])
}

/// What the events of one cause have in common, and no others: the row of the ledger.
fn cause(event: &OutboxEvent) -> Option<String> {
    let is_asked_for = event.happening.kind() == EventKind::Verification;
    (!is_asked_for).then(|| event.position.0.to_string())
}
