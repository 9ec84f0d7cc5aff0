//! Global identifiers (Relay): opaque to clients, unique across types.

use std::fmt::Display;
use std::str::FromStr;

use async_graphql::{ID, Interface};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Application, Session, User};
use crate::model::id::{ApplicationId, SessionId, UserId};
use crate::model::refusal::Refusal;

/// An object with a globally unique, opaque ID.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub(in crate::graphql) enum Node {
    User(User),
    Session(Box<Session>),
    Application(Application),
}

/// The global identifier of a user.
pub(in crate::graphql) fn user_id(id: UserId) -> ID {
    global_id(USER, id)
}

/// The global identifier of a session.
pub(in crate::graphql) fn session_id(id: SessionId) -> ID {
    global_id(SESSION, id)
}

/// The global identifier of an application.
pub(in crate::graphql) fn application_id(id: ApplicationId) -> ID {
    global_id(APPLICATION, id)
}

/// The inverse of [`session_id`]. What is no session's identifier names nothing, like one whose
/// session isn't there.
pub(in crate::graphql) fn parse_session_id(id: &ID) -> Result<SessionId, Refusal> {
    parse(SESSION, id)
}

/// The inverse of [`application_id`].
pub(in crate::graphql) fn parse_application_id(id: &ID) -> Result<ApplicationId, Refusal> {
    parse(APPLICATION, id)
}

/// The inverse of [`user_id`].
pub(in crate::graphql) fn parse_user_id(id: &ID) -> Result<UserId, Refusal> {
    parse(USER, id)
}

const USER: &str = "User";
const SESSION: &str = "Session";
const APPLICATION: &str = "Application";

fn global_id(kind: &str, id: impl Display) -> ID {
    STANDARD.encode(format!("{kind}:{id}")).into()
}

fn parse<K: Copy + Display + FromStr>(kind: &str, id: &ID) -> Result<K, Refusal> {
    let parsed = STANDARD.decode(id.as_bytes()).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        text.strip_prefix(kind)?.strip_prefix(':')?.parse().ok()
    });
    // A thing has one identifier: other spellings of its UUID name nothing.
    parsed
        .filter(|key: &K| global_id(kind, key) == *id)
        .ok_or(Refusal::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_leads_back_to_what_it_names() {
        let session = SessionId::new();
        assert_eq!(parse_session_id(&session_id(session)), Ok(session));
        let application = ApplicationId::new();
        let id = application_id(application);
        assert_eq!(parse_application_id(&id), Ok(application));
    }

    #[test]
    fn what_is_no_identifier_of_the_kind_names_nothing() {
        let session = SessionId::new();
        let encode = |text: String| ID(STANDARD.encode(text));
        for id in [
            ID(String::new()),
            ID(session.to_string()),
            ID(format!("Session:{session}")),
            ID(format!(" {}", session_id(session).as_str())),
            ID(session_id(session).trim_end_matches('=').to_owned()),
            user_id(UserId(session.0)),
            application_id(ApplicationId(session.0)),
            encode(format!("session:{session}")),
            encode(format!("Session:{}", session.0.simple())),
            encode(format!("Session:{}", session.0.urn())),
            encode(format!("Session:{session}").to_uppercase()),
            encode(format!("Session: {session}")),
            encode(format!("Session:{session}\0")),
            encode("Session:".to_owned()),
            ID(STANDARD.encode([0xff, 0xfe, 0xfd])),
            ID("A".repeat(100_000)),
        ] {
            assert_eq!(parse_session_id(&id), Err(Refusal::NotFound), "{id:?}");
        }
    }
}
