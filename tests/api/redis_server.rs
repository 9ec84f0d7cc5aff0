//! A Redis of a test's own, that may be paused, killed, started again with nothing or with what it
//! had once, and follow another.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use rustix::process::Signal;

use crate::folder::Folder;
use crate::running::{Running, free_port, mortal};

/// What it writes when it is told to save, and reads when it starts.
const SAVED: &str = "dump.rdb";

pub(crate) struct RedisServer {
    running: Option<Running>,
    port: u16,
    folder: Folder,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        let mut server = Self {
            running: None,
            port: free_port(),
            folder: Folder::new("redis"),
        };
        server.start_somewhere();
        server
    }

    /// Again, with what it saved last, if it did; elsewhere, if somebody has taken its port.
    pub(crate) fn start_somewhere(&mut self) {
        while !self.try_start() {
            self.port = free_port();
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn pause(&self) {
        self.running.as_ref().expect("it runs").pause();
    }

    pub(crate) fn resume(&self) {
        self.running.as_ref().expect("it runs").resume();
    }

    pub(crate) fn kill(&mut self) {
        self.running.take().expect("it runs").kill();
    }

    /// Again, where it was; with nothing in it, if it saved nothing.
    pub(crate) fn start_again(&mut self) {
        assert!(self.try_start(), "the port was ours a moment ago");
    }

    pub(crate) fn flush(&self) {
        self.order("FLUSHALL");
    }

    /// What it has now is what it starts with.
    pub(crate) fn save(&self) {
        // Not while it saves for a replica.
        let is_busy = || {
            self.say("SAVE")
                .is_some_and(|told| told.contains("already in progress"))
        };
        for _ in 0..100 {
            if !is_busy() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.order("SAVE");
    }

    /// It starts with nothing.
    pub(crate) fn forget_saved(&self) {
        let file = self.folder.path().join(SAVED);
        // There may be none.
        drop(fs::remove_file(file));
    }

    /// As a replica of whoever is at this port of loopback.
    pub(crate) fn follow(&self, port: u16) {
        self.order(&format!("REPLICAOF 127.0.0.1 {port}"));
    }

    /// As a master, with what it has.
    pub(crate) fn lead(&self) {
        self.order("REPLICAOF NO ONE");
    }

    /// Whether it has all that its master had a moment ago.
    pub(crate) fn is_in_step(&self) -> bool {
        let told = self.say("INFO replication");
        told.is_some_and(|told| told.contains("master_link_status:up"))
    }

    pub(crate) fn order(&self, command: &str) {
        let answer = self.say(command);
        let is_done = answer.as_deref().is_some_and(|it| it.starts_with("+OK"));
        assert!(is_done, "{command}: {answer:?}");
    }

    /// All keys that it holds, but for those about the index itself.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.ask(redis::cmd("KEYS").arg("*")).await;
        let ends = [":certificate", ":evicted", ":marker", ":rehearsal"];
        keys.retain(|key| !ends.iter().any(|end| key.ends_with(end)));
        keys
    }

    /// How many indexes it holds that were made to the end.
    pub(crate) async fn certificates(&self) -> usize {
        let pattern = "cardea:*:certificate";
        let keys: Vec<String> = self.ask(redis::cmd("KEYS").arg(pattern)).await;
        keys.len()
    }

    /// How many connections it has been asked for since it started.
    pub(crate) async fn connections(&self) -> u64 {
        let info: String = self.ask(redis::cmd("INFO").arg("stats")).await;
        let mut lines = info.lines();
        let count = lines.find_map(|line| line.strip_prefix("total_connections_received:"));
        let count = count.and_then(|count| count.parse().ok());
        count.expect("it counts them")
    }

    /// What it drops when it is full.
    pub(crate) fn evict(&self, policy: &str) {
        self.order(&format!("CONFIG SET maxmemory-policy {policy}"));
    }

    /// Makes or changes a user.
    pub(crate) fn allow(&self, user: &str, rules: &str) {
        self.order(&format!("ACL SETUSER {user} {rules}"));
    }

    pub(crate) fn url_as(&self, user: &str, password: &str) -> String {
        format!("redis://{user}:{password}@127.0.0.1:{}", self.port)
    }

    pub(crate) async fn set(&self, key: &str, value: &str) {
        self.ask::<()>(redis::cmd("SET").arg(key).arg(value)).await;
    }

    /// It may have no room for it.
    pub(crate) fn set_if_it_can(&self, key: &str, value: &str) {
        drop(self.say(&format!("SET {key} {value}")));
    }

    pub(crate) async fn seconds_to_live(&self, key: &str) -> i64 {
        self.ask(redis::cmd("TTL").arg(key)).await
    }

    /// Answers questions as before, and has no memory left for more.
    pub(crate) async fn refuse_writes(&self) {
        self.limit_memory("1").await;
    }

    pub(crate) async fn accept_writes(&self) {
        self.limit_memory("0").await;
    }

    /// Tells nobody of itself.
    pub(crate) async fn forbid_info(&self) {
        let mut command = redis::cmd("ACL");
        self.ask::<()>(command.arg("SETUSER").arg("default").arg("-info"))
            .await;
    }

    async fn limit_memory(&self, bytes: &str) {
        let mut command = redis::cmd("CONFIG");
        self.ask::<()>(command.arg("SET").arg("maxmemory").arg(bytes))
            .await;
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        let client = redis::Client::open(self.url()).expect("a URL");
        let connection = client.get_multiplexed_async_connection().await;
        let mut connection = connection.expect("it runs");
        command
            .query_async(&mut connection)
            .await
            .expect("an answer")
    }

    fn try_start(&mut self) -> bool {
        let mut command = mortal();
        command
            .args(["redis-server", "--bind", "127.0.0.1"])
            .args(["--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .args(["--maxmemory-policy", "noeviction"])
            .args(["--dbfilename", SAVED])
            // It would wait for more replicas.
            .args(["--repl-diskless-sync-delay", "0"])
            .current_dir(self.folder.path());
        let is_ready = || self.say("PING").as_deref() == Some("+PONG\r\n");
        self.running = Running::start(&mut command, Signal::KILL, is_ready);
        self.running.is_some()
    }

    fn say(&self, command: &str) -> Option<String> {
        say(self.port, command)
    }
}

/// What a Redis or a sentinel at this port answers, or the beginning of that.
pub(crate) fn say(port: u16, command: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer[..length]).into_owned())
}
