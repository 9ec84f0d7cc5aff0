//! The index, against a map that keeps every mark whole, and looks at all of them to forget some.

use std::collections::HashMap as Model;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::revocation::Position;
use crate::model::session::EndReason;

/// A handful of each, so that rows meet, and ids of one kind are those of another.
fn subject() -> impl Strategy<Value = Subject> {
    (0..6_u8, 0..3_u8, 0..3_u8).prop_map(|(kind, a, b)| {
        let [first, second] = [a, b].map(|byte| Uuid::from_bytes([byte; 16]));
        match kind {
            0 => Subject::Token(TokenId([a; 16])),
            1 => Subject::Session(SessionId(first)),
            2 => Subject::Key(KeyId([a; 32])),
            3 => Subject::User(UserId(first)),
            4 => Subject::Grant(UserId(first), ApplicationId(second)),
            _ => Subject::Application(ApplicationId(first)),
        }
    })
}

fn mark() -> impl Strategy<Value = Mark> {
    let effect = prop_oneof![Just(Effect::Dead), Just(Effect::Stale)];
    (subject(), effect).prop_map(|(subject, effect)| Mark { subject, effect })
}

/// Of few seconds, so that several are due at once; to the microsecond, as databases have it.
fn entry() -> impl Strategy<Value = Entry> {
    let reason = prop::sample::select(EndReason::ALL.as_slice());
    (0..8_i64, reason, -2..6_i64, 0..1_000_000_i64).prop_map(
        |(position, reason, second, microsecond)| Entry {
            position: Position(position),
            reason,
            expires_at: OffsetDateTime::UNIX_EPOCH
                + time::Duration::seconds(second)
                + time::Duration::microseconds(microsecond),
        },
    )
}

#[derive(Clone, Debug)]
enum Step {
    Take(Vec<Revocation>),
    Forget(Swept),
}

fn step() -> impl Strategy<Value = Step> {
    let row = (mark(), entry()).prop_map(|(mark, entry)| Revocation { mark, entry });
    let swept = (0..8_i64, -3..7_i64).prop_map(|(position, until)| Swept {
        position: Position(position),
        until,
    });
    prop_oneof![
        3 => prop::collection::vec(row, 0..6).prop_map(Step::Take),
        1 => swept.prop_map(Step::Forget),
    ]
}

impl MemoryIndex {
    fn found(&self, mark: &Mark) -> Option<Entry> {
        self.find(mark, &self.collector.enter())
    }
}

proptest! {
    #[test]
    fn it_knows_what_was_taken_and_not_forgotten(
        steps in prop::collection::vec(step(), 0..24),
        others in prop::collection::vec(mark(), 0..24),
    ) {
        let index = MemoryIndex::default();
        let mut model: Model<Mark, Entry> = Model::new();
        for step in steps {
            match step {
                Step::Take(rows) => for row in rows {
                    index.take_one(row);
                    model
                        .entry(row.mark)
                        .and_modify(|known| *known = known.merge(row.entry))
                        .or_insert(row.entry);
                },
                Step::Forget(swept) => {
                    index.forget(swept);
                    model.retain(|_, entry| !swept.covers(entry));
                }
            }
            for mark in model.keys().chain(&others) {
                prop_assert_eq!(index.found(mark), model.get(mark).copied());
            }
        }
    }
}

#[test]
fn a_time_beyond_all_calendars_is_taken_as_one_that_is_far() {
    let index = MemoryIndex::default();
    let mark = Mark {
        subject: Subject::Key(KeyId([7; 32])),
        effect: Effect::Dead,
    };
    let entry = Entry {
        position: Position(i64::MAX),
        reason: EndReason::Expired,
        expires_at: time::Date::MAX.midnight().assume_utc(),
    };
    index.take_one(Revocation { mark, entry });
    let found = index.found(&mark).expect("it was taken");
    assert_eq!(
        (found.position, found.reason),
        (entry.position, entry.reason)
    );
    assert!(found.expires_at.year() > 2500, "{found:?}");
}

/// What is looked at is what is due: the others would be looked at with each row that is swept.
#[test]
fn rows_are_forgotten_in_the_order_in_which_they_are_due() {
    let index = MemoryIndex::default();
    let mark = |number: u8| Mark {
        subject: Subject::Token(TokenId([number; 16])),
        effect: Effect::Dead,
    };
    for number in 1..=9 {
        let entry = Entry {
            position: Position(10 - i64::from(number)),
            reason: EndReason::LoggedOut,
            expires_at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(number.into()),
        };
        index.take_one(Revocation {
            mark: mark(number),
            entry,
        });
    }
    // The later ones by position, the earlier by expiry: what is due and not covered is kept.
    let position = Position(7);
    index.forget(Swept { position, until: 5 });
    let left = |number: &u8| index.found(&mark(*number)).is_some();
    assert_eq!((1..=9).filter(left).collect::<Vec<_>>(), [1, 2, 6, 7, 8, 9]);
    let position = Position(9);
    index.forget(Swept { position, until: 5 });
    assert_eq!((1..=9).filter(left).collect::<Vec<_>>(), [6, 7, 8, 9]);
}
