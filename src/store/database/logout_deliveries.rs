//! Who is called when sessions end: what awaits its delivery, and which process makes it.

use cardea_entity::{applications, logout_deliveries, outbox_events};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{StoreError, Tables};
use crate::model::id::ApplicationId;
use crate::model::outbox::Channel;

/// An application that has something to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    pub application: ApplicationId,
    pub client_id: String,
    pub uri: String,
    /// When the first thing occurred that it has not heard.
    pub since: OffsetDateTime,
    /// How often in a row it could not be told.
    pub failures: u32,
    /// Nobody is to call it before: it is being called, or could not be told.
    pub not_before: Option<OffsetDateTime>,
}

/// The claim of one process to be the only one that calls an application.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryClaim {
    pub application: ApplicationId,
    pub process: Uuid,
    pub now: OffsetDateTime,
    pub until: OffsetDateTime,
}

/// Its id, client id and URI, and the event that it is to hear first; its failures, claim and pause.
type AwaitingRow = (
    Uuid,
    String,
    String,
    Option<OffsetDateTime>,
    Option<i32>,
    Option<OffsetDateTime>,
    Option<OffsetDateTime>,
);

impl Tables<'_> {
    /// Those that have something to hear, and where they want to be called.
    pub async fn awaiting_logouts(&self) -> Result<Vec<Awaiting>, StoreError> {
        let delivery = applications::Entity::belongs_to(logout_deliveries::Entity)
            .from(applications::Column::Id)
            .to(logout_deliveries::Column::ApplicationId);
        let query = applications::Entity::find()
            .select_only()
            .column(applications::Column::Id)
            .column(applications::Column::ClientId)
            .column(applications::Column::BackchannelLogoutUri)
            .expr_as(Expr::from(first_event()), "since")
            .column(logout_deliveries::Column::Failures)
            .column(logout_deliveries::Column::ClaimedUntil)
            .column(logout_deliveries::Column::RetryAt)
            .join(sea_orm::JoinType::LeftJoin, delivery.into())
            .filter(applications::Column::BackchannelLogoutUri.is_not_null())
            .into_tuple::<AwaitingRow>()
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows.into_iter().filter_map(awaiting).collect())
    }

    /// Takes the right to call an application, unless another process has it, or it is too soon.
    pub async fn claim_delivery(&self, claim: DeliveryClaim) -> Result<bool, StoreError> {
        let free = |column: logout_deliveries::Column| {
            let free = Condition::any().add(column.is_null());
            free.add(column.lte(claim.now))
        };
        let update = logout_deliveries::Entity::update_many()
            .col_expr(
                logout_deliveries::Column::ClaimedBy,
                Expr::value(claim.process),
            )
            .col_expr(
                logout_deliveries::Column::ClaimedUntil,
                Expr::value(claim.until),
            )
            .filter(logout_deliveries::Column::ApplicationId.eq(claim.application.0))
            .filter(free(logout_deliveries::Column::ClaimedUntil))
            .filter(free(logout_deliveries::Column::RetryAt))
            .exec(&self.executor);
        if self.bounded(update).await?.rows_affected == 1 {
            return Ok(true);
        }
        let first = logout_deliveries::ActiveModel {
            application_id: Set(claim.application.0),
            claimed_by: Set(Some(claim.process)),
            claimed_until: Set(Some(claim.until)),
            failures: Set(0),
            retry_at: Set(None),
        };
        let known = OnConflict::column(logout_deliveries::Column::ApplicationId)
            .do_nothing()
            .to_owned();
        let insert = logout_deliveries::Entity::insert(first)
            .on_conflict(known)
            .exec_without_returning(&self.executor);
        Ok(self.bounded(insert).await? == 1)
    }

    /// Gives the right back, and notes how the calls went; nothing, if another process has it by now.
    pub async fn release_delivery(
        &self,
        application: ApplicationId,
        process: Uuid,
        failures: u32,
        retry_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let failures = i32::try_from(failures).unwrap_or(i32::MAX);
        let update = logout_deliveries::Entity::update_many()
            .col_expr(
                logout_deliveries::Column::ClaimedUntil,
                Expr::value(None::<OffsetDateTime>),
            )
            .col_expr(logout_deliveries::Column::Failures, Expr::value(failures))
            .col_expr(logout_deliveries::Column::RetryAt, Expr::value(retry_at))
            .filter(logout_deliveries::Column::ApplicationId.eq(application.0))
            .filter(logout_deliveries::Column::ClaimedBy.eq(process))
            .exec(&self.executor);
        self.bounded(update).await?;
        Ok(())
    }

    /// Gives back all rights of a process that ends.
    pub async fn release_deliveries(&self, process: Uuid) -> Result<(), StoreError> {
        let update = logout_deliveries::Entity::update_many()
            .col_expr(
                logout_deliveries::Column::ClaimedUntil,
                Expr::value(None::<OffsetDateTime>),
            )
            .filter(logout_deliveries::Column::ClaimedBy.eq(process))
            .exec(&self.executor);
        self.bounded(update).await?;
        Ok(())
    }

    /// Has an application called as soon as may be, whatever went wrong before: it is called elsewhere
    /// from now on.
    pub async fn retry_delivery(&self, application: ApplicationId) -> Result<(), StoreError> {
        let update = logout_deliveries::Entity::update_many()
            .col_expr(
                logout_deliveries::Column::RetryAt,
                Expr::value(None::<OffsetDateTime>),
            )
            .filter(logout_deliveries::Column::ApplicationId.eq(application.0))
            .exec(&self.executor);
        self.bounded(update).await?;
        Ok(())
    }
}

/// When what an application is to hear first occurred.
fn first_event() -> SelectStatement {
    let of_application = Expr::col((outbox_events::Entity, outbox_events::Column::ApplicationId));
    Query::select()
        .column(outbox_events::Column::OccurredAt)
        .from(outbox_events::Entity)
        .and_where(of_application.equals((applications::Entity, applications::Column::Id)))
        .and_where(outbox_events::Column::Channel.eq(Channel::Logout.as_str()))
        .order_by(outbox_events::Column::Position, Order::Asc)
        .order_by(outbox_events::Column::Id, Order::Asc)
        .limit(1)
        .to_owned()
}

fn awaiting(row: AwaitingRow) -> Option<Awaiting> {
    let (application, client_id, uri, since, failures, claimed_until, retry_at) = row;
    Some(Awaiting {
        application: ApplicationId(application),
        client_id,
        uri,
        since: since?,
        failures: failures.map_or(0, |failures| failures.try_into().unwrap_or(0)),
        not_before: Ord::max(claimed_until, retry_at),
    })
}
