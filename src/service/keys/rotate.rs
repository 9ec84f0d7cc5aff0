//! Making keys, one at a time, whichever node does it.

use time::{Duration, OffsetDateTime};

use super::{KeyReport, Keys, KeysError};
use crate::crypto::jwt::SigningKey;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::refusal::Stop;
use crate::model::signing_key::{Algorithm, KeyState, KeyTimes, LEAD};
use crate::store::database::{SealedKey, Tables};

/// When a new key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// When everybody who verifies may have it.
    Announced,
    /// Now. Whoever keeps the published keys without asking for one that they lack refuses its
    /// tokens for up to five minutes.
    AtOnce,
}

/// What came of a rotation.
#[derive(Clone, Debug)]
pub enum Rotation {
    Made(KeyReport),
    /// One is published already, and waits for its time: nothing was made.
    Waiting(KeyReport),
}

/// A key that is not in the database yet.
pub(in crate::service) struct Draft {
    kid: String,
    algorithm: Algorithm,
    sealed: Vec<u8>,
}

impl Keys {
    /// Makes the next key, because somebody says so.
    pub async fn rotate(&self, activation: Activation) -> Result<Rotation, Stop> {
        let is_wanted = |keys: &[SealedKey], now| match activation {
            Activation::Announced => waiting(keys, now).next().is_none(),
            Activation::AtOnce => true,
        };
        let made = if self.finds(is_wanted).await? {
            self.make_if(is_wanted, activation).await?
        } else {
            None
        };
        let mut reports = self.list().await?.into_iter().rev();
        let report = reports.find(|report| match &made {
            Some(key) => report.kid == key.kid,
            None => report.state == KeyState::Published,
        });
        let report = report.ok_or(KeysError::Missing)?;
        Ok(match made {
            Some(_) => Rotation::Made(report),
            None => Rotation::Waiting(report),
        })
    }

    /// The first key of an installation.
    pub(super) async fn make_first(&self) -> Result<(), KeysError> {
        let is_wanted = |keys: &[SealedKey], _| keys.is_empty();
        if self.finds(is_wanted).await? {
            self.make_if(is_wanted, Activation::AtOnce).await?;
        }
        Ok(())
    }

    /// Makes the next key if the newest one has signed for long enough.
    pub(super) async fn rotate_if_due(&self) -> Result<(), Stop> {
        let Some(rotation) = self.0.rotation else {
            return Ok(());
        };
        let is_wanted = |keys: &[SealedKey], now: OffsetDateTime| {
            let newest = newest(keys);
            waiting(keys, now).next().is_none()
                && newest.is_none_or(|key| key.times.activates_at + rotation <= now + LEAD)
        };
        self.announce_if(is_wanted).await
    }

    /// Makes a key of the configured algorithm if the newest one has another.
    pub(super) async fn adopt_algorithm(&self) -> Result<(), Stop> {
        let is_wanted = |keys: &[SealedKey], _| {
            newest(keys).is_none_or(|key| key.algorithm != self.0.algorithm)
        };
        self.announce_if(is_wanted).await
    }

    async fn announce_if(
        &self,
        is_wanted: impl Fn(&[SealedKey], OffsetDateTime) -> bool,
    ) -> Result<(), Stop> {
        if self.finds(&is_wanted).await? {
            self.make_if(is_wanted, Activation::Announced).await?;
            // Another node may have been faster: then its key is news.
            self.refresh().await?;
        }
        Ok(())
    }

    /// Most looks find nothing to do: no key is made in vain for them, nor a transaction begun.
    async fn finds(
        &self,
        is_wanted: impl Fn(&[SealedKey], OffsetDateTime) -> bool,
    ) -> Result<bool, KeysError> {
        let tables = self.0.database.tables();
        let (_, now) = tables.issuing_point().await?;
        Ok(is_wanted(&tables.signing_keys().await?, now))
    }

    /// Makes a key, and keeps it if it is wanted still when no other node can make one.
    async fn make_if(
        &self,
        is_wanted: impl Fn(&[SealedKey], OffsetDateTime) -> bool,
        activation: Activation,
    ) -> Result<Option<SealedKey>, KeysError> {
        // Before, since it may take longer than a transaction should.
        let draft = self.draft().await?;
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        tables.hold_ledger().await?;
        let keys = tables.signing_keys().await?;
        let (_, now) = tables.issuing_point().await?;
        if !is_wanted(&keys, now) {
            return Ok(None);
        }
        let key = match activation {
            Activation::Announced => announce(&tables, draft, &keys, now).await?,
            Activation::AtOnce => take_over(&tables, draft, &keys, now).await?,
        };
        unit.commit().await?;
        Ok(Some(key))
    }

    /// A new key, sealed; made where it is in nobody's way.
    pub(in crate::service) async fn draft(&self) -> Result<Draft, KeysError> {
        let keys = self.clone();
        let draft = tokio::task::spawn_blocking(move || {
            let algorithm = keys.0.algorithm;
            let private = SigningKey::generate(algorithm);
            let key = SigningKey::open(algorithm, &private).expect("it was just made");
            Draft {
                kid: key.kid().to_owned(),
                algorithm,
                sealed: keys.0.master.seal(key.kid(), &private),
            }
        });
        Ok(draft.await?)
    }
}

/// The next key, which signs when all know it.
async fn announce(
    tables: &Tables<'_>,
    draft: Draft,
    keys: &[SealedKey],
    now: OffsetDateTime,
) -> Result<SealedKey, KeysError> {
    let after_all = keys.last().map(|key| after(key.times.activates_at));
    let activates_at = after_all.map_or(now + LEAD, |time| time.max(now + LEAD));
    insert(tables, draft, (now, activates_at)).await
}

/// The next key, which signs from now on. One that was waiting signs for no time at all before it;
/// it still verifies, for a node that has not heard of this.
pub(super) async fn take_over(
    tables: &Tables<'_>,
    draft: Draft,
    keys: &[SealedKey],
    now: OffsetDateTime,
) -> Result<SealedKey, KeysError> {
    let mut activates_at = now;
    for key in waiting(keys, now) {
        tables.activate_signing_key(&key.kid, activates_at).await?;
        activates_at = after(activates_at);
    }
    insert(tables, draft, (now, activates_at)).await
}

async fn insert(
    tables: &Tables<'_>,
    draft: Draft,
    (created_at, activates_at): (OffsetDateTime, OffsetDateTime),
) -> Result<SealedKey, KeysError> {
    let key = SealedKey {
        kid: draft.kid,
        algorithm: draft.algorithm,
        sealed: draft.sealed,
        times: KeyTimes {
            created_at,
            activates_at,
            revoked_at: None,
        },
    };
    tables.insert_signing_key(&key).await?;
    tables
        .record(event(AuditAction::SigningKeyRotated, &key.kid))
        .await?;
    let algorithm = key.algorithm.as_str();
    tracing::info!(kid = key.kid, algorithm, %activates_at, "made a signing key");
    Ok(key)
}

/// What happened to a key.
pub(super) fn event(action: AuditAction, kid: &str) -> AuditEvent {
    AuditEvent {
        detail: Some(kid.to_owned()),
        ..AuditEvent::new(action, Actor::operator())
    }
}

/// The keys that are published, and don't sign yet.
fn waiting(keys: &[SealedKey], now: OffsetDateTime) -> impl Iterator<Item = &SealedKey> {
    let waits =
        move |key: &&SealedKey| key.times.activates_at > now && key.times.revoked_at.is_none();
    keys.iter().filter(waits)
}

/// The last one to sign.
fn newest(keys: &[SealedKey]) -> Option<&SealedKey> {
    keys.iter().rev().find(|key| key.times.revoked_at.is_none())
}

/// The next moment that the databases tell from this one.
fn after(time: OffsetDateTime) -> OffsetDateTime {
    time + Duration::MICROSECOND
}
