//! The runs that measure how soon a logout is in force at so many sub-systems: a short one that is a test, and one for
//! the table.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::cluster::{Cluster, NODES};
use crate::desk::Desk;
use crate::history::History;
use crate::node::{Check, Node};
use crate::people::{self, Person};
use crate::postgres_server::PostgresServer;
use crate::propagation::{Followers, Lateness};
use crate::redis_pair::RedisPair;
use crate::run::sign_up;
use crate::suite;

/// So many logouts each.
#[derive(Clone, Copy)]
struct Size {
    quiet: usize,
    storm: usize,
}

const SHORT: Size = Size {
    quiet: 10,
    storm: 60,
};
const LONG: Size = Size {
    quiet: 200,
    storm: 600,
};

#[test]
fn a_logout_is_in_force_at_all_sub_systems_in_time() {
    tell(Check::Memory, &[10], SHORT);
}

/// `cargo xtask chaos --followers` runs it.
#[test]
#[ignore = "as many as it is told"]
fn long() {
    let counts = std::env::var("CARDEA_CHAOS_FOLLOWERS").unwrap_or_default();
    let counts = counts
        .split(',')
        .map(str::parse)
        .collect::<Result<Vec<_>, _>>();
    let counts = counts.expect("CARDEA_CHAOS_FOLLOWERS is a list of numbers");
    tell(suite::check(), &counts, LONG);
}

#[expect(clippy::print_stderr, reason = "who measures wants to know")]
fn tell(check: Check, counts: &[usize], size: Size) {
    eprintln!("checked in {}:\n{HEAD}", check.name());
    let scene = Scene::gather(check);
    for followers in counts {
        for measured in scene.measure(*followers, size) {
            eprintln!("{measured}");
        }
    }
    let tally = scene.desk.history.tally();
    let first = tally.violations.first();
    assert!(
        first.is_none(),
        "{}",
        first.map(ToString::to_string).unwrap_or_default()
    );
}

const HEAD: &str = "followers | logouts    | a second | watched |   p50 ms |   p99 ms |   max ms";

struct Measured {
    followers: usize,
    how: &'static str,
    lateness: Lateness,
}

/// Whole servers, and nothing that breaks them.
struct Scene {
    // Servers go before what they run on, and what follows them before the runtime.
    _nodes: Vec<Node>,
    desk: Desk,
    people: Vec<Arc<Person>>,
    _stores: (PostgresServer, RedisPair),
    runtime: Runtime,
}

impl Scene {
    fn gather(check: Check) -> Self {
        let runtime = Runtime::new().expect("a process that starts can start a runtime");
        let postgres = PostgresServer::start();
        let redis = RedisPair::start(runtime.handle());
        let plan = suite::short(check);
        let cluster = Cluster::prepare(&postgres, &redis, &plan, runtime.handle());
        let nodes = (0..NODES).map(|number| {
            let mut node = Node::new(cluster.settings[number].clone(), cluster.place(number));
            node.start();
            node
        });
        let nodes = nodes.collect();
        let desk = Desk {
            history: Arc::new(History::new()),
            cluster: Arc::new(cluster),
            observers: Arc::new([]),
        };
        let people = people::all();
        assert!(
            runtime.block_on(sign_up(&desk, &people)),
            "not everybody could sign up"
        );
        Self {
            _nodes: nodes,
            desk,
            people,
            _stores: (postgres, redis),
            runtime,
        }
    }

    fn measure(&self, followers: usize, size: Size) -> [Measured; 2] {
        let measured = self.runtime.block_on(async {
            let all = Followers::gather(&self.desk, &self.people, followers).await?;
            let all = Arc::new(all);
            let quiet = all.quiet(size.quiet).await?;
            let storm = all.storm(size.storm).await?;
            Ok::<_, String>([("one by one", quiet), ("in a storm", storm)])
        });
        let measured = measured.unwrap_or_else(|fault| panic!("{fault}"));
        measured.map(|(how, lateness)| Measured {
            followers,
            how,
            lateness,
        })
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            followers,
            how,
            lateness,
        } = self;
        let watched = lateness.late.len();
        let rate = lateness.rate;
        write!(f, "{followers:9} | {how:10} | {rate:8.0} | {watched:7}")?;
        for of_hundred in [50, 99, 100] {
            let milliseconds = lateness.percentile(of_hundred).as_secs_f64() * 1e3;
            write!(f, " | {milliseconds:8.1}")?;
        }
        Ok(())
    }
}
