//! The objects of the schema.

mod auth_settings;
mod authentication;
mod device;
mod node;
mod session;
mod user;
mod user_error;

pub(super) use self::auth_settings::AuthSettings;
pub(super) use self::authentication::AuthenticationResult;
pub(super) use self::node::{Node, session_id};
pub(super) use self::session::Session;
pub(super) use self::user::User;
pub(super) use self::user_error::UserError;
