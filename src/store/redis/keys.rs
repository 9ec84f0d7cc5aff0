//! What the keys of the index are called.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;

use crate::model::id::{LedgerId, SessionId};
use crate::model::revocation::{Effect, Mark, Subject};

/// `cardea:LEDGER:KIND:IDENTIFIERS`, in base64url. The ledger is in it so that two installations can
/// share one Redis, and so that one restored from a backup does not find what it did afterwards.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

/// Some 62 bits of a ledger's identifier are random: these many bytes from its end tell two apart.
const LEDGER_BYTES: usize = 6;

/// Room for the longest, a grant's.
const LONGEST: usize = 80;

impl Keys {
    pub(super) fn of(ledger: LedgerId) -> Self {
        let bytes = ledger.0.into_bytes();
        let ledger = BASE64URL.encode(&bytes[bytes.len() - LEDGER_BYTES..]);
        Self {
            prefix: format!("cardea:{ledger}:"),
        }
    }

    pub(super) fn certificate(&self) -> String {
        self.name("certificate", &[])
    }

    /// Whoever makes the index puts one there, and sees by it whether it was flushed meanwhile.
    pub(super) fn marker(&self) -> String {
        self.name("marker", &[])
    }

    /// How many keys the server had dropped when the certificate was written.
    pub(super) fn evicted(&self) -> String {
        self.name("evicted", &[])
    }

    pub(super) fn mark(&self, mark: &Mark) -> String {
        let grant = match mark.effect {
            Effect::Dead => "g:",
            Effect::Stale => "stale:",
        };
        match &mark.subject {
            Subject::Token(id) => self.name("t:", &[&id.0]),
            Subject::Session(id) => self.name("s:", &[id.0.as_bytes()]),
            Subject::Key(id) => self.name("k:", &[&id.0]),
            Subject::User(id) => self.name("u:", &[id.0.as_bytes()]),
            Subject::Application(id) => self.name("a:", &[id.0.as_bytes()]),
            Subject::Grant(user, application) => {
                self.name(grant, &[user.0.as_bytes(), application.0.as_bytes()])
            }
        }
    }

    pub(super) fn presence(&self, session: SessionId) -> String {
        self.name("present:", &[session.0.as_bytes()])
    }

    fn name(&self, kind: &str, identifiers: &[&[u8]]) -> String {
        let mut name = String::with_capacity(LONGEST);
        name.push_str(&self.prefix);
        name.push_str(kind);
        for identifier in identifiers {
            BASE64URL.encode_string(identifier, &mut name);
        }
        name
    }
}
