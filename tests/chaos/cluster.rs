//! What a run is made of: one PostgreSQL, one Redis with a replica, and three servers, each with a
//! proxy of its own on the way to either; and one more, where sub-systems find the servers.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

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
[feed]
heartbeat_seconds = 1
max_followers_per_application = 200
[[applications]]
client_id = "shop"
audience = "https://shop.example.com"
secret = "0123456789abcdef0123456789abcdef"
"#;

/// What is followed: the one that has a secret.
pub(crate) const FOLLOWED: usize = 1;
pub(crate) const AUDIENCE: &str = "https://shop.example.com";
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Cluster {
    /// Where PostgreSQL is; it may move when it is started again.
    pub database: Target,
    pub database_ways: [Proxy; NODES],
    pub redis_ways: [RedisWay; NODES],
    pub settings: [Settings; NODES],
    /// The issuer, as sub-systems know it: each connection leads to the next server.
    pub front: Proxy,
    places: [Target; NODES],
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
        // Nobody is there yet.
        let places = [(); NODES].map(|()| Target::new(0));
        let front = runtime.block_on(Proxy::start(&places));
        let issuer = issuer(&front);
        let text = format!(
            "data.directory = \"{data}\"\ntokens.issuer = \"{issuer}\"\n\
             tokens.access_lifetime_seconds = 3600\n{CONFIGURATION}"
        );
        fs::write(&file, text).expect("the temporary folder is writable");
        let database = Target::new(postgres.port());
        let database_ways =
            [(); NODES].map(|()| runtime.block_on(Proxy::start(std::slice::from_ref(&database))));
        let redis_ways = [(); NODES].map(|()| {
            let target = Target::new(redis.master().port());
            let proxy = runtime.block_on(Proxy::start(std::slice::from_ref(&target)));
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
            front,
            places,
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
        let port = self.places[node].port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Client { address }
    }

    pub(crate) fn place(&self, node: usize) -> Target {
        self.places[node].clone()
    }

    /// By what name sub-systems know the servers.
    pub(crate) fn issuer(&self) -> String {
        issuer(&self.front)
    }
}

fn issuer(front: &Proxy) -> String {
    format!("http://{}", front.address)
}

/// The folder where the servers' logs are wanted, if they are.
fn logs() -> Option<std::ffi::OsString> {
    std::env::var_os("CARDEA_CHAOS_LOGS")
}
