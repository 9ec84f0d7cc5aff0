//! Who is told what, and who no more.

use super::*;
use crate::service::session_events::told::tests::session;

fn found(number: i64) -> Vec<Session> {
    (0..number).map(session).collect()
}

#[test]
fn who_came_after_a_look_was_begun_is_told_of_the_next() {
    let (alice, made) = (
        UserId::new(),
        SessionId::least_of(std::time::Duration::ZERO),
    );
    let mut followers = Followers::default();
    let (mut first, mut is_ready) = followers.add(alice);
    assert_eq!(followers.begin_look(), [alice]);
    let (mut late, mut is_late_ready) = followers.add(alice);
    // What the first look finds was there before.
    followers.tell(alice, found(3), made);
    assert!(is_ready.try_recv().is_ok() && first.try_recv().is_err());
    assert!(is_late_ready.try_recv().is_err());
    followers.begin_look();
    let news = found(2);
    followers.tell(alice, news.clone(), made);
    assert!(is_late_ready.try_recv().is_ok() && late.try_recv().is_err());
    for session in &news {
        assert_eq!(first.try_recv().expect("news").session.id, session.id);
    }
    assert!(first.try_recv().is_err());
}

#[test]
fn who_does_not_keep_up_comes_to_an_end_and_leaves_no_gap() {
    let (alice, made) = (
        UserId::new(),
        SessionId::least_of(std::time::Duration::ZERO),
    );
    let mut followers = Followers::default();
    let (mut slow, _ready) = followers.add(alice);
    let (mut quick, _ready_too) = followers.add(alice);
    followers.begin_look();
    followers.tell(alice, Vec::new(), made);
    let number = i64::try_from(QUEUE).expect("few");
    let all = found(number + 1);
    followers.tell(alice, all[..QUEUE].to_vec(), made);
    while quick.try_recv().is_ok() {}
    followers.tell(alice, all.clone(), made);
    assert_eq!(
        quick.try_recv().expect("the last").session.id,
        all[QUEUE].id
    );
    for session in &all[..QUEUE] {
        assert_eq!(slow.try_recv().expect("a place").session.id, session.id);
    }
    assert_eq!(
        slow.try_recv(),
        Err(mpsc::error::TryRecvError::Disconnected)
    );
}

#[test]
fn who_has_gone_is_looked_for_no_more() {
    let mut followers = Followers::default();
    let (gone, _ready) = followers.add(UserId::new());
    drop(gone);
    assert_eq!(followers.begin_look(), []);
    assert!(followers.is_empty());
}
