//! Places for sockets: so many in all, and so many for each user.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Sockets as Settings;
use crate::model::id::UserId;

pub(super) struct Places {
    all: Arc<Semaphore>,
    per_user: usize,
    users: Arc<Users>,
}

/// How many places each user has taken.
#[derive(Default)]
struct Users(Mutex<HashMap<UserId, usize>>);

/// A place that is taken until this is dropped.
pub(super) struct Place(
    #[expect(dead_code, reason = "what counts is its end")] OwnedSemaphorePermit,
);

/// One among a user's.
pub(super) struct UserPlace {
    users: Arc<Users>,
    user: UserId,
}

impl Places {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            all: Arc::new(Semaphore::new(settings.maximum)),
            per_user: settings.maximum_per_user,
            users: Arc::default(),
        }
    }

    pub(super) fn take(&self) -> Option<Place> {
        let taken = Arc::clone(&self.all).try_acquire_owned();
        taken.ok().map(Place)
    }

    pub(super) fn take_of(&self, user: UserId) -> Option<UserPlace> {
        let mut users = self.users.lock();
        let taken = users.entry(user).or_default();
        if *taken >= self.per_user {
            return None;
        }
        *taken += 1;
        drop(users);
        let users = Arc::clone(&self.users);
        Some(UserPlace { users, user })
    }
}

impl Users {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UserPlace {
    fn drop(&mut self) {
        if let Entry::Occupied(mut taken) = self.users.lock().entry(self.user) {
            *taken.get_mut() -= 1;
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}
