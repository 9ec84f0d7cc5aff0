//! What a run is made of: one PostgreSQL, one Redis with a replica, and three servers, each with a
//! proxy of its own on the way to either.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::runtime::Handle;

use crate::client::Client;
use crate::folder::Folder;
use crate::node::Settings;
use crate::postgres_server::PostgresServer;
use crate::proxy::{Proxy, Target};
use crate::redis_pair::RedisPair;
use crate::run::Plan;

/// How many servers.
pub(crate) const NODES: usize = 3;

/// Each has a lease of its own length, looks in its own rhythm, and one keeps the longer list.
const LEASES_MILLISECONDS: [u64; NODES] = [500, 1000, 1500];
const POLLS_MILLISECONDS: [u64; NODES] = [50, 100, 200];
const LISTS: [&str; NODES] = ["deny", "allow", "deny"];

/// The applications that people sign in to.
pub(crate) const APPLICATIONS: [&str; 2] = ["default", "shop"];

/// Short waits, so that an outage is over before the run is; the cheapest hash; and
/// no limits on guesses, since everybody comes from one address.
const CONFIGURATION: &str = r#"
[http]
shutdown_timeout_seconds = 2
[tokens]
issuer = "https://login.example.com"
access_lifetime_seconds = 3600
[database]
timeout_milliseconds = 1000
[passwords]
memory_kibibytes = 7168
iterations = 5
[sessions]
maximum_per_user = 1000
[keys]
master_key = "0f0e0d0c0b0a09080706050403020100f0e0d0c0b0a090807060504030201000"
[limits]
account_burst = 100
account_interval_seconds = 1
device_burst = 100
device_interval_seconds = 1
address_burst = 1000000
address_interval_milliseconds = 1
[log]
filter = "info,cardea=debug"
[[applications]]
client_id = "shop"
"#;

pub(crate) struct Cluster {
    /// Where PostgreSQL is; it may move when it is started again.
    pub database: Target,
    pub database_ways: [Proxy; NODES],
    pub redis_ways: [RedisWay; NODES],
    pub settings: [Settings; NODES],
    ports: [Arc<AtomicU16>; NODES],
    _folder: Folder,
}

/// Not all servers need take the same Redis for the master.
pub(crate) struct RedisWay {
    pub target: Target,
    pub proxy: Proxy,
}

impl Cluster {
    /// Nothing runs yet but the proxies.
    pub(crate) fn prepare(
        postgres: &PostgresServer,
        redis: &RedisPair,
        plan: &Plan,
        runtime: &Handle,
    ) -> Self {
        let folder = Folder::new("chaos");
        let file = folder.path().join("cardea.toml");
        let data = folder.path().join("data");
        let data = data.to_str().expect("the folder's name is ours");
        let text = format!("{CONFIGURATION}[data]\ndirectory = \"{data}\"\n");
        fs::write(&file, text).expect("the temporary folder is writable");
        let database = Target::new(postgres.port());
        let database_ways = [(); NODES].map(|()| runtime.block_on(Proxy::start(&database)));
        let redis_ways = [(); NODES].map(|()| {
            let target = Target::new(redis.master().port());
            let proxy = runtime.block_on(Proxy::start(&target));
            RedisWay { target, proxy }
        });
        let settings = std::array::from_fn(|node| Settings {
            file: file.clone(),
            database_url: format!(
                "postgres://postgres@{}/postgres",
                database_ways[node].address
            ),
            redis_url: format!("redis://{}", redis_ways[node].proxy.address),
            check: plan.check,
            lease_milliseconds: LEASES_MILLISECONDS[node],
            poll_milliseconds: POLLS_MILLISECONDS[node],
            list: LISTS[node],
            lacks: plan.lacks,
            log: logs().map(|logs| Path::new(&logs).join(format!("node-{node}.log"))),
        });
        Self {
            database,
            database_ways,
            redis_ways,
            settings,
            ports: [(); NODES].map(|()| Arc::new(AtomicU16::new(0))),
            _folder: folder,
        }
    }

    /// Past all proxies.
    pub(crate) fn database_url(&self) -> String {
        let port = self.database.port();
        format!("postgres://postgres@127.0.0.1:{port}/postgres")
    }

    /// Where a server is, or was last.
    pub(crate) fn client(&self, node: usize) -> Client {
        let port = self.ports[node].load(Ordering::Acquire);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Client { address }
    }

    pub(crate) fn port(&self, node: usize) -> Arc<AtomicU16> {
        Arc::clone(&self.ports[node])
    }
}

/// The folder where the servers' logs are wanted, if they are.
fn logs() -> Option<std::ffi::OsString> {
    std::env::var_os("CARDEA_CHAOS_LOGS")
}
