//! What an operator is told of a key.

use time::OffsetDateTime;

use super::Keys;
use super::set::KnownKey;
use crate::model::refusal::Stop;
use crate::model::signing_key::{Algorithm, KeyState};

/// What an operator is told of a key.
#[derive(Clone, Debug)]
pub struct KeyReport {
    pub kid: String,
    pub algorithm: Algorithm,
    pub state: KeyState,
    pub created_at: OffsetDateTime,
    /// From when it signs.
    pub activates_at: OffsetDateTime,
    /// When it is removed; `None` as long as nothing follows it.
    pub leaves_at: Option<OffsetDateTime>,
}

impl Keys {
    /// All keys that there are, in the order in which they sign.
    pub async fn list(&self) -> Result<Vec<KeyReport>, Stop> {
        self.refresh().await?;
        let now = self.0.clock.now();
        let set = self.0.set.load();
        Ok(set.keys().iter().map(|known| report(known, now)).collect())
    }
}

fn report(KnownKey { key, life }: &KnownKey, now: OffsetDateTime) -> KeyReport {
    KeyReport {
        kid: key.kid().to_owned(),
        algorithm: key.algorithm(),
        state: life.state(now),
        created_at: life.times.created_at,
        activates_at: life.times.activates_at,
        leaves_at: life.leaves_at(),
    }
}
