//! One run: everything is started, broken for a while, mended, and looked at once more.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};

use crate::clients;
use crate::cluster::{Cluster, NODES};
use crate::deeds::Actor;
use crate::desk::Desk;
use crate::history::{History, Tally};
use crate::nemesis::{Fault, Nemesis, Stages};
use crate::node::Check;
use crate::observers;
use crate::people::{self, Person};
use crate::postgres_server::PostgresServer;
use crate::recovery;
use crate::redis_pair::RedisPair;

/// How a run is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub seed: u64,
    pub check: Check,
    /// What is broken, and for how long.
    pub faults: &'static [Fault],
    pub time: Duration,
    /// How long each thing is whole between two faults, at most.
    pub calm: Duration,
    /// The safeguard that the servers lack.
    pub lacks: Option<&'static str>,
}

/// What was found.
pub(crate) struct Findings {
    pub plan: Plan,
    pub tally: Tally,
    /// How soon all servers answered again; or what was wrong at the end.
    pub recovery: Result<Duration, String>,
}

impl Findings {
    pub(crate) const fn are_good(&self) -> bool {
        self.tally.violations.is_empty() && self.tally.failures.is_empty() && self.recovery.is_ok()
    }
}

/// Ends early when a rule was broken.
pub(crate) fn run(plan: Plan) -> Findings {
    let runtime = Runtime::new().expect("a process that starts can start a runtime");
    let mut postgres = PostgresServer::start();
    let mut redis = RedisPair::start(runtime.handle());
    let cluster = Cluster::prepare(&postgres, &redis, &plan, runtime.handle());
    let cluster = Arc::new(cluster);
    let history = Arc::new(History::new());
    let stages = Stages::new();
    let nemesis = Nemesis {
        seed: plan.seed,
        faults: plan.faults,
        calm: plan.calm,
        cluster: &cluster,
        history: &history,
        runtime: runtime.handle(),
        stages: &stages,
    };
    let recovery = thread::scope(|scope| {
        nemesis.start(scope, &mut postgres, &mut redis);
        let recovery = conduct(plan, &cluster, &history, &stages, runtime.handle());
        stages.left.wait();
        recovery
    });
    Findings {
        plan,
        tally: history.tally(),
        recovery,
    }
}

fn conduct(
    plan: Plan,
    cluster: &Arc<Cluster>,
    history: &Arc<History>,
    stages: &Stages,
    runtime: &Handle,
) -> Result<Duration, String> {
    let people = people::all();
    stages.up.wait();
    let desk = &{
        let _entered = runtime.enter();
        Desk {
            history: Arc::clone(history),
            cluster: Arc::clone(cluster),
            observers: observers::start(cluster, plan.lacks).into(),
        }
    };
    if !runtime.block_on(sign_up(desk, &people)) {
        desk.history.fail("not everybody could sign up".to_owned());
    }
    let clients = {
        let _entered = runtime.enter();
        clients::start(desk, &people, plan.seed)
    };
    stages.started.wait();
    runtime.block_on(async {
        let end = desk.history.now() + plan.time;
        while desk.history.now() < end && !desk.history.is_over() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    desk.history.finish();
    stages.healed.wait();
    if desk.history.is_broken() {
        return Ok(Duration::ZERO);
    }
    runtime.block_on(async {
        let took = recovery::await_all(desk, clients, &people).await?;
        recovery::look_at_all(desk, &people).await?;
        Ok(took)
    })
}

pub(crate) async fn sign_up(desk: &Desk, people: &[Arc<Person>]) -> bool {
    let mut all = true;
    for (number, person) in people.iter().enumerate() {
        let node = number % NODES;
        all &= Actor { desk, person, node }.sign_up().await;
    }
    all
}
