//! Clocks that jump, and answers that no server gives.

use uuid::Uuid;

use super::*;
use crate::answer::{Effect, Reason, Row, Subject, Swept};
use crate::claims::Claims;
use crate::index::Marks;

const NOW: f64 = 1_795_330_447.5;
const BOUND: Duration = Duration::from_secs(5);
const HOUR: f64 = 3600.0;

fn token(rev: i64) -> Token {
    let text = str::to_owned;
    let claims = Claims {
        iss: text("https://login.example.com"),
        aud: text("https://shop.example.com"),
        sub: text("ada"),
        sid: text("a session"),
        jti: text("a token"),
        iat: whole(NOW) - 60,
        exp: whole(NOW) + 240,
        nbf: None,
        auth_time: whole(NOW) - 60,
        amr: Vec::new(),
        client_id: text("shop"),
        scope: None,
        rev,
    };
    Token {
        marks: Marks::of(&claims, "a key"),
        user: Uuid::nil(),
        session: Uuid::nil(),
        claims,
    }
}

fn answer(position: i64, time: f64, revocations: Vec<Row>) -> Answer {
    Answer {
        ledger: "a ledger".to_owned(),
        position,
        more: false,
        time,
        swept: None,
        revocations,
    }
}

const fn swept(position: i64, exp: i64) -> Swept {
    Swept { position, exp }
}

/// The session of the token was logged out of there.
fn logout(position: i64) -> Row {
    Row {
        position,
        effect: Effect::Dead,
        cut_off: false,
        subject: Subject::Session("a session".into()),
        reason: Reason::LoggedOut,
        expires_at: whole(NOW) + 251,
    }
}

fn heard() -> Heard {
    let heard = Heard::new();
    heard.learn(answer(9, NOW, vec![logout(9)]), NOW).unwrap();
    heard
}

#[test]
fn one_clock_that_was_ahead_brings_nobody_back_and_neither_do_both() {
    for (feed, ours, verdict) in [
        (HOUR, 0.0, Verdict::Dead(Reason::LoggedOut)),
        (0.0, HOUR, Verdict::Dead(Reason::LoggedOut)),
        // As on one machine: the row is gone, and was noted.
        (HOUR, HOUR, Verdict::Expired),
    ] {
        let heard = heard();
        heard
            .learn(answer(9, NOW + feed, Vec::new()), NOW + ours)
            .unwrap();
        heard.learn(answer(9, NOW, Vec::new()), NOW).unwrap();
        let judged = heard.judge(&token(8), NOW, BOUND);
        assert_eq!(judged, Opinion::Known(verdict), "{feed} {ours}");
        let next = heard.judge(&token(9), NOW, BOUND);
        let is_gone = verdict == Verdict::Expired;
        assert_eq!(next == Opinion::Known(Verdict::Live), is_gone);
    }
}

#[test]
fn a_clock_that_is_off_makes_what_was_heard_unknown_and_no_worse() {
    let heard = heard();
    heard.learn(answer(9, NOW, Vec::new()), NOW).unwrap();
    let mut living = token(9);
    living.claims.sid = "another".to_owned();
    living.marks = Marks::of(&living.claims, "a key");
    for (ahead, opinion) in [
        (0.0, Opinion::Known(Verdict::Live)),
        (5.0, Opinion::Known(Verdict::Live)),
        (5.1, Opinion::Outdated),
        (1e300, Opinion::Outdated),
        (-5.0, Opinion::Known(Verdict::Live)),
        (-5.1, Opinion::Outdated),
        (-1e300, Opinion::Outdated),
        (f64::NAN, Opinion::Outdated),
    ] {
        assert_eq!(heard.judge(&living, NOW + ahead, BOUND), opinion, "{ahead}");
    }
}

#[test]
fn what_no_server_says_is_not_believed_and_nothing_of_it_is_kept() {
    type Change = fn(&mut Answer);
    let changes: [Change; 10] = [
        |answer| answer.ledger.clear(),
        |answer| answer.ledger = "x".repeat(101),
        |answer| answer.position = i64::MAX,
        |answer| answer.position = -1,
        |answer| answer.revocations[0].position = i64::MIN,
        |answer| answer.revocations[0].position = 11,
        |answer| answer.revocations[0].expires_at = i64::MAX,
        |answer| answer.revocations[0].expires_at = -1,
        |answer| answer.swept = Some(swept(-1, 0)),
        |answer| answer.swept = Some(swept(0, GREATEST + 1)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let heard = Heard::new();
        let mut said = answer(10, NOW, vec![logout(10)]);
        change(&mut said);
        assert!(heard.learn(said, NOW).is_err(), "{number}");
        assert_eq!(heard.resumes(), None, "{number}");
        assert_eq!(heard.judge(&token(8), NOW, BOUND), Opinion::Outdated);
    }
}
