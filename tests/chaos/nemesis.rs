//! What breaks: each server and its way to PostgreSQL, its way to Redis, PostgreSQL and Redis
//! themselves, the order of commits, and the way of the sub-systems to the servers. Each of them has its own thread, so that faults meet.

mod database;
mod front;
mod node;
mod redis;
mod redis_way;
mod transactions;
mod way;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread::{Scope, sleep};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::chance::Chance;
use crate::cluster::{Cluster, NODES};
use crate::history::History;
use crate::postgres_server::PostgresServer;
use crate::redis_pair::RedisPair;

/// How often a wait looks whether the run is over.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// What can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A server dies.
    Kill,
    /// A server is told to stop, and started again.
    Stop,
    /// A server stands still.
    Pause,
    /// A server's way to PostgreSQL lets something through now and then.
    Flap,
    /// It is cut, held, or slow.
    Block,
    /// PostgreSQL stands still, or dies.
    Database,
    /// A transaction of nobody's stays open.
    Hold,
    /// Commits fail.
    Refuse,
    /// Redis stands still.
    RedisPause,
    /// It loses all that it has, and goes on.
    RedisFlush,
    /// It dies, and starts empty.
    RedisRestart,
    /// It dies, and starts with what it had a while before.
    RedisFile,
    /// A replica that lacks what was written last takes over; the old master goes on for a while.
    RedisFailOver,
    /// So does an empty one.
    RedisSwap,
    /// A server's way to Redis lets something through now and then.
    RedisFlap,
    /// It is cut, held, or slow.
    RedisBlock,
    /// The sub-systems' way to the servers lets something through now and then.
    FeedFlap,
    /// It is cut, held, or slow.
    FeedBlock,
}

/// All there are, each as often as it happens.
pub(crate) const EVERYTHING: &[Fault] = &[
    Fault::Kill,
    Fault::Stop,
    Fault::Pause,
    Fault::Pause,
    Fault::Pause,
    Fault::Flap,
    Fault::Flap,
    Fault::Block,
    Fault::Block,
    Fault::Block,
    Fault::Block,
    Fault::Block,
    Fault::Database,
    Fault::Hold,
    Fault::Hold,
    Fault::Refuse,
    Fault::RedisPause,
    Fault::RedisFlush,
    Fault::RedisRestart,
    Fault::RedisFile,
    Fault::RedisFailOver,
    Fault::RedisFailOver,
    Fault::RedisSwap,
    Fault::RedisFlap,
    Fault::RedisBlock,
    Fault::RedisBlock,
    Fault::RedisBlock,
    Fault::FeedFlap,
    Fault::FeedBlock,
    Fault::FeedBlock,
];

/// What all threads of the nemesis share.
#[derive(Clone, Copy)]
pub(crate) struct Nemesis<'run> {
    pub seed: u64,
    /// What is broken in this run.
    pub faults: &'static [Fault],
    /// How long each thing is whole between two faults, at most.
    pub calm: Duration,
    pub cluster: &'run Cluster,
    pub history: &'run History,
    pub runtime: &'run Handle,
    pub stages: &'run Stages,
}

/// The servers, their ways to Redis, the sub-systems' way, PostgreSQL, Redis, the transactions, and the run itself.
const PARTICIPANTS: usize = 2 * NODES + 5;

/// All threads meet between one stage and the next.
pub(crate) struct Stages {
    /// Servers have started.
    pub up: Barrier,
    /// Somebody calls.
    pub started: Barrier,
    /// Nothing is broken any more.
    pub healed: Barrier,
    /// Nobody needs a server any more: they die with their threads.
    pub left: Barrier,
}

impl Stages {
    pub(crate) fn new() -> Self {
        let barrier = || Barrier::new(PARTICIPANTS);
        Self {
            up: barrier(),
            started: barrier(),
            healed: barrier(),
            left: barrier(),
        }
    }
}

fn attempt<T>(history: &History, act: impl FnOnce() -> T) -> Option<T> {
    let outcome = catch_unwind(AssertUnwindSafe(act));
    if outcome.is_err() {
        history.fail("the nemesis panicked; what it said stands above".to_owned());
    }
    outcome.ok()
}

impl<'run> Nemesis<'run> {
    pub(crate) fn start<'scope>(
        self,
        scope: &'scope Scope<'scope, 'run>,
        postgres: &'scope mut PostgresServer,
        redis: &'scope mut RedisPair,
    ) where
        'run: 'scope,
    {
        for number in 0..NODES {
            scope.spawn(move || node::run(self, number));
            scope.spawn(move || redis_way::run(self, number));
        }
        scope.spawn(move || database::run(self, postgres));
        scope.spawn(move || redis::run(self, redis));
        scope.spawn(move || transactions::run(self));
        scope.spawn(move || front::run(self));
    }

    /// For whoever takes part: prepares, and then takes one step after another until the run is over.
    ///
    /// What it prepared lives to the end. Whoever panics is told of in the findings, and keeps
    /// nobody waiting.
    fn act<T>(&self, prepare: impl FnOnce() -> T, mut step: impl FnMut(&mut T)) {
        let mut prepared = attempt(self.history, prepare);
        self.stages.up.wait();
        self.stages.started.wait();
        if let Some(prepared) = &mut prepared {
            attempt(self.history, || {
                while !self.history.is_over() {
                    step(prepared);
                }
            });
        }
        self.stages.healed.wait();
        self.stages.left.wait();
    }

    /// One of those of these kinds that are broken in this run.
    fn choose(&self, kinds: &[Fault], chance: &mut Chance) -> Option<Fault> {
        let meant = self.faults.iter().filter(|fault| kinds.contains(fault));
        let meant: Vec<_> = meant.copied().collect();
        chance.pick(&meant).copied()
    }

    /// Lets a thing be whole for a while.
    fn calm(&self, chance: &mut Chance) {
        let most = u64::try_from(self.calm.as_millis()).expect("it is short");
        self.rest(chance.milliseconds(most / 8, most));
    }

    /// Twice as long, for what everybody needs: where nobody is answered, nothing is found.
    fn long_calm(&self, chance: &mut Chance) {
        self.calm(chance);
        self.calm(chance);
    }

    /// Sleeps, unless the run is over.
    fn rest(&self, time: Duration) {
        let end = self.history.now() + time;
        while self.history.now() < end && !self.history.is_over() {
            sleep(LOOK_INTERVAL);
        }
    }
}
