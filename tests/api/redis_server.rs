//! A Redis of a test's own, that may be paused, killed, and started again empty on the same port.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use rustix::process::Signal;

use crate::folder::Folder;
use crate::running::{Running, free_port, mortal};

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
        while !server.try_start() {
            server.port = free_port();
        }
        server
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

    /// Again, where it was, with nothing in it.
    pub(crate) fn start_again(&mut self) {
        assert!(self.try_start(), "the port was ours a moment ago");
    }

    pub(crate) fn flush(&self) {
        let answer = self.say("FLUSHALL\r\n");
        assert_eq!(answer.as_deref(), Some("+OK"), "FLUSHALL");
    }

    /// All keys that it holds.
    pub(crate) async fn keys(&self) -> Vec<String> {
        self.ask(redis::cmd("KEYS").arg("*")).await
    }

    pub(crate) async fn set(&self, key: &str, value: &str) {
        self.ask::<()>(redis::cmd("SET").arg(key).arg(value)).await;
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

    /// Drops what was not used lately, when its memory is short.
    pub(crate) async fn evict(&self) {
        let mut command = redis::cmd("CONFIG");
        self.ask::<()>(
            command
                .arg("SET")
                .arg("maxmemory-policy")
                .arg("allkeys-lru"),
        )
        .await;
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
            .current_dir(self.folder.path());
        let is_ready = || self.say("PING\r\n").as_deref() == Some("+PONG");
        self.running = Running::start(&mut command, Signal::KILL, is_ready);
        self.running.is_some()
    }

    /// The first line of what it answers.
    fn say(&self, command: &str) -> Option<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
        stream.write_all(command.as_bytes()).ok()?;
        let mut answer = [0; 64];
        let length = stream.read(&mut answer).ok()?;
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        answer.lines().next().map(str::to_owned)
    }
}
