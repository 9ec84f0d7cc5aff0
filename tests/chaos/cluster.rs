//! What a run is made of: one PostgreSQL, and three servers, each behind a proxy of its own.

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
use crate::proxy::Proxy;

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
    pub database_port: Arc<AtomicU16>,
    pub proxies: [Proxy; NODES],
    pub settings: [Settings; NODES],
    ports: [Arc<AtomicU16>; NODES],
    _folder: Folder,
}

impl Cluster {
    /// Nothing runs yet but the proxies.
    pub(crate) fn prepare(
        postgres: &PostgresServer,
        lacks: Option<&'static str>,
        runtime: &Handle,
    ) -> Self {
        let folder = Folder::new("chaos");
        let file = folder.path().join("cardea.toml");
        let data = folder.path().join("data");
        let data = data.to_str().expect("the folder's name is ours");
        let text = format!("{CONFIGURATION}[data]\ndirectory = \"{data}\"\n");
        fs::write(&file, text).expect("the temporary folder is writable");
        let database_port = Arc::new(AtomicU16::new(postgres.port()));
        let proxies =
            [(); NODES].map(|()| runtime.block_on(Proxy::start(Arc::clone(&database_port))));
        let mut number = 0;
        let settings = proxies.each_ref().map(|proxy| {
            number += 1;
            let node = number - 1;
            Settings {
                file: file.clone(),
                database_url: format!("postgres://postgres@{}/postgres", proxy.address),
                lease_milliseconds: LEASES_MILLISECONDS[node],
                poll_milliseconds: POLLS_MILLISECONDS[node],
                list: LISTS[node],
                lacks,
                log: logs().map(|logs| Path::new(&logs).join(format!("node-{node}.log"))),
            }
        });
        Self {
            database_port,
            proxies,
            settings,
            ports: [(); NODES].map(|()| Arc::new(AtomicU16::new(0))),
            _folder: folder,
        }
    }

    /// Past all proxies.
    pub(crate) fn database_url(&self) -> String {
        let port = self.database_port.load(Ordering::Acquire);
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
