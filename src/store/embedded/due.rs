//! What is to be looked at when: keys by the second at which they expire.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Those who read what is kept never come here.
pub(super) struct Due<K>(Mutex<BTreeMap<i64, Vec<K>>>);

impl<K> Due<K> {
    pub(super) fn note(&self, second: i64, key: K) {
        self.seconds().entry(second).or_default().push(key);
    }

    /// Takes out what is due until a second, that one included.
    pub(super) fn until(&self, second: i64) -> BTreeMap<i64, Vec<K>> {
        let mut seconds = self.seconds();
        let later = seconds.split_off(&second.saturating_add(1));
        std::mem::replace(&mut seconds, later)
    }

    fn seconds(&self) -> MutexGuard<'_, BTreeMap<i64, Vec<K>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for Due<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
