//! Mutations, one a file.

mod change_password;
mod login;
mod logout;
mod logout_application;
mod logout_everywhere;
mod refresh_session;
mod revoke_session;
mod sign_up;

use async_graphql::MergedObject;

/// Root of all mutations.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    sign_up::SignUpMutation,
    login::LoginMutation,
    refresh_session::RefreshSessionMutation,
    logout::LogoutMutation,
    logout_application::LogoutApplicationMutation,
    logout_everywhere::LogoutEverywhereMutation,
    revoke_session::RevokeSessionMutation,
    change_password::ChangePasswordMutation,
);
