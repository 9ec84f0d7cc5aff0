//! The revocation protocol as a model, and a search through everything that it can do.
//!
//! # What is promised
//!
//! **P**: no check that started after a logout's acknowledgement is accepted, by anybody, with a token
//! that the logout concerns. **L**: a session that nobody ended is not refused as ended, and a logout
//! that was begun can be acknowledged, whatever went wrong before.
//!
//! # How to read it
//!
//! The protocol is written down in numbered sections, which the rules quote. There are two models:
//! [`leases`] answers from memory (section 6), [`certified_index`] from Redis (section 7). Of each,
//!
//! - `rule.rs` is the protocol's text: a rule for each sentence that can be left out, with the sentence;
//! - `state.rs` is all that can differ from one moment to the next;
//! - `action.rs` is all that can happen, in the words of a trace;
//! - each other file is what one of them does: a process, a logout, a rebuilder, a Redis;
//! - `cases.rs` says in which world each rule is needed, and how far the whole was searched.
//!
//! A rule that is left out and breaks nothing is not needed, or the model is too coarse to show why:
//! both are worth knowing. Change a rule here before it is changed in the server.
//!
//! # What stands for what
//!
//! - Between any two steps of one, all others may take theirs, as often as they like. So a step that is
//!   late, slow or stands still needs nothing of its own; nor does one who is cut off from SQL or Redis:
//!   whoever may ask need not get an answer.
//! - Time is ticks, which come between any two steps. All clocks tick together, unless the case lets one
//!   miss a tick, or its machine sleep.
//! - A check is followed only if it starts after the acknowledgement, and only as long as nothing speaks
//!   against the token. One at a time is enough: checks change nothing.
//! - A row is one logout's, and stands for whatever subject; the answer from the ledger itself is right.
//! - A fault happens as often as the case says, or any number of times.
//!
//! # What is not in it
//!
//! Issuing, and the comparison of positions (the server has tests of properties for them); how fast a
//! clock runs, but for a tick that is missed; SQL that loses a commit; expiry; sockets; several
//! buckets, or a Redis Cluster; an allowlist; nodes of which some answer from memory and some from
//! Redis. Lease rows that come and go, sleep, slow clocks and leases of several lengths are in [`leases`]
//! only: in the other model every node has a row, and whoever waits for one lease waits for the longest,
//! and as there.

pub mod case;
pub mod certified_index;
pub mod leases;
mod ledger;
mod rules;
pub mod search;
mod times;
