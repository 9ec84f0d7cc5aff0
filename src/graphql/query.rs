//! Queries, one a file.

mod auth_settings;
#[cfg(feature = "bench")]
mod bench_me;
mod current_session;
mod me;
mod user;

use async_graphql::MergedObject;

/// Root of all queries.
#[cfg(not(feature = "bench"))]
#[derive(MergedObject, Default)]
pub(super) struct Query(
    me::MeQuery,
    current_session::CurrentSessionQuery,
    auth_settings::AuthSettingsQuery,
    user::UserQuery,
);

/// Root of all queries, with the constant that `me` is measured against.
#[cfg(feature = "bench")]
#[derive(MergedObject, Default)]
pub(super) struct Query(
    me::MeQuery,
    current_session::CurrentSessionQuery,
    auth_settings::AuthSettingsQuery,
    user::UserQuery,
    bench_me::BenchMeQuery,
);
