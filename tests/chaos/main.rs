//! The history checker: servers, their ways and their database are broken while clients call, and
//! every call is held against the promise that a logout that has returned is a logout everywhere; and,
//! at sub-systems that follow, in time.

mod call;
mod chance;
mod checker;
#[expect(dead_code, reason = "the API suite asks for more")]
#[path = "../api/client.rs"]
mod client;
mod clients;
mod cluster;
mod crowd;
mod deeds;
mod desk;
#[path = "../api/folder.rs"]
mod folder;
mod history;
mod nemesis;
mod node;
mod observers;
mod people;
#[expect(dead_code, reason = "the API suite asks for more")]
#[path = "../api/postgres_server.rs"]
mod postgres_server;
mod propagation;
mod proxy;
mod recovery;
mod redis_pair;
#[expect(dead_code, reason = "the API suite asks for more")]
#[path = "../api/redis_server.rs"]
mod redis_server;
mod report;
mod run;
#[path = "../api/running.rs"]
mod running;
mod suite;
#[cfg(feature = "teeth")]
mod teeth;
