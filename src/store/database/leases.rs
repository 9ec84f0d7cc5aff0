//! Leases: one row for each process that answers checks.

use std::time::Duration;

use cardea_entity::leases;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _,
    QueryFilter as _, Set,
};

use super::{StoreError, Tables};
use crate::config::RevocationCheck;
use crate::model::id::LeaseId;
use crate::model::index_state::Epoch;
use crate::model::revocation::Position;

/// The lease of a process, as the others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub id: LeaseId,
    /// What its holder answers from.
    pub check: RevocationCheck,
    /// How long its holder answers without renewing it. Each has its own.
    pub length: Duration,
    pub renewals: i64,
    /// Its holder has every row up to here in what it answers from.
    pub confirmed: Position,
    /// Its holder has read whether to trust Redis at this epoch or later, and goes by that.
    pub epoch: Epoch,
}

impl Tables<'_> {
    /// All leases that nobody has marked as lost, those of processes that died included.
    pub async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let rows = leases::Entity::find().all(&self.executor);
        self.bounded(rows).await?.into_iter().map(lease).collect()
    }

    /// Takes a lease.
    pub async fn take_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let row = leases::ActiveModel {
            id: Set(lease.id.0),
            answers_from: Set(lease.check.as_str().to_owned()),
            length_milliseconds: Set(i64::try_from(lease.length.as_millis()).unwrap_or(i64::MAX)),
            renewals: Set(lease.renewals),
            confirmed: Set(lease.confirmed.0),
            epoch: Set(lease.epoch.0),
        };
        self.bounded(row.insert(&self.executor)).await?;
        Ok(())
    }

    /// Renews a lease, and confirms what it says; `false` if it was lost. The lease is the one from
    /// before the renewal.
    pub async fn renew_lease(&self, lease: &Lease) -> Result<bool, StoreError> {
        let update = leases::Entity::update_many()
            .col_expr(leases::Column::Renewals, Expr::value(lease.renewals + 1))
            .col_expr(leases::Column::Confirmed, Expr::value(lease.confirmed.0))
            .col_expr(leases::Column::Epoch, Expr::value(lease.epoch.0))
            .filter(leases::Column::Id.eq(lease.id.0))
            .filter(leases::Column::Renewals.eq(lease.renewals))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Confirms what the lease says; `false` if the lease was lost. Should the database forget
    /// it in a crash, a logout waits for the next one: so nobody waits for the disk here.
    pub async fn confirm(&self, lease: &Lease) -> Result<bool, StoreError> {
        let mut update = leases::Entity::update_many()
            .col_expr(leases::Column::Confirmed, Expr::value(lease.confirmed.0))
            .col_expr(leases::Column::Epoch, Expr::value(lease.epoch.0))
            .filter(leases::Column::Id.eq(lease.id.0));
        if self.executor.get_database_backend() == DbBackend::Postgres {
            // For this statement's transaction alone.
            let at_once = Expr::cust("set_config('synchronous_commit', 'off', true)");
            update = update.filter(at_once.eq("off"));
        }
        let update = update.exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Forgets all leases: whoever holds one has to start as new.
    pub async fn forget_leases(&self) -> Result<(), StoreError> {
        let delete = leases::Entity::delete_many().exec(&self.executor);
        self.bounded(delete).await?;
        Ok(())
    }

    /// Marks a lease as lost, unless it was renewed since it was looked at: its holder has to
    /// start as new.
    pub async fn end_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let delete = leases::Entity::delete_many()
            .filter(leases::Column::Id.eq(lease.id.0))
            .filter(leases::Column::Renewals.eq(lease.renewals))
            .exec(&self.executor);
        self.bounded(delete).await?;
        Ok(())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "rows come by value, all alike"
)]
fn lease(row: leases::Model) -> Result<Lease, StoreError> {
    let corrupt = |column| StoreError::Corrupt {
        table: "leases",
        column,
    };
    let length = u64::try_from(row.length_milliseconds);
    let mut checks = [RevocationCheck::Memory, RevocationCheck::Redis].into_iter();
    let check = checks.find(|check| check.as_str() == row.answers_from);
    Ok(Lease {
        id: LeaseId(row.id),
        check: check.ok_or_else(|| corrupt("answers_from"))?,
        length: Duration::from_millis(length.map_err(|_| corrupt("length_milliseconds"))?),
        renewals: row.renewals,
        confirmed: Position(row.confirmed),
        epoch: Epoch(row.epoch),
    })
}
