//! The `cardea` binary as an operator meets it: typed, read from, signalled, killed.

mod config;
mod help;
mod http;
mod keys;
mod log;
mod migrate;
mod place;
mod revocation;
mod server;
mod start;
mod stop;
mod transport;
mod user;
