//! The event streams of applications, at most one each.

use cardea_entity::{event_streams, outbox_events};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use time::OffsetDateTime;

use super::{StoreError, Tables};
use crate::model::event_stream::{EventStream, StreamState, StreamStatus, Wishes};
use crate::model::id::{ApplicationId, StreamId};
use crate::model::outbox::{Channel, EventKind};

/// How much of an application's wishes is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    All,
    /// What isn't said stays as it is.
    Given,
}

impl Tables<'_> {
    pub async fn event_stream(
        &self,
        application: ApplicationId,
    ) -> Result<Option<EventStream>, StoreError> {
        let row = event_streams::Entity::find_by_id(application.0).one(&self.executor);
        self.bounded(row).await?.map(stream).transpose()
    }

    /// All streams, and whether something is to be fetched from each: of one that is paused, nothing.
    pub async fn awaited(&self) -> Result<Vec<(StreamId, bool)>, StoreError> {
        let stream = event_streams::Column::ApplicationId.as_column_ref();
        let event = outbox_events::Column::ApplicationId.as_column_ref();
        let any = Query::select()
            .expr(Expr::value(1))
            .from(outbox_events::Entity)
            .and_where(Expr::col(event).eq(Expr::col(stream)))
            .and_where(outbox_events::Column::Channel.eq(Channel::Stream.as_str()))
            .to_owned();
        let is_enabled = event_streams::Column::Status.eq(StreamStatus::Enabled.as_str());
        let query = event_streams::Entity::find()
            .select_only()
            .column(event_streams::Column::Id)
            .expr(is_enabled.and(Expr::exists(any)))
            .into_tuple::<(uuid::Uuid, bool)>()
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows
            .into_iter()
            .map(|(stream, is_awaited)| (StreamId(stream), is_awaited))
            .collect())
    }

    /// Of two at once, one makes it.
    pub async fn insert_event_stream(
        &self,
        application: ApplicationId,
        wishes: &Wishes,
    ) -> Result<bool, StoreError> {
        let row = event_streams::ActiveModel {
            application_id: Set(application.0),
            id: Set(StreamId::new().0),
            status: Set(StreamStatus::Enabled.as_str().to_owned()),
            status_reason: Set(None),
            events_requested: Set(joined(wishes)),
            description: Set(wishes.description.clone()),
            verified_at: Set(None),
            created_at: Set(self.clock.now()),
        };
        let first = OnConflict::column(event_streams::Column::ApplicationId)
            .do_nothing()
            .to_owned();
        let insert = event_streams::Entity::insert(row)
            .on_conflict(first)
            .exec_without_returning(&self.executor);
        Ok(self.bounded(insert).await? == 1)
    }

    /// All of them, or only those that are given; says whether there still was such a stream.
    pub async fn set_stream_wishes(
        &self,
        stream: &EventStream,
        wishes: &Wishes,
        extent: Extent,
    ) -> Result<bool, StoreError> {
        let events = (event_streams::Column::EventsRequested, joined(wishes));
        let description = (
            event_streams::Column::Description,
            wishes.description.clone(),
        );
        // One that changes nothing is one all the same.
        let id = (event_streams::Column::Id, Expr::value(stream.id.0));
        let given = [events, description]
            .into_iter()
            .filter(|(_, value)| extent == Extent::All || value.is_some())
            .map(|(column, value)| (column, Expr::value(value)));
        let update = std::iter::once(id)
            .chain(given)
            .fold(
                event_streams::Entity::update_many(),
                |update, (column, value)| update.col_expr(column, value),
            )
            .filter(is(stream))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Says whether there still was such a stream.
    pub async fn set_stream_state(
        &self,
        stream: &EventStream,
        state: &StreamState,
    ) -> Result<bool, StoreError> {
        let update = event_streams::Entity::update_many()
            .col_expr(
                event_streams::Column::Status,
                Expr::value(state.status.as_str()),
            )
            .col_expr(
                event_streams::Column::StatusReason,
                Expr::value(state.reason.clone()),
            )
            .filter(is(stream))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Notes that a verification is asked for, unless the last one was asked for after `last`, or there
    /// is no such stream any more.
    pub async fn take_verification(
        &self,
        stream: &EventStream,
        last: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let verified_at = event_streams::Column::VerifiedAt;
        let now = self.clock.now();
        let is_due = Condition::any()
            .add(verified_at.is_null())
            .add(verified_at.lte(last))
            // A clock that was set back makes nobody wait for much longer. One that asks at the same time may
            // have looked at it a moment later.
            .add(verified_at.gt(now + (now - last)));
        let update = event_streams::Entity::update_many()
            .col_expr(verified_at, Expr::value(now))
            .filter(is(stream))
            .filter(is_due)
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Says whether there still was such a stream.
    pub async fn delete_event_stream(&self, stream: &EventStream) -> Result<bool, StoreError> {
        let delete = event_streams::Entity::delete_many()
            .filter(is(stream))
            .exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected == 1)
    }

    /// Forgets at most `limit` events that await being fetched, but none of these kinds; says how many.
    pub async fn empty_stream(
        &self,
        application: ApplicationId,
        but: &[EventKind],
        limit: u64,
    ) -> Result<u64, StoreError> {
        let kept = but.iter().map(|kind| kind.as_str());
        let some = Query::select()
            .column(outbox_events::Column::Id)
            .from(outbox_events::Entity)
            .and_where(outbox_events::Column::ApplicationId.eq(application.0))
            .and_where(outbox_events::Column::Channel.eq(Channel::Stream.as_str()))
            .and_where(outbox_events::Column::Kind.is_not_in(kept))
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .to_owned();
        let delete = outbox_events::Entity::delete_many()
            .filter(outbox_events::Column::Id.in_subquery(some))
            .exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected)
    }

    /// The applications with events that have awaited being fetched since before then, and how many.
    pub async fn streams_behind(
        &self,
        before: OffsetDateTime,
    ) -> Result<Vec<(ApplicationId, i64)>, StoreError> {
        let query = outbox_events::Entity::find()
            .select_only()
            .column(outbox_events::Column::ApplicationId)
            .column_as(outbox_events::Column::Id.count(), "waiting")
            .filter(outbox_events::Column::Channel.eq(Channel::Stream.as_str()))
            .filter(outbox_events::Column::OccurredAt.lt(before))
            .group_by(outbox_events::Column::ApplicationId)
            .into_tuple::<(uuid::Uuid, i64)>()
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows
            .into_iter()
            .map(|(application, waiting)| (ApplicationId(application), waiting))
            .collect())
    }
}

/// Not another one, that was made meanwhile.
fn is(stream: &EventStream) -> Condition {
    Condition::all()
        .add(event_streams::Column::ApplicationId.eq(stream.application.0))
        .add(event_streams::Column::Id.eq(stream.id.0))
}

fn joined(wishes: &Wishes) -> Option<String> {
    wishes.events.as_ref().map(|events| events.join(" "))
}

fn stream(row: event_streams::Model) -> Result<EventStream, StoreError> {
    let status = StreamStatus::parse(&row.status).ok_or(StoreError::Corrupt {
        table: "event_streams",
        column: "status",
    })?;
    let events = row.events_requested.map(|events| {
        let uris = events.split_ascii_whitespace().map(str::to_owned);
        uris.collect()
    });
    Ok(EventStream {
        id: StreamId(row.id),
        application: ApplicationId(row.application_id),
        state: StreamState {
            status,
            reason: row.status_reason,
        },
        wishes: Wishes {
            events,
            description: row.description,
        },
        verified_at: row.verified_at,
    })
}
