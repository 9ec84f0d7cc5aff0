//! What is kept: rows in the SQL database, and the index of revocations that requests are
//! checked against, and the counters of limits.

pub mod counters;
pub mod database;
pub mod embedded;
pub mod index;
pub mod outage;
pub mod redis;
