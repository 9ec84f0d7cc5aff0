//! The counters of limits: in memory and in Redis they sit the same exam, against a model of a few lines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cardea::clock::Clock;
use cardea::config;
use cardea::store::counters::{Allowance, Bucket, BucketKind, Counters, Receipt, Taken};
use cardea::store::embedded::counters::MemoryCounters;
use cardea::store::redis::{self, counters::RedisCounters};
use proptest::prelude::*;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::redis_server::RedisServer;

const TIMEOUT: Duration = Duration::from_millis(500);

fn in_redis(server: &RedisServer, clock: &Clock) -> Arc<dyn Counters> {
    let settings = config::Redis {
        timeout_milliseconds: u64::try_from(TIMEOUT.as_millis()).expect("short"),
        ..config::Redis::default()
    };
    let redis = redis::connect(&server.url(), &settings).expect("a URL");
    Arc::new(RedisCounters::new(redis, clock.clone()))
}

/// Both kinds, each with its name.
fn all(server: &RedisServer, clock: &Clock) -> [(&'static str, Arc<dyn Counters>); 2] {
    let memory = Arc::new(MemoryCounters::new(clock.clone()));
    [("memory", memory), ("redis", in_redis(server, clock))]
}

/// A bucket that nobody has taken from.
fn bucket(burst: u32, interval_seconds: u64) -> Bucket {
    Bucket {
        kind: BucketKind::Account,
        digest: Uuid::now_v7().into_bytes(),
        allowance: Allowance {
            burst,
            interval: Duration::from_secs(interval_seconds),
        },
    }
}

async fn take(counters: &dyn Counters, buckets: &[Bucket]) -> Taken {
    counters.take(buckets).await.expect("they answer")
}

async fn takes(counters: &dyn Counters, bucket: Bucket) -> bool {
    matches!(take(counters, &[bucket]).await, Taken::All(_))
}

/// A bucket as one would draw it: what is in it, as the time that it took to get there.
#[derive(Clone)]
struct Model {
    credit: i64,
    interval: i64,
    capacity: i64,
}

impl Model {
    fn new(allowance: Allowance) -> Self {
        let interval = allowance.interval_microseconds();
        let capacity = interval * i64::from(allowance.burst);
        Self {
            credit: capacity,
            interval,
            capacity,
        }
    }

    fn add(&mut self, credit: i64) {
        self.credit = (self.credit + credit).min(self.capacity);
    }

    /// How long it has nothing to give.
    fn wait(&self) -> i64 {
        (self.interval - self.credit).max(0)
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Out of the buckets whose bits are set.
    Take(u8),
    /// The receipts of the take before the last, or of the one before that ..
    GiveBack(usize),
    /// This many thousand seconds.
    Wait(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_u8..8).prop_map(Step::Take),
        2 => (0_usize..6).prop_map(Step::GiveBack),
        2 => (1_u16..40).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

/// Time passes while a test runs: what is told may differ by less than this. No interval is a sum
/// of what is waited for, so that nothing else is ever decided as closely as that.
const DRIFT: i64 = 9_000_000;

/// What a take of the model, and of the counters, came to: receipts, with when in the model each
/// bucket would have been full.
type Kept = Vec<(Vec<Receipt>, Vec<(usize, i64)>)>;

async fn history(counters: &dyn Counters, clock: &Clock, steps: &[Step]) {
    let buckets = [bucket(1, 10_010), bucket(3, 7_030), bucket(5, 20_070)];
    let mut models = buckets.map(|bucket| Model::new(bucket.allowance));
    let (mut now, mut kept) = (0_i64, Kept::new());
    for step in steps {
        match *step {
            Step::Wait(thousands) => {
                let seconds = u64::from(thousands) * 1000;
                clock.advance(Duration::from_secs(seconds));
                let passed = i64::from(thousands) * 1_000_000_000;
                now += passed;
                for model in &mut models {
                    model.add(passed);
                }
            }
            Step::GiveBack(index) if index < kept.len() => {
                let (receipts, full) = kept.remove(kept.len() - 1 - index);
                counters.give_back(&receipts).await.expect("they answer");
                for (which, full_at) in full {
                    let model = &mut models[which];
                    model.add((full_at - now).clamp(0, model.interval));
                }
            }
            Step::GiveBack(_) => {}
            Step::Take(bits) => {
                let chosen: Vec<_> = (0..3).filter(|bit| bits & (1 << bit) != 0).collect();
                let asked: Vec<_> = chosen.iter().map(|&which| buckets[which]).collect();
                let wait = chosen.iter().map(|&which| models[which].wait()).max();
                let wait = wait.expect("one is chosen");
                match take(counters, &asked).await {
                    Taken::All(receipts) => {
                        assert!(wait < DRIFT, "taken, not {wait}: {steps:?}");
                        let mut full = Vec::new();
                        for which in chosen {
                            let model = &mut models[which];
                            model.credit -= model.interval;
                            full.push((which, now + model.capacity - model.credit));
                        }
                        kept.push((receipts, full));
                    }
                    Taken::Nothing { retry_after } => {
                        let told = i64::try_from(retry_after.as_micros()).expect("not so long");
                        let drift = (wait - told).abs();
                        assert!(drift < DRIFT, "{told}, not {wait}: {steps:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn whatever_happens_they_agree_with_the_model() {
    let server = RedisServer::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let clock = Clock::default();
    let counters = all(&server, &clock);
    let mut cases = ProptestConfig::with_cases(200);
    cases.failure_persistence = None;
    proptest!(cases, |(steps in steps())| {
        for (_, counters) in &counters {
            runtime.block_on(history(counters.as_ref(), &clock, &steps));
        }
    });
}

#[tokio::test]
async fn of_many_at_once_no_more_get_one_than_there_are() {
    let server = RedisServer::start();
    for (name, counters) in all(&server, &Clock::default()) {
        let bucket = bucket(7, 1000);
        let mut under_way = JoinSet::new();
        for _ in 0..50 {
            let counters = Arc::clone(&counters);
            under_way.spawn(async move { takes(counters.as_ref(), bucket).await });
        }
        let got = under_way.join_all().await;
        assert_eq!(got.iter().filter(|&&got| got).count(), 7, "{name}");
    }
}

#[tokio::test]
async fn what_one_node_takes_the_other_does_not_get() {
    let server = RedisServer::start();
    let nodes = [(); 2].map(|()| in_redis(&server, &Clock::default()));
    let bucket = bucket(2, 1000);
    let Taken::All(receipts) = take(nodes[0].as_ref(), &[bucket]).await else {
        panic!("it was full")
    };
    assert!(takes(nodes[1].as_ref(), bucket).await);
    assert!(!takes(nodes[0].as_ref(), bucket).await);
    assert!(!takes(nodes[1].as_ref(), bucket).await);
    let given = nodes[1].give_back(&receipts).await;
    given.expect("they answer");
    assert!(takes(nodes[0].as_ref(), bucket).await);
}

#[tokio::test]
async fn an_empty_bucket_keeps_the_others_as_they_are() {
    let server = RedisServer::start();
    for (name, counters) in all(&server, &Clock::default()) {
        let (empty, other) = (bucket(1, 1000), bucket(1, 1000));
        assert!(takes(counters.as_ref(), empty).await);
        for buckets in [[empty, other], [other, empty]] {
            let taken = take(counters.as_ref(), &buckets).await;
            assert!(matches!(taken, Taken::Nothing { .. }), "{name}");
        }
        assert!(takes(counters.as_ref(), other).await, "{name}");
    }
}

#[tokio::test]
async fn a_bucket_of_another_kind_is_another_bucket() {
    let server = RedisServer::start();
    for (name, counters) in all(&server, &Clock::default()) {
        let mut bucket = bucket(1, 1000);
        for kind in BucketKind::ALL {
            bucket.kind = kind;
            assert!(takes(counters.as_ref(), bucket).await, "{name} {kind:?}");
            assert!(!takes(counters.as_ref(), bucket).await, "{name} {kind:?}");
        }
    }
}

#[tokio::test]
async fn redis_keeps_no_bucket_that_is_full() {
    let server = RedisServer::start();
    let clock = Clock::default();
    let counters = in_redis(&server, &clock);
    let bucket = bucket(10, 100);
    let mut receipts = Vec::new();
    for taken in 1..=3 {
        let Taken::All(one) = take(counters.as_ref(), &[bucket]).await else {
            panic!("it was full")
        };
        receipts.extend(one);
        let keys = server.keys().await;
        assert_eq!(keys.len(), 1);
        let seconds = server.seconds_to_live(&keys[0]).await;
        assert!(
            (taken * 100 - 5..=taken * 100).contains(&seconds),
            "{seconds}"
        );
    }
    counters.give_back(&receipts).await.expect("they answer");
    assert_eq!(server.keys().await, Vec::<String>::new());
    // Long after, there is nothing to give back.
    clock.advance(Duration::from_secs(1000));
    counters.give_back(&receipts).await.expect("they answer");
    assert_eq!(server.keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_silent_or_foreign_redis_is_told_in_time() {
    let server = RedisServer::start();
    let counters = in_redis(&server, &Clock::default());
    let bucket = bucket(1, 1000);
    assert!(takes(counters.as_ref(), bucket).await);
    let key = server.keys().await.pop().expect("one was taken");
    server.set(&key, "nonsense").await;
    assert!(counters.take(&[bucket]).await.is_err());
    server.pause();
    let begun = Instant::now();
    assert!(counters.take(&[bucket]).await.is_err());
    assert!(begun.elapsed() < TIMEOUT * 3, "{:?}", begun.elapsed());
    server.resume();
}
