//! The objects of the schema.

mod application;
mod auth_settings;
mod authentication;
mod device;
mod logout;
mod node;
mod refresh;
mod session;
mod session_connection;
mod session_event;
mod tokens;
mod user;
mod user_error;

use self::application::Application;
pub(super) use self::auth_settings::AuthSettings;
pub(super) use self::authentication::AuthenticationResult;
use self::device::Device;
pub(super) use self::logout::LogoutPayload;
pub(super) use self::node::{
    Node, parse_application_id, parse_session_id, parse_user_id, session_id,
};
pub(super) use self::refresh::RefreshResult;
pub(super) use self::session::Session;
pub(super) use self::session_event::SessionEvent;
pub(super) use self::tokens::{TokenTransport, Tokens};
pub(super) use self::user::User;
pub(super) use self::user_error::UserError;
