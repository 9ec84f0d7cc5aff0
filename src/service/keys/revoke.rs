//! Taking a key out of use that somebody else may have.

use time::OffsetDateTime;

use super::rotate::{Draft, event, take_over};
use super::{Keys, KeysError};
use crate::crypto::jwt::id_of;
use crate::model::audit::AuditAction;
use crate::model::id::KeyId;
use crate::model::signing_key::{KeyState, OVERLAP, lives};
use crate::store::database::Tables;

/// A key that is out of use.
#[derive(Clone, Debug)]
pub struct Withdrawn {
    pub id: KeyId,
    /// Until when a node may know it, or remember a token of it.
    pub known_until: OffsetDateTime,
    pub before: Before,
}

/// What it was before that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    Signing {
        /// The `kid` of the one that signs in its stead.
        successor: String,
    },
    NotSigning,
    Revoked,
}

impl Keys {
    /// Takes a key out of use, within a unit of work whose other half is the ledger's row; `None`
    /// if there is no such key. If it signs, the draft does so from now on.
    pub(in crate::service) async fn withdraw(
        &self,
        tables: &Tables<'_>,
        kid: &str,
        draft: Draft,
    ) -> Result<Option<Withdrawn>, KeysError> {
        tables.hold_ledger().await?;
        let keys = tables.signing_keys().await?;
        let (_, now) = tables.issuing_point().await?;
        let times: Vec<_> = keys.iter().map(|key| key.times).collect();
        let mut known = keys.iter().zip(lives(&times));
        let Some((life, id)) = known
            .find(|(key, _)| key.kid == kid)
            .and_then(|(_, life)| Some((life, id_of(kid)?)))
        else {
            return Ok(None);
        };
        let event = event(AuditAction::SigningKeyRevoked, kid);
        tables.record(event).await?;
        let before = match life.state(now) {
            KeyState::Gone => return Ok(None),
            // Once more: whoever asked first may have died before the index heard of it.
            KeyState::Revoked => Before::Revoked,
            KeyState::Published | KeyState::Verifying => {
                tables.revoke_signing_key(kid, now).await?;
                Before::NotSigning
            }
            KeyState::Signing => {
                tables.revoke_signing_key(kid, now).await?;
                let successor = take_over(tables, draft, &keys, now).await?.kid;
                Before::Signing { successor }
            }
        };
        Ok(Some(Withdrawn {
            id,
            known_until: life.times.revoked_at.unwrap_or(now) + OVERLAP,
            before,
        }))
    }
}
