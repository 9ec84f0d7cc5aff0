//! Threads that hash, so that a storm of logins takes no time from anything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::crypto::password_hash::Hasher;
use crate::metrics::Metrics;
use crate::model::refusal::Refusal;

/// What a hash is thought to take before one was measured: 50 ms.
const FIRST_GUESS_MICROSECONDS: u64 = 50_000;

/// How far the hashing threads step back behind the ones that answer requests (`nice`).
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce(&Hasher) + Send>;

/// The threads end when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    /// There until the end.
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    load: Arc<Load>,
}

impl Drop for Inner {
    /// Waits for the job under way: a thread that still hashes while the process ends meets
    /// libraries that have put their locks away, and aborts.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A panic has been told of, and there is nothing left to do about it.
            drop(thread.join());
        }
    }
}

struct Load {
    threads: usize,
    /// Jobs that wait or run.
    jobs: AtomicUsize,
    /// A moving average of what a job takes.
    microseconds: AtomicU64,
    metrics: Arc<Metrics>,
}

impl Pool {
    pub(super) fn start(
        hasher: Hasher,
        metrics: Arc<Metrics>,
        threads: usize,
        queue_length: usize,
    ) -> Self {
        let (queue, jobs) = sync_channel(queue_length);
        let load = Arc::new(Load {
            threads,
            jobs: AtomicUsize::new(0),
            microseconds: AtomicU64::new(FIRST_GUESS_MICROSECONDS),
            metrics,
        });
        let jobs = Arc::new(Mutex::new(jobs));
        let hasher = Arc::new(hasher);
        let threads = (0..threads).map(|index| {
            let (hasher, jobs, load) = (Arc::clone(&hasher), Arc::clone(&jobs), Arc::clone(&load));
            thread::Builder::new()
                .name(format!("hash-{index}"))
                .spawn(move || work(&hasher, &jobs, &load))
                .expect("a process that starts can start a thread")
        });
        Self(Arc::new(Inner {
            queue: Some(queue),
            threads: threads.collect(),
            load,
        }))
    }

    /// Runs a job, or says at once that there are too many.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let Inner { queue, load, .. } = &*self.0;
        load.jobs.fetch_add(1, Ordering::Relaxed);
        let job: Job = Box::new(move |hasher| {
            // Whoever asked may have gone: then the work is nobody's.
            if !answer.is_closed() {
                let _ = answer.send(job(hasher));
            }
        });
        if queue
            .as_ref()
            .is_none_or(|queue| queue.try_send(job).is_err())
        {
            load.jobs.fetch_sub(1, Ordering::Relaxed);
            load.metrics.hashing.refused();
            return Err(Refusal::Overloaded {
                retry_after: self.backlog(),
            });
        }
        // Closed without an answer: the job panicked, and its thread went on.
        answered.await.map_err(|_| Refusal::Overloaded {
            retry_after: self.backlog(),
        })
    }

    pub(super) fn measure(&self) {
        let load = &self.0.load;
        let jobs = load.jobs.load(Ordering::Relaxed);
        let running = jobs.min(load.threads);
        load.metrics.hashing.set(running, jobs - running);
    }

    /// How long what waits now will take.
    pub(super) fn backlog(&self) -> Duration {
        let load = &self.0.load;
        let jobs = load.jobs.load(Ordering::Relaxed).div_ceil(load.threads);
        let each = load.microseconds.load(Ordering::Relaxed);
        Duration::from_micros(each.saturating_mul(jobs as u64))
    }
}

fn work(hasher: &Hasher, jobs: &Mutex<Receiver<Job>>, load: &Load) {
    step_back();
    // Before the first job: who asks for nobody must not wait for its making.
    hasher.decoy();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        let begun = Instant::now();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(hasher)));
        load.jobs.fetch_sub(1, Ordering::Relaxed);
        if outcome.is_err() {
            tracing::error!("a password job panicked");
        }
        let taken = begun.elapsed();
        load.metrics.hashing.done(taken);
        let taken = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        let average = load.microseconds.load(Ordering::Relaxed);
        load.microseconds
            .store((average * 7 + taken) / 8, Ordering::Relaxed);
    }
}

/// On Linux niceness belongs to the thread. Where it can't be set, hashing competes as it did.
fn step_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
}
