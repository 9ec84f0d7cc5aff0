//! Global identifiers (Relay): opaque to clients, unique across types.

use async_graphql::{ID, Interface};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Session, User};
use crate::model::id::{SessionId, UserId};

/// An object with a globally unique, opaque ID.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub(in crate::graphql) enum Node {
    User(User),
    Session(Session),
}

/// The global identifier of a user.
pub(in crate::graphql) fn user_id(id: UserId) -> ID {
    global_id("User", &id.to_string())
}

/// The global identifier of a session.
pub(in crate::graphql) fn session_id(id: SessionId) -> ID {
    global_id("Session", &id.to_string())
}

fn global_id(kind: &str, id: &str) -> ID {
    STANDARD.encode(format!("{kind}:{id}")).into()
}
