//! Two Redis servers, a master and its replica, and a way between them that may be broken.

use tokio::runtime::Handle;

use crate::proxy::{Proxy, Target};
use crate::redis_server::RedisServer;

pub(crate) struct RedisPair {
    servers: [RedisServer; 2],
    master: usize,
    /// What the replica follows leads to the master.
    target: Target,
    pub link: Proxy,
}

impl RedisPair {
    pub(crate) fn start(runtime: &Handle) -> Self {
        let servers = [RedisServer::start(), RedisServer::start()];
        let target = Target::new(servers[0].port());
        let link = runtime.block_on(Proxy::start(std::slice::from_ref(&target)));
        let pair = Self {
            servers,
            master: 0,
            target,
            link,
        };
        pair.replica().follow(pair.link.address.port());
        pair
    }

    pub(crate) fn master(&self) -> &RedisServer {
        &self.servers[self.master]
    }

    pub(crate) fn master_mut(&mut self) -> &mut RedisServer {
        &mut self.servers[self.master]
    }

    pub(crate) fn replica(&self) -> &RedisServer {
        &self.servers[1 - self.master]
    }

    /// The master is elsewhere: the replica follows it there.
    pub(crate) fn track(&self) {
        self.target.turn(self.master().port());
        self.target.close();
    }

    /// The replica leads from now on; the old master believes that it still does.
    pub(crate) fn promote(&mut self) {
        self.replica().lead();
        self.master = 1 - self.master;
    }

    /// The old master learns that it is one no more, and follows.
    pub(crate) fn demote(&self) {
        self.track();
        self.replica().follow(self.link.address.port());
    }
}
