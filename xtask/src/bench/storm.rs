//! A login storm: more people than the server has cores for, logging in at once and for as long as it lasts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use super::exchange::Caller;
use super::people::login_of;
use super::stand::CONNECTIONS;

/// What one who was told OVERLOADED waits: less than he is asked to, for it is a storm.
const IMPATIENCE: Duration = Duration::from_millis(100);

/// Where logins come at a pace, so many bring them: one that takes its time keeps none waiting.
const BRINGERS: u32 = 40;

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    answered: AtomicU64,
    refused: AtomicU64,
}

pub(crate) struct Storm {
    shared: Arc<Shared>,
    people: Vec<JoinHandle<Result<()>>>,
}

/// What became of the logins.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) answered: u64,
    /// Told OVERLOADED.
    pub(crate) refused: u64,
}

impl Storm {
    /// # Errors
    /// When the server does not take so many connections.
    pub(crate) fn begin(address: SocketAddr, people: usize) -> Result<Self> {
        Self::begin_with(address, people, Duration::ZERO)
    }

    /// So many logins a second, and no more.
    ///
    /// # Errors
    /// When the server does not take the connections.
    pub(crate) fn begin_at_pace(address: SocketAddr, per_second: u32) -> Result<Self> {
        let interval = Duration::from_secs(1) * BRINGERS / per_second;
        Self::begin_with(address, usize::try_from(BRINGERS)?, interval)
    }

    fn begin_with(address: SocketAddr, people: usize, interval: Duration) -> Result<Self> {
        let mut storm = Self {
            shared: Arc::default(),
            people: Vec::new(),
        };
        for number in 0..people {
            let caller = Caller::connect(address)?;
            let shared = Arc::clone(&storm.shared);
            // Not all at once.
            let first = Instant::now() + interval * u32::try_from(number)? / u32::try_from(people)?;
            storm.people.push(thread::spawn(move || {
                let user = number % CONNECTIONS;
                log_in_until_over(caller, user, first, interval, &shared)
            }));
        }
        Ok(storm)
    }

    /// # Errors
    /// When a login got an answer that is neither a session nor OVERLOADED.
    pub(crate) fn end(mut self) -> Result<Outcome> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        for person in std::mem::take(&mut self.people) {
            person
                .join()
                .map_err(|_| anyhow!("a thread of the login storm panicked"))??;
        }
        Ok(Outcome {
            answered: self.shared.answered.load(Ordering::Relaxed),
            refused: self.shared.refused.load(Ordering::Relaxed),
        })
    }
}

impl Drop for Storm {
    /// After an error elsewhere nobody calls `end`: the threads end by themselves.
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
    }
}

/// Each login begins an interval after the one before began, or when that is answered.
fn log_in_until_over(
    mut caller: Caller,
    user: usize,
    mut next: Instant,
    interval: Duration,
    shared: &Shared,
) -> Result<()> {
    let login = login_of(user);
    while !shared.is_over.load(Ordering::Relaxed) {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        next = (next + interval).max(Instant::now());
        let response = caller.call(&login)?;
        if response.body.contains("\"accessToken\":\"") {
            shared.answered.fetch_add(1, Ordering::Relaxed);
        } else if response.body.contains("OVERLOADED") {
            shared.refused.fetch_add(1, Ordering::Relaxed);
            thread::sleep(IMPATIENCE);
        } else {
            bail!(
                "in the login storm, the server answered {}, {}",
                response.status,
                response.body
            );
        }
    }
    Ok(())
}
