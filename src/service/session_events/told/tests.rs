//! What is news, and what was told.

use time::{Duration, OffsetDateTime};

use super::*;
use crate::model::id::{ApplicationId, UserId};
use crate::model::revocation::Position;
use crate::model::session::{EndReason, TokenTransport};

pub(in crate::service::session_events) fn session(seconds: i64) -> Session {
    let created_at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds);
    Session {
        id: SessionId::new(),
        user: UserId::new(),
        application: ApplicationId::new(),
        position: Position(0),
        methods: Vec::new(),
        address: None,
        user_agent: None,
        transport: TokenTransport::Body,
        created_at,
        last_active_at: created_at,
        expires_at: created_at + Duration::hours(1),
        idle_expires_at: created_at + Duration::hours(1),
        token_expires_at: created_at,
        state: SessionState::Active,
        refresh: None,
    }
}

fn ended(session: &Session, seconds: i64) -> Session {
    let at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds);
    let state = SessionState::Ended {
        at,
        reason: EndReason::LoggedOut,
    };
    Session {
        state,
        ..session.clone()
    }
}

fn told(news: &[SessionEvent]) -> Vec<(SessionId, SessionChange)> {
    let events = news.iter().map(|event| (event.session.id, event.change));
    events.collect()
}

const ENDED: SessionChange = SessionChange::Ended(EndReason::LoggedOut);

#[test]
fn each_event_is_told_once_however_often_it_is_found() {
    let since = SessionId::least_of(std::time::Duration::ZERO);
    let (old, new) = (session(1), session(2));
    let mut known = Told::of(std::slice::from_ref(&old));
    let found = vec![new.clone(), old.clone()];
    let started = [(new.id, SessionChange::Started)];
    assert_eq!(told(&known.news(found.clone(), since)), started);
    assert_eq!(told(&known.news(found, since)), []);
    let found = vec![ended(&new, 3), old.clone()];
    assert_eq!(told(&known.news(found.clone(), since)), [(new.id, ENDED)]);
    assert_eq!(told(&known.news(found, since)), []);
    // Then only the look's reach leaves it out.
    assert_eq!(told(&known.news(vec![old], since)), []);
}

#[test]
fn events_that_are_found_together_are_told_in_their_order() {
    let since = SessionId::least_of(std::time::Duration::ZERO);
    let (first, second, third) = (session(1), session(3), session(5));
    let found = vec![third.clone(), ended(&second, 3), ended(&first, 4)];
    assert_eq!(
        told(&Told::default().news(found, since)),
        [
            (first.id, SessionChange::Started),
            (second.id, SessionChange::Started),
            (second.id, ENDED),
            (first.id, ENDED),
            (third.id, SessionChange::Started),
        ]
    );
}

#[test]
fn the_end_of_a_session_from_long_ago_is_not_its_start() {
    let old = session(1);
    std::thread::sleep(std::time::Duration::from_millis(2));
    let since = SessionId::least_of(std::time::Duration::ZERO);
    let found = vec![ended(&old, 9)];
    assert_eq!(told(&Told::default().news(found, since)), [(old.id, ENDED)]);
}
