//! Profiles as they were a moment ago, read together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::model::id::UserId;
use crate::model::refusal::{Refusal, Stop};
use crate::model::user::User;
use crate::store::database::Database;

/// How long a profile may be shown after another node changed it. What the guard decides is never
/// remembered; this is only what is displayed.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);

/// How many profiles a node remembers.
const REMEMBERED: usize = 50_000;

/// How many are read by one question: one costs hardly less.
const READ_AT_ONCE: usize = 500;

/// What a node remembers of profiles. Busy users' are read each second, so those who wait for one
/// question to be answered ask the next one together.
pub(super) struct Profiles {
    database: Database,
    remembered: Cache<UserId, Profile>,
    wanted: Mutex<Vec<UserId>>,
    /// One asks at a time; and when the last question that the database left open was asked.
    unanswered: tokio::sync::Mutex<Option<Instant>>,
}

type Users = HashMap<UserId, Arc<User>>;

#[derive(Clone)]
struct Profile {
    /// `None`: there is no such user.
    user: Option<Arc<User>>,
    read_at: Instant,
}

impl Profiles {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            remembered: Cache::new(REMEMBERED),
            wanted: Mutex::default(),
            unanswered: tokio::sync::Mutex::default(),
        }
    }

    pub(super) async fn get(&self, id: UserId) -> Result<Option<Arc<User>>, Stop> {
        let remembered = self.remembered.get(&id);
        let asked_at = Instant::now();
        let is_fresh = |profile: &Profile| asked_at - profile.read_at < REMEMBERED_FOR;
        if let Some(profile) = remembered.filter(is_fresh) {
            return Ok(profile.user);
        }
        // Boxed: few requests read, and all would carry it.
        Box::pin(self.read(id, asked_at)).await
    }

    async fn read(&self, id: UserId, asked_at: Instant) -> Result<Option<Arc<User>>, Stop> {
        self.wanted().push(id);
        let mut unanswered = self.unanswered.lock().await;
        // Who waited takes the answer to a question that was asked after it came.
        let answered = self.remembered.get(&id);
        if let Some(profile) = answered.filter(|profile| profile.read_at >= asked_at) {
            return Ok(profile.user);
        }
        if unanswered.is_some_and(|since| since >= asked_at) {
            return Err(Refusal::StoreUnavailable.into());
        }
        let read_at = Instant::now();
        let answer = match self.ask(&self.next_question(id), read_at).await {
            // One row that can't be read is in nobody else's way.
            Err(Stop::Failed(_)) => self.ask(&[id], read_at).await,
            answer => answer,
        };
        if let Err(Stop::Refused(_)) = answer {
            *unanswered = Some(read_at);
        }
        Ok(answer?.remove(&id))
    }

    async fn ask(&self, ids: &[UserId], read_at: Instant) -> Result<Users, Stop> {
        let users = self.database.tables().users_among(ids).await?;
        let users = users.into_iter().map(|user| (user.id, Arc::new(user)));
        let users: Users = users.collect();
        for id in ids {
            let user = users.get(id).cloned();
            self.remembered.insert(*id, Profile { user, read_at });
        }
        Ok(users)
    }

    /// Those who wait, this one among them.
    fn next_question(&self, id: UserId) -> Vec<UserId> {
        let mut wanted = self.wanted();
        let others = wanted.len().saturating_sub(READ_AT_ONCE);
        let mut ids = wanted.split_off(others);
        ids.push(id);
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn wanted(&self) -> MutexGuard<'_, Vec<UserId>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
