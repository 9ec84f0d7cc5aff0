//! Rows as they are stored: one file per table, nothing else.

pub mod applications;
pub mod audit_events;
pub mod event_streams;
pub mod grants;
pub mod index_state;
pub mod leases;
pub mod ledger_head;
pub mod logout_deliveries;
pub mod outbox_events;
pub mod revocations;
pub mod sessions;
pub mod signing_keys;
pub mod users;
