//! Places for followers: a bounded number, and no application takes them all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::Feed as Settings;
use crate::metrics::{Feed as Metrics, Followed};
use crate::model::id::ApplicationId;
use crate::model::refusal::Refusal;

/// How soon it is worth asking again.
const RETRY: Duration = Duration::from_secs(5);

pub(super) struct Places {
    taken: Mutex<Taken>,
    maximum: usize,
    maximum_of_one: usize,
    metrics: Metrics,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<ApplicationId, usize>,
}

/// A follower's place, given back however it ends.
pub(super) struct Place {
    places: Arc<Places>,
    application: ApplicationId,
    _followed: Followed,
}

impl Places {
    pub(super) fn new(settings: &Settings, metrics: Metrics) -> Self {
        Self {
            taken: Mutex::default(),
            maximum: settings.max_followers,
            maximum_of_one: settings.max_followers_per_application,
            metrics,
        }
    }

    pub(super) fn take(self: &Arc<Self>, application: ApplicationId) -> Result<Place, Refusal> {
        let mut taken = self.taken();
        let own = taken.of.get(&application).copied().unwrap_or_default();
        if taken.all >= self.maximum || own >= self.maximum_of_one {
            return Err(Refusal::Overloaded { retry_after: RETRY });
        }
        taken.all += 1;
        taken.of.insert(application, own + 1);
        Ok(Place {
            places: Arc::clone(self),
            application,
            _followed: self.metrics.followed(),
        })
    }

    pub(super) fn are_empty(&self) -> bool {
        self.taken().all == 0
    }

    fn give_back(&self, application: ApplicationId) {
        let mut taken = self.taken();
        taken.all -= 1;
        if let Some(own) = taken.of.get_mut(&application) {
            *own -= 1;
            if *own == 0 {
                taken.of.remove(&application);
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(self.application);
    }
}
