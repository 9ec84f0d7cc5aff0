//! What a follower is told, in JSON, and the same as an event.

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use time::OffsetDateTime;

use crate::model::revocation::{Revocation, Subject};
use crate::model::swept::Swept;
use crate::service::feed::Batch;

/// The last event: come back in a second, and go on where you were.
pub(super) const CLOSING: &[u8] = b"retry: 1000\nevent: closing\ndata: {}\n\n";

const BEFORE: &str = "event: revocations\nid: ";
const DATA: &str = "data: ";
const AFTER: &[u8] = b"\n\n";

#[derive(Serialize)]
struct Message<'b> {
    ledger: String,
    position: i64,
    more: bool,
    time: f64,
    swept: Gone,
    revocations: Vec<Entry<'b>>,
}

/// Which tokens the rows that were dropped may have concerned: those with a smaller `rev`, and no
/// later `exp`.
#[derive(Serialize)]
struct Gone {
    position: i64,
    exp: i64,
}

#[derive(Serialize)]
struct Entry<'b> {
    position: i64,
    effect: &'static str,
    cut_off: bool,
    subject: Claims<'b>,
    reason: &'static str,
    expires_at: i64,
}

/// The claims of the tokens that are meant.
#[derive(Default, Serialize)]
struct Claims<'b> {
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'b str>,
}

/// The whole event, encoded by whoever comes first.
pub(super) fn event(batch: &Batch) -> Bytes {
    batch.encoded.get_or_init(|| encode(batch).into()).clone()
}

/// The object alone, which is the last line of the event.
pub(super) fn object(batch: &Batch) -> Bytes {
    let event = event(batch);
    let end = event.len() - AFTER.len();
    let before = event[..end].iter().rposition(|byte| *byte == b'\n');
    let begin = before.map_or(0, |before| before + 1 + DATA.len());
    event.slice(begin..end)
}

fn encode(batch: &Batch) -> Vec<u8> {
    let Batch {
        ledger, position, ..
    } = batch;
    let mut text = format!("{BEFORE}{ledger}/{}\n{DATA}", position.0).into_bytes();
    let object = message(batch);
    serde_json::to_writer(&mut text, &object).expect("texts and numbers are JSON");
    text.extend_from_slice(AFTER);
    text
}

fn message(batch: &Batch) -> Message<'_> {
    let client_id = batch.application.client_id.as_str();
    let rows = batch.revocations.iter();
    Message {
        ledger: batch.ledger.to_string(),
        position: batch.position.0,
        more: batch.is_more,
        time: seconds(batch.time),
        swept: gone(&batch.swept),
        revocations: rows.map(|row| entry(row, client_id)).collect(),
    }
}

fn gone(swept: &Swept) -> Gone {
    Gone {
        position: swept.position.0,
        // Before anything was, too.
        exp: swept.latest_expiry().max(0),
    }
}

fn entry<'b>(Revocation { mark, entry }: &Revocation, client_id: &'b str) -> Entry<'b> {
    Entry {
        position: entry.position.0,
        effect: mark.effect.as_str(),
        cut_off: !mark.subject.is_absolute(),
        subject: claims(mark.subject, client_id),
        reason: entry.reason.as_str(),
        // Not a moment too early.
        expires_at: entry.expires_at.unix_timestamp() + 1,
    }
}

/// Of an application that is meant, only itself is told.
fn claims(subject: Subject, client_id: &str) -> Claims<'_> {
    let none = Claims::default();
    match subject {
        Subject::Token(id) => Claims {
            jti: Some(URL_SAFE_NO_PAD.encode(id.0)),
            ..none
        },
        Subject::Session(id) => Claims {
            sid: Some(id.to_string()),
            ..none
        },
        Subject::Key(id) => Claims {
            kid: Some(URL_SAFE_NO_PAD.encode(id.0)),
            ..none
        },
        Subject::User(user) => Claims {
            sub: Some(user.to_string()),
            ..none
        },
        Subject::Grant(user, _) => Claims {
            sub: Some(user.to_string()),
            client_id: Some(client_id),
            ..none
        },
        Subject::Application(_) => Claims {
            client_id: Some(client_id),
            ..none
        },
    }
}

/// To the millisecond, never ahead.
fn seconds(time: OffsetDateTime) -> f64 {
    let milliseconds = time.unix_timestamp_nanos().div_euclid(1_000_000);
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this era are exact in 53 bits"
    )]
    let milliseconds = milliseconds as f64;
    milliseconds / 1000.0
}
