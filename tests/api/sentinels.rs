//! A Redis with a replica, and three sentinels that agree on which of the two is the master.

use std::fs;
use std::time::Duration;

use cardea::config::Config;
use rustix::process::Signal;

use crate::app::eventually;
use crate::folder::Folder;
use crate::redis_server::{RedisServer, say};
use crate::running::{Running, free_port, mortal};

/// What they call the master.
const NAME: &str = "mymaster";

/// How servers show themselves to Redis, and to a sentinel: there they may ask where the master is.
const USER: &str = "cardea:of-redis";
const USER_RULES: &str = "cardea on >of-redis ~* &* +@all";
const GUEST: &str = "cardea:of-sentinels";
const GUEST_RULES: &str = "cardea on >of-sentinels -@all +sentinel|master";

/// Sentinels find each other by what they tell each other every two seconds.
const ACQUAINTED: Duration = Duration::from_secs(20);

/// From a master's death to another one: it is missed after half a second, and then voted on.
const FAILED_OVER: Duration = Duration::from_secs(20);

pub(crate) struct WatchedRedis {
    servers: [RedisServer; 2],
    sentinels: [Sentinel; 3],
}

struct Sentinel {
    _running: Running,
    port: u16,
    _folder: Folder,
}

impl WatchedRedis {
    /// The first server is the master.
    pub(crate) async fn start() -> Self {
        let servers = [RedisServer::start(), RedisServer::start()];
        for server in &servers {
            server.order(&format!("ACL SETUSER {USER_RULES}"));
        }
        servers[1].follow(servers[0].port());
        eventually(ACQUAINTED, "the replica is in step", async || {
            servers[1].is_in_step()
        })
        .await;
        let sentinels = [(); 3].map(|()| Sentinel::start(servers[0].port()));
        for sentinel in &sentinels {
            eventually(ACQUAINTED, "the sentinels have met", async || {
                sentinel.is_acquainted()
            })
            .await;
        }
        Self { servers, sentinels }
    }

    /// Points a server at it.
    pub(crate) fn configure(&self, config: &mut Config) {
        config.redis.url = Some(format!("redis://{USER}@{NAME}").into());
        let urls = self.sentinels.iter().map(Sentinel::url);
        config.redis.sentinels = urls.map(Into::into).collect();
    }

    pub(crate) const fn server(&mut self, number: usize) -> &mut RedisServer {
        &mut self.servers[number]
    }

    /// Though nothing is wrong with the master.
    pub(crate) fn demand_fail_over(&self) {
        let answer = self.sentinels[0].say("FAILOVER");
        assert!(answer.starts_with("+OK"), "{answer}");
    }

    /// Waits until all sentinels say that this one is the master.
    pub(crate) async fn agree_on(&self, number: usize) {
        let port = format!("\r\n{}\r\n", self.servers[number].port());
        for sentinel in &self.sentinels {
            eventually(FAILED_OVER, "the sentinels agree", async || {
                sentinel.say("GET-MASTER-ADDR-BY-NAME").contains(&port)
            })
            .await;
        }
    }
}

impl Sentinel {
    fn start(master: u16) -> Self {
        let folder = Folder::new("sentinel");
        let file = folder.path().join("sentinel.conf");
        let (running, port) = loop {
            let port = free_port();
            let settings = format!(
                "bind 127.0.0.1\nport {port}\n\
                 user {GUEST_RULES}\n\
                 sentinel monitor {NAME} 127.0.0.1 {master} 2\n\
                 sentinel down-after-milliseconds {NAME} 500\n\
                 sentinel failover-timeout {NAME} 3000\n"
            );
            fs::write(&file, settings).expect("the temporary folder is writable");
            let mut command = mortal();
            command.arg("redis-server").arg(&file).arg("--sentinel");
            command.current_dir(folder.path());
            let is_ready = || say(port, "PING").as_deref() == Some("+PONG\r\n");
            if let Some(running) = Running::start(&mut command, Signal::KILL, is_ready) {
                break (running, port);
            }
        };
        Self {
            _running: running,
            port,
            _folder: folder,
        }
    }

    fn url(&self) -> String {
        format!("redis://{GUEST}@127.0.0.1:{}", self.port)
    }

    /// With the two others, and with the replica.
    fn is_acquainted(&self) -> bool {
        self.say("CKQUORUM").starts_with("+OK 3 usable Sentinels")
            && self.say("REPLICAS").contains("slave")
    }

    fn say(&self, command: &str) -> String {
        say(self.port, &format!("SENTINEL {command} {NAME}")).unwrap_or_default()
    }
}
