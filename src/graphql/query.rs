//! Queries, one a file.

mod auth_settings;
#[cfg(feature = "bench")]
mod bench_me;
mod current_session;
mod me;

use async_graphql::MergedObject;

/// Root of all queries.
#[cfg(not(feature = "bench"))]
#[derive(MergedObject, Default)]
pub(super) struct Query(
    me::MeQuery,
    current_session::CurrentSessionQuery,
    auth_settings::AuthSettingsQuery,
);

/// Root of all queries, with the constant that `me` is measured against.
#[cfg(feature = "bench")]
#[derive(MergedObject, Default)]
pub(super) struct Query(
    me::MeQuery,
    current_session::CurrentSessionQuery,
    auth_settings::AuthSettingsQuery,
    bench_me::BenchMeQuery,
);
