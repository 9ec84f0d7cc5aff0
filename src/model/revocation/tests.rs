//! The rule, against a model that is a dozen lines long.

use std::collections::HashMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// A handful of each, so that tokens and revocations meet.
fn small() -> impl Strategy<Value = u8> {
    0..3_u8
}

fn uuid(number: u8) -> Uuid {
    Uuid::from_u128(number.into())
}

fn subject() -> impl Strategy<Value = Subject> {
    (0..6_u8, small(), small()).prop_map(|(kind, a, b)| match kind {
        0 => Subject::Token(TokenId([a; 16])),
        1 => Subject::Session(SessionId(uuid(a))),
        2 => Subject::Key(KeyId([a; 32])),
        3 => Subject::User(UserId(uuid(a))),
        4 => Subject::Grant(UserId(uuid(a)), ApplicationId(uuid(b))),
        _ => Subject::Application(ApplicationId(uuid(a))),
    })
}

/// A ledger: its positions are 1, 2, 3 …
fn ledger() -> impl Strategy<Value = Vec<Mark>> {
    let effect = prop_oneof![3 => Just(Effect::Dead), 1 => Just(Effect::Stale)];
    let mark = (subject(), effect).prop_map(|(subject, effect)| match subject {
        // Only a grant can be stale.
        Subject::Grant(..) => Mark { subject, effect },
        _ => Mark {
            subject,
            effect: Effect::Dead,
        },
    });
    prop::collection::vec(mark, 0..12)
}

#[derive(Clone, Debug)]
struct Token {
    rev: i64,
    marks: Marks,
}

fn token() -> impl Strategy<Value = Token> {
    (0..14_i64, small(), small(), small(), small(), small()).prop_map(|(rev, t, s, k, u, a)| {
        let marks = Marks::of(
            TokenId([t; 16]),
            SessionId(uuid(s)),
            KeyId([k; 32]),
            UserId(uuid(u)),
            ApplicationId(uuid(a)),
        );
        Token { rev, marks }
    })
}

fn entry(position: usize) -> Entry {
    Entry {
        position: Position(i64::try_from(position).expect("a short ledger") + 1),
        reason: EndReason::LoggedOut,
        expires_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// The model: every row of the ledger, one by one.
fn model(token: &Token, ledger: &[Mark]) -> Verdict {
    let hits = |effect: Effect| {
        ledger.iter().enumerate().any(|(index, mark)| {
            mark.effect == effect
                && token.marks.0.contains(mark)
                && (mark.subject.is_absolute() || entry(index).position.0 > token.rev)
        })
    };
    match (hits(Effect::Dead), hits(Effect::Stale)) {
        (true, _) => Verdict::Dead(EndReason::LoggedOut),
        (false, true) => Verdict::Stale,
        (false, false) => Verdict::Live,
    }
}

/// The way of the server: an index that keeps one entry a mark, filled in any order.
fn index(ledger: impl Iterator<Item = (usize, Mark)>) -> HashMap<Mark, Entry> {
    let mut index: HashMap<Mark, Entry> = HashMap::new();
    for (position, mark) in ledger {
        let new = entry(position);
        index
            .entry(mark)
            .and_modify(|known| *known = known.merge(new))
            .or_insert(new);
    }
    index
}

fn verdict(token: &Token, index: &HashMap<Mark, Entry>) -> Verdict {
    let findings = token.marks.0.map(|mark| index.get(&mark).copied());
    judge(Position(token.rev), &token.marks, &findings)
}

proptest! {
    #[test]
    fn the_index_judges_as_the_whole_ledger_does(
        token in token(),
        ledger in ledger(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        // In order, with rows that come twice and late in between.
        let late = order.iter().filter(|_| !ledger.is_empty()).map(|at| at.index(ledger.len()));
        let rows = late.chain(0..ledger.len()).map(|at| (at, ledger[at]));
        prop_assert_eq!(verdict(&token, &index(rows)), model(&token, &ledger));
    }

    #[test]
    fn one_more_revocation_never_makes_a_token_better(token in token(), ledger in ledger()) {
        let rank = |verdict| match verdict {
            Verdict::Live => 0,
            Verdict::Stale => 1,
            Verdict::Dead(_) => 2,
        };
        let mut worst = 0;
        for length in 0..=ledger.len() {
            let rows = ledger[..length].iter().copied().enumerate();
            let now = rank(verdict(&token, &index(rows)));
            prop_assert!(now >= worst);
            worst = now;
        }
    }

    #[test]
    fn merging_is_commutative_and_idempotent(a in 0..9_usize, b in 0..9_usize) {
        let (a, b) = (entry(a), entry(b));
        prop_assert_eq!(a.merge(b), b.merge(a));
        prop_assert_eq!(a.merge(a), a);
    }

    #[test]
    fn a_subject_survives_being_stored(subject in subject()) {
        let (kind, text) = subject.to_parts();
        prop_assert_eq!(Subject::from_parts(kind, &text), Some(subject));
    }
}

#[test]
fn the_oldest_reason_is_told() {
    let token = TokenId([1; 16]);
    let (session, user) = (SessionId(uuid(1)), UserId(uuid(1)));
    let marks = Marks::of(token, session, KeyId([1; 32]), user, ApplicationId(uuid(1)));
    let mut findings = Findings::default();
    findings[1] = Some(Entry {
        reason: EndReason::LoggedOut,
        ..entry(4)
    });
    findings[3] = Some(Entry {
        reason: EndReason::PasswordChanged,
        ..entry(7)
    });
    assert_eq!(
        judge(Position(0), &marks, &findings),
        Verdict::Dead(EndReason::LoggedOut)
    );
}
