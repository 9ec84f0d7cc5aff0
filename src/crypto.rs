//! The only folder that knows algorithms.

pub mod digest;
pub mod jwt;
pub mod mac;
pub mod password_hash;
pub mod random;
pub mod refresh_token;
pub mod sealed;
