//! Which index in Redis is to be believed: one row, that all nodes read.

use cardea_entity::index_state;
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{StoreError, Tables};
use crate::model::id::LedgerId;
use crate::model::index_state::{Epoch, Identity, IndexState};

/// The only row.
const ROW: i32 = 1;

impl Tables<'_> {
    pub async fn index_state(&self) -> Result<IndexState, StoreError> {
        let row = index_state::Entity::find_by_id(ROW).one(&self.executor);
        let row = self.bounded(row).await?.ok_or_else(|| corrupt("id"))?;
        let identity = row.identity.as_deref().map(Identity::parse);
        Ok(IndexState {
            ledger: LedgerId(row.ledger),
            epoch: Epoch(row.epoch),
            identity: identity
                .map(|identity| identity.ok_or_else(|| corrupt("identity")))
                .transpose()?,
            is_trusted: row.trusted,
        })
    }

    /// Nobody is to believe the index any more, nor one that is being made now: raises the epoch, and
    /// gives the new one. "Even if it is already": whoever makes one may have read the ledger before.
    pub async fn distrust_index(&self) -> Result<Epoch, StoreError> {
        let update = index_state::Entity::update_many()
            .col_expr(index_state::Column::Epoch, next_epoch())
            .col_expr(index_state::Column::Identity, Expr::value(None::<String>))
            .col_expr(index_state::Column::Trusted, Expr::value(false))
            .filter(index_state::Column::Id.eq(ROW))
            .exec_with_returning(&self.executor);
        let row = self.bounded(update).await?.pop();
        Ok(Epoch(row.ok_or_else(|| corrupt("id"))?.epoch))
    }

    /// The ledger is another one from now on, and no index is that ledger's.
    pub async fn rename_ledger(&self) -> Result<(), StoreError> {
        let update = index_state::Entity::update_many()
            .col_expr(index_state::Column::Ledger, Expr::value(LedgerId::new().0))
            .filter(index_state::Column::Id.eq(ROW))
            .exec(&self.executor);
        self.bounded(update).await?;
        self.distrust_index().await?;
        Ok(())
    }

    /// This server is going to be trusted: raises the epoch, if it is still the one that was seen.
    /// Of several who want that, one gets it.
    pub async fn nominate_index(
        &self,
        seen: Epoch,
        identity: Identity,
    ) -> Result<bool, StoreError> {
        let update = index_state::Entity::update_many()
            .col_expr(index_state::Column::Epoch, next_epoch())
            .col_expr(
                index_state::Column::Identity,
                Expr::value(identity.to_string()),
            )
            .col_expr(index_state::Column::Trusted, Expr::value(false))
            .filter(index_state::Column::Id.eq(ROW))
            .filter(index_state::Column::Epoch.eq(seen.0))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// The server that was nominated in this epoch holds what the ledger has: it is to be believed,
    /// if nothing has come between.
    pub async fn trust_index(&self, epoch: Epoch) -> Result<bool, StoreError> {
        let update = index_state::Entity::update_many()
            .col_expr(index_state::Column::Trusted, Expr::value(true))
            .filter(index_state::Column::Id.eq(ROW))
            .filter(index_state::Column::Epoch.eq(epoch.0))
            .filter(index_state::Column::Trusted.eq(false))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }
}

fn next_epoch() -> SimpleExpr {
    Expr::col(index_state::Column::Epoch).add(1)
}

const fn corrupt(column: &'static str) -> StoreError {
    StoreError::Corrupt {
        table: "index_state",
        column,
    }
}
