//! The verifier against a small HTTP server that speaks as ours does, and as badly as it could.

mod bad_streams;
#[cfg(feature = "axum")]
mod callers;
mod clocks;
mod following;
mod key_rotation;
mod questions;
mod server;
mod signer;
mod silence;
