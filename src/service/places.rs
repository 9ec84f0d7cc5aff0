//! Places for applications that wait to be told something: a bounded number, and no application takes them all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::Feed as Settings;
use crate::metrics::{Followed, Followers};
use crate::model::id::ApplicationId;
use crate::model::refusal::Refusal;

/// How soon it is worth asking again.
const RETRY: Duration = Duration::from_secs(5);

pub(in crate::service) struct Places {
    taken: Mutex<Taken>,
    maximum: usize,
    maximum_of_one: usize,
    metrics: Followers,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<ApplicationId, usize>,
}

/// One that is taken, given back however it ends.
pub(in crate::service) struct Place {
    places: Arc<Places>,
    application: ApplicationId,
    _followed: Followed,
}

impl Places {
    pub(in crate::service) fn new(settings: &Settings, metrics: Followers) -> Self {
        Self {
            taken: Mutex::default(),
            maximum: settings.max_followers,
            maximum_of_one: settings.max_followers_per_application,
            metrics,
        }
    }

    pub(in crate::service) fn take(
        self: &Arc<Self>,
        application: ApplicationId,
    ) -> Result<Place, Refusal> {
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

    pub(in crate::service) fn are_empty(&self) -> bool {
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
