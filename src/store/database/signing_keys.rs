//! Signing keys, sealed.

use cardea_entity::signing_keys;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Set,
};
use time::OffsetDateTime;

use super::{StoreError, Tables};
use crate::model::signing_key::{Algorithm, KeyTimes};

/// A signing key as it is kept.
#[derive(Clone)]
pub struct SealedKey {
    /// RFC 7638 thumbprint, base64url.
    pub kid: String,
    pub algorithm: Algorithm,
    pub sealed: Vec<u8>,
    pub times: KeyTimes,
}

impl Tables<'_> {
    /// All keys, in the order in which they sign.
    pub async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        let query = signing_keys::Entity::find()
            .order_by_asc(signing_keys::Column::ActivatesAt)
            .order_by_asc(signing_keys::Column::Kid)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        rows.into_iter().map(sealed_key).collect()
    }

    pub async fn insert_signing_key(&self, key: &SealedKey) -> Result<(), StoreError> {
        let row = signing_keys::ActiveModel {
            kid: Set(key.kid.clone()),
            algorithm: Set(key.algorithm.as_str().to_owned()),
            sealed_key: Set(key.sealed.clone()),
            created_at: Set(key.times.created_at),
            activates_at: Set(key.times.activates_at),
            revoked_at: Set(key.times.revoked_at),
        };
        self.bounded(row.insert(&self.executor)).await?;
        Ok(())
    }

    /// Moves the time from which a key signs.
    pub async fn activate_signing_key(
        &self,
        kid: &str,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.set_signing_key(kid, signing_keys::Column::ActivatesAt, at)
            .await
    }

    pub async fn revoke_signing_key(
        &self,
        kid: &str,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.set_signing_key(kid, signing_keys::Column::RevokedAt, at)
            .await
    }

    pub async fn delete_signing_key(&self, kid: &str) -> Result<(), StoreError> {
        let delete = signing_keys::Entity::delete_by_id(kid).exec(&self.executor);
        self.bounded(delete).await?;
        Ok(())
    }

    async fn set_signing_key(
        &self,
        kid: &str,
        column: signing_keys::Column,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let update = signing_keys::Entity::update_many()
            .col_expr(column, Expr::value(at))
            .filter(signing_keys::Column::Kid.eq(kid))
            .exec(&self.executor);
        self.bounded(update).await?;
        Ok(())
    }
}

fn sealed_key(row: signing_keys::Model) -> Result<SealedKey, StoreError> {
    let algorithm = Algorithm::parse(&row.algorithm).ok_or(StoreError::Corrupt {
        table: "signing_keys",
        column: "algorithm",
    })?;
    Ok(SealedKey {
        kid: row.kid,
        algorithm,
        sealed: row.sealed_key,
        times: KeyTimes {
            created_at: row.created_at,
            activates_at: row.activates_at,
            revoked_at: row.revoked_at,
        },
    })
}
