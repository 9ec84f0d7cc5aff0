//! Plain words with rules: users, sessions, revocations, proofs. Imports nothing of ours.

pub mod application;
pub mod audience;
pub mod audit;
pub mod caller;
pub mod cookie;
pub mod event_stream;
pub mod id;
pub mod index_state;
pub mod network;
pub mod outbox;
pub mod page;
pub mod refresh;
pub mod refusal;
pub mod revocation;
pub mod scope;
pub mod secret;
pub mod session;
pub mod session_event;
pub mod session_filter;
pub mod signing_key;
pub mod swept;
pub mod token;
pub mod user;
pub mod user_agent;
