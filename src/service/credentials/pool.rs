//! Threads that hash, so that a storm of logins takes no time from anything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::crypto::password_hash::Hasher;
use crate::model::refusal::Refusal;

/// What a hash is thought to take before one was measured: 50 ms.
const FIRST_GUESS_MICROSECONDS: u64 = 50_000;

/// How far the hashing threads step back behind the ones that answer requests (`nice`).
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce(&Hasher) + Send>;

/// The threads end when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Pool {
    queue: SyncSender<Job>,
    load: Arc<Load>,
}

struct Load {
    threads: usize,
    /// Jobs that wait or run.
    jobs: AtomicUsize,
    /// A moving average of what a job takes.
    microseconds: AtomicU64,
}

impl Pool {
    pub(super) fn start(hasher: Hasher, threads: usize, queue_length: usize) -> Self {
        let (queue, jobs) = sync_channel(queue_length);
        let load = Arc::new(Load {
            threads,
            jobs: AtomicUsize::new(0),
            microseconds: AtomicU64::new(FIRST_GUESS_MICROSECONDS),
        });
        let jobs = Arc::new(Mutex::new(jobs));
        let hasher = Arc::new(hasher);
        for index in 0..threads {
            let (hasher, jobs, load) = (Arc::clone(&hasher), Arc::clone(&jobs), Arc::clone(&load));
            thread::Builder::new()
                .name(format!("hash-{index}"))
                .spawn(move || work(&hasher, &jobs, &load))
                .expect("a process that starts can start a thread");
        }
        Self { queue, load }
    }

    /// Runs a job, or says at once that there are too many.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.load.jobs.fetch_add(1, Ordering::Relaxed);
        let sent = self.queue.try_send(Box::new(move |hasher| {
            // Whoever asked may have gone: then the work is nobody's.
            if !answer.is_closed() {
                let _ = answer.send(job(hasher));
            }
        }));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = sent {
            self.load.jobs.fetch_sub(1, Ordering::Relaxed);
            return Err(Refusal::Overloaded {
                retry_after: self.backlog(),
            });
        }
        // Closed without an answer: the job panicked, and its thread went on.
        answered.await.map_err(|_| Refusal::Overloaded {
            retry_after: self.backlog(),
        })
    }

    /// How long what waits now will take.
    pub(super) fn backlog(&self) -> Duration {
        let jobs = self
            .load
            .jobs
            .load(Ordering::Relaxed)
            .div_ceil(self.load.threads);
        let each = self.load.microseconds.load(Ordering::Relaxed);
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
        let taken = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
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
