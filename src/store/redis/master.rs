//! The master, as its sentinels tell: followed wherever it goes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redis::{ConnectionAddr, ConnectionInfo, RedisError};
use tokio::sync::Mutex;

use super::link::Link;
use super::sentinels::{Address, Sentinels};
use crate::config;

/// How soon it is known that another server is the master: sentinels take longer to agree on it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Master {
    sentinels: Sentinels,
    /// How it is spoken to, wherever it is.
    info: ConnectionInfo,
    settings: config::Redis,
    known: ArcSwapOption<Known>,
    /// Who waits for it lets one ask.
    looking: Mutex<()>,
}

struct Known {
    address: Address,
    link: Link,
}

impl Master {
    /// Asks now and then, until nobody has it any more.
    pub(super) fn watch(
        sentinels: Sentinels,
        info: ConnectionInfo,
        settings: config::Redis,
    ) -> Arc<Self> {
        let master = Arc::new(Self {
            sentinels,
            info,
            settings,
            known: ArcSwapOption::empty(),
            looking: Mutex::new(()),
        });
        tokio::spawn(follow(Arc::downgrade(&master)));
        master
    }

    /// The connections to it, as far as is known; who is the first to ask waits for the sentinels.
    pub(super) async fn link(&self) -> Result<Link, RedisError> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let _turn = self.looking.lock().await;
        match self.known() {
            Some(known) => Ok(known),
            None => self.look().await,
        }
    }

    /// The same, without asking.
    pub(super) fn known(&self) -> Option<Link> {
        let known = self.known.load();
        known.as_ref().map(|known| known.link.clone())
    }

    /// The database's number.
    pub(super) fn number(&self) -> i64 {
        self.info.redis_settings().db()
    }

    async fn look(&self) -> Result<Link, RedisError> {
        let address = self.sentinels.ask().await?;
        if let Some(known) = &*self.known.load()
            && known.address == address
        {
            return Ok(known.link.clone());
        }
        let Address { host, port } = &address;
        tracing::info!(host, port, "the master of Redis, as its sentinels tell");
        let place = at(self.info.addr(), &address);
        let link = Link::to(self.info.clone().set_addr(place), &self.settings)?;
        // Whoever has a connection to the old one finishes with it; nobody gets another.
        let known = Known {
            address,
            link: link.clone(),
        };
        self.known.store(Some(Arc::new(known)));
        Ok(link)
    }
}

async fn follow(master: Weak<Master>) {
    while let Some(master) = master.upgrade() {
        let turn = master.looking.lock().await;
        if let Err(error) = master.look().await {
            // Where it was it may be still: whoever asks it finds out.
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "no sentinel tells where the master of Redis is"
            );
        }
        drop(turn);
        drop(master);
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// There, and spoken to in the same way.
fn at(like: &ConnectionAddr, address: &Address) -> ConnectionAddr {
    let Address { host, port } = address.clone();
    match like {
        ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    }
}
