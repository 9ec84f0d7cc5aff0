//! Cardea: an authentication and session server for single-page apps, spoken to in GraphQL.
//!
//! A request walks `http` → `graphql` → `service` → `store` and comes back the same way; each
//! layer knows only those to its right, and `model`.

/// The composition root: the one place that chooses implementations.
pub mod app;
/// Commands: what an operator types.
pub mod cli;
/// Time, which tests can move.
pub mod clock;
/// Defaults, file, environment, flags.
pub mod config;
/// The only folder that knows algorithms.
pub mod crypto;
/// What an operator would look at.
pub mod doctor;
/// What the fuzzers call.
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
/// The schema, the guard that stands before it, the limits.
pub mod graphql;
/// Requests in, responses out: transport, headers, bodies.
pub mod http;
/// What is measured.
pub mod metrics;
/// Plain words with rules.
pub mod model;
/// Requests that we make of others.
pub mod outward;
/// What the server does, one thing a file.
pub mod service;
/// Rows in the SQL database, and the index of revocations.
pub mod store;
/// What a test may take out.
mod teeth;
/// Logs.
pub mod telemetry;
