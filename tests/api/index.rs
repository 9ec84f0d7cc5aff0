//! The port to the index: what memory and Redis have to do alike.

use cardea::clock::Clock;
use cardea::model::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use cardea::model::revocation::{Effect, Entry, Mark, Marks, Position, Revocation, Subject};
use cardea::model::session::EndReason;
use cardea::model::swept::Swept;
use cardea::store::index::Presence;
use time::{Duration, OffsetDateTime};

use crate::stores::chosen_index;

fn marks(session: SessionId) -> Marks {
    let (token, key) = (TokenId([0; 16]), KeyId([0; 32]));
    Marks::of(token, session, key, UserId::new(), ApplicationId::new())
}

/// In whole milliseconds, which is what Redis keeps.
fn after(minutes: i64) -> OffsetDateTime {
    let now = Clock::default().now().replace_nanosecond(0);
    now.expect("a whole second") + Duration::minutes(minutes)
}

#[tokio::test]
async fn of_two_notes_about_a_session_the_later_time_wins() {
    let index = chosen_index().await;
    let session = SessionId::new();
    let marks = marks(session);
    for (minutes, expected) in [(5, 5), (3, 5), (7, 7), (6, 7)] {
        let note = Presence {
            until: after(minutes),
        };
        index.admit(session, note).await.expect("it is there");
        let found = index.look_up_with_presence(&marks, session).await;
        let (findings, presence) = found.expect("it is there");
        let until = presence.expect("it was noted").until;
        assert!(
            (until - after(expected)).abs() < Duration::minutes(1),
            "{until}"
        );
        assert!(findings.iter().all(Option::is_none));
    }
    let other = SessionId::new();
    let found = index.look_up_with_presence(&marks, other).await;
    assert_eq!(found.expect("it is there").1, None);
}

#[tokio::test]
async fn a_note_hides_no_revocation_and_a_revocation_no_note() {
    let index = chosen_index().await;
    let session = SessionId::new();
    let marks = marks(session);
    let note = Presence { until: after(5) };
    let row = Revocation {
        mark: Mark {
            subject: Subject::Session(session),
            effect: Effect::Dead,
        },
        entry: Entry {
            position: Position(7),
            reason: EndReason::LoggedOut,
            expires_at: after(5),
        },
    };
    index.admit(session, note).await.expect("it is there");
    index.take(&[row]).await.expect("it is there");
    index.admit(session, note).await.expect("it is there");
    let found = index.look_up_with_presence(&marks, session).await;
    let (findings, presence) = found.expect("it is there");
    assert_eq!(presence, Some(note));
    assert_eq!(findings, index.look_up(&marks).await.expect("it is there"));
    assert!(findings.contains(&Some(row.entry)), "{findings:?}");
}

#[tokio::test]
async fn a_note_that_is_over_is_forgotten() {
    let index = chosen_index().await;
    let session = SessionId::new();
    let note = Presence { until: after(-5) };
    index.admit(session, note).await.expect("it is there");
    index.forget_presence(after(-1));
    let found = index.look_up_with_presence(&marks(session), session).await;
    assert_eq!(found.expect("it is there").1, None);
}

#[tokio::test]
async fn what_the_ledger_has_not_dropped_is_kept() {
    let index = chosen_index().await;
    let session = SessionId::new();
    let marks = marks(session);
    let row = Revocation {
        mark: Mark {
            subject: Subject::Session(session),
            effect: Effect::Dead,
        },
        entry: Entry {
            position: Position(7),
            reason: EndReason::LoggedOut,
            expires_at: after(5),
        },
    };
    index.take(&[row]).await.expect("it is there");
    let expiry = row.entry.expires_at.unix_timestamp();
    for (position, until) in [(6, expiry), (7, expiry - 1), (99, 0)] {
        let position = Position(position);
        index.forget(Swept { position, until });
        index.forget_presence(after(60));
        let found = index.look_up(&marks).await.expect("it is there");
        assert!(found.contains(&Some(row.entry)), "{position:?} {until}");
    }
    index.forget(Swept {
        position: Position(7),
        until: expiry,
    });
    // In memory it is gone now; in Redis when its time has come.
    let found = index.look_up(&marks).await.expect("it is there");
    assert!(
        found
            .iter()
            .all(|entry| entry.is_none_or(|found| found == row.entry))
    );
}
