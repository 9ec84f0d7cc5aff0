//! Sweeping, whatever the clocks say, against a ledger that is never swept.

use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::model::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use crate::model::revocation::{
    Effect, Findings, Mark, Marks, Revocation, Subject, Verdict, judge,
};
use crate::model::session::EndReason;

const USER: UserId = UserId(Uuid::from_u128(1));
const SOMEBODY_ELSE: UserId = UserId(Uuid::from_u128(6));
const SESSION: SessionId = SessionId(Uuid::from_u128(2));

fn marks() -> Marks {
    let application = ApplicationId(Uuid::from_u128(3));
    Marks::of(TokenId([4; 16]), SESSION, KeyId([5; 32]), USER, application)
}

fn margin() -> i64 {
    RETENTION_MARGIN.as_secs().cast_signed()
}

/// A ledger of cut-offs and of one session's end, and which of its rows are dropped.
fn ledger() -> impl Strategy<Value = Vec<(Subject, i64, bool)>> {
    let subject = prop_oneof![
        Just(Subject::User(USER)),
        Just(Subject::User(SOMEBODY_ELSE)),
        Just(Subject::Session(SESSION)),
    ];
    prop::collection::vec((subject, 0..60_i64, any::<bool>()), 0..6)
}

/// The rows as they are kept: a row lives until the last token that it concerns has expired, and
/// nothing is issued for a session once it has ended.
fn rows(ledger: &[(Subject, i64, bool)], rev: i64, exp: i64) -> Vec<(Revocation, bool)> {
    let mut rows = Vec::new();
    for ((subject, expiry, is_dropped), position) in ledger.iter().zip(1..) {
        if subject.is_absolute() && position <= rev {
            continue;
        }
        let concerns_it = position > rev && *subject != Subject::User(SOMEBODY_ELSE);
        let expiry = if concerns_it { exp + margin() } else { 0 }.max(*expiry);
        let entry = Entry {
            position: Position(position),
            reason: EndReason::LoggedOut,
            expires_at: OffsetDateTime::from_unix_timestamp(expiry).unwrap(),
        };
        let mark = Mark {
            subject: *subject,
            effect: Effect::Dead,
        };
        rows.push((Revocation { mark, entry }, *is_dropped));
    }
    rows
}

fn findings(marks: &Marks, rows: impl Iterator<Item = Revocation>) -> Findings {
    let mut findings = Findings::default();
    for row in rows {
        for (mark, finding) in marks.0.iter().zip(&mut findings) {
            if *mark == row.mark {
                *finding = Some(finding.map_or(row.entry, |known: Entry| known.merge(row.entry)));
            }
        }
    }
    findings
}

proptest! {
    #[test]
    fn a_token_that_a_dropped_row_killed_is_not_taken(
        ledger in ledger(), rev in 0..7_i64, exp in 1..40_i64,
    ) {
        let (marks, rows) = (marks(), rows(&ledger, rev, exp));
        let token = Candidate { rev: Position(rev), marks: &marks, session: SESSION, expires_at: exp };
        let whole = findings(&marks, rows.iter().map(|(row, _)| *row));
        let kept = rows.iter().filter(|(_, is_dropped)| !is_dropped);
        let kept = findings(&marks, kept.map(|(row, _)| *row));
        let dropped = rows.iter().filter(|(_, is_dropped)| *is_dropped);
        let swept = dropped.fold(Swept::default(), |swept, (row, _)| swept.with(&row.entry));
        // What a node has that has read it all, and forgot what was swept.
        let remembered = whole.map(|entry| entry.filter(|entry| !swept.covers(entry)));
        if judge(token.rev, &marks, &whole) != Verdict::Live && !swept.leaves_undecided(&token) {
            prop_assert_ne!(judge(token.rev, &marks, &kept), Verdict::Live);
            prop_assert_ne!(judge(token.rev, &marks, &remembered), Verdict::Live);
        }
    }

    #[test]
    fn nobody_is_refused_whom_no_dropped_row_can_have_concerned(
        position in 0..9_i64, until in 0..99_i64, rev in 0..9_i64, exp in 0..99_i64,
    ) {
        let swept = Swept { position: Position(position), until };
        let marks = marks();
        let token = Candidate { rev: Position(rev), marks: &marks, session: SESSION, expires_at: exp };
        // Issued after every row that was dropped; or alive when the last of them expired.
        if rev >= position || exp + margin() > until {
            prop_assert!(!swept.leaves_undecided(&token));
        }
    }
}
