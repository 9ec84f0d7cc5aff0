//! Signing keys, sealed.

use cardea_entity::signing_keys;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QueryOrder as _, Set};

use super::{StoreError, Tables};

/// A signing key as it is kept.
pub struct SealedKey {
    /// RFC 7638 thumbprint, base64url.
    pub kid: String,
    /// A JWS algorithm (RFC 7518, section 3.1).
    pub algorithm: String,
    pub sealed: Vec<u8>,
}

impl Tables<'_> {
    /// All keys, oldest first.
    pub async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        let query = signing_keys::Entity::find()
            .order_by_asc(signing_keys::Column::CreatedAt)
            .order_by_asc(signing_keys::Column::Kid)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows
            .into_iter()
            .map(|row| SealedKey {
                kid: row.kid,
                algorithm: row.algorithm,
                sealed: row.sealed_key,
            })
            .collect())
    }

    pub async fn insert_signing_key(&self, key: &SealedKey) -> Result<(), StoreError> {
        let row = signing_keys::ActiveModel {
            kid: Set(key.kid.clone()),
            algorithm: Set(key.algorithm.clone()),
            sealed_key: Set(key.sealed.clone()),
            created_at: Set(self.clock.now()),
        };
        self.bounded(row.insert(&self.executor)).await?;
        Ok(())
    }
}
