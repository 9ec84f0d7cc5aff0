//! The `cardea` binary as an operator meets it: typed, read from, signalled, killed.

mod application;
mod application_effects;
mod application_refusals;
mod back_channel_over_tls;
mod config;
mod doctor;
mod documents;
mod grant;
mod help;
mod http;
mod keys;
mod log;
mod migrate;
mod place;
mod recover;
mod redis_over_tls;
mod revocation;
mod secured_redis;
mod server;
mod signed_in;
mod start;
mod stop;
mod transport;
mod user;
mod without_redis;
