//! Plain words with rules: users, sessions, revocations, proofs. Imports nothing of ours.

pub mod application;
pub mod caller;
pub mod id;
pub mod refusal;
pub mod revocation;
pub mod secret;
pub mod session;
pub mod signing_key;
pub mod token;
pub mod user;
