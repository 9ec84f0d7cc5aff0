//! Mutations, one a file.

mod login;
mod logout;
mod sign_up;

use async_graphql::MergedObject;

/// Root of all mutations.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    sign_up::SignUpMutation,
    login::LoginMutation,
    logout::LogoutMutation,
);
