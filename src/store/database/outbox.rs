//! The outbox: events that await their delivery, and who wants any.

use cardea_entity::{applications, event_streams, outbox_events, sessions};
use sea_orm::sea_query::{Expr, ExprTrait as _, JoinType, LockBehavior, LockType, Order, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{StoreError, Tables};
use crate::model::event_stream::StreamStatus;
use crate::model::id::{ApplicationId, EventId, SessionId, UserId};
use crate::model::outbox::{Channel, EventKind, Happening, Initiator, OutboxEvent};
use crate::model::revocation::Position;
use crate::model::session::EndReason;

/// An application that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub application: ApplicationId,
    /// It is called when a session ends.
    pub is_called: bool,
    /// The kinds of events that its stream carries: none, if it has no stream.
    pub streamed: Vec<EventKind>,
}

/// Among which applications recipients are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Among<'a> {
    These(&'a [ApplicationId]),
    /// Those at which a user has, or lately had, a session.
    ApplicationsOf(UserId),
}

/// An event that has no place in the order yet.
#[derive(Clone, Debug)]
pub struct PendingEvent {
    pub application: ApplicationId,
    pub channel: Channel,
    pub happening: Happening,
}

/// Its application, whether it is called, its stream's state, and what it asked for.
type RecipientRow = (Uuid, bool, Option<String>, Option<String>);

impl Tables<'_> {
    /// Those that are told of anything.
    pub async fn recipients(&self, among: Among<'_>) -> Result<Vec<Recipient>, StoreError> {
        let uri = applications::Column::BackchannelLogoutUri;
        let has_stream = event_streams::Column::Status.ne(StreamStatus::Disabled.as_str());
        let stream = applications::Entity::belongs_to(event_streams::Entity)
            .from(applications::Column::Id)
            .to(event_streams::Column::ApplicationId);
        let query = applications::Entity::find()
            .select_only()
            .column(applications::Column::Id)
            .expr(uri.is_not_null())
            .column(event_streams::Column::Status)
            .column(event_streams::Column::EventsRequested)
            .join(JoinType::LeftJoin, stream.into())
            .filter(among.condition())
            .filter(Condition::any().add(uri.is_not_null()).add(has_stream))
            .into_tuple::<RecipientRow>()
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows.into_iter().map(recipient).collect())
    }

    /// Writes events, at least one, in their order: in the transaction that does what they tell of.
    pub async fn insert_outbox(
        &self,
        events: Vec<(Position, PendingEvent)>,
    ) -> Result<(), StoreError> {
        let occurred_at = self.clock.now();
        let rows = events
            .into_iter()
            .map(|(position, event)| row(event, position, occurred_at));
        let insert = outbox_events::Entity::insert_many(rows);
        self.bounded(insert.exec_without_returning(&self.executor))
            .await?;
        Ok(())
    }

    /// What awaits its delivery, in its order, at most `limit`.
    pub async fn outbox(
        &self,
        application: ApplicationId,
        channel: Channel,
        limit: u64,
    ) -> Result<Vec<OutboxEvent>, StoreError> {
        let query = outbox_events::Entity::find()
            .filter(outbox_events::Column::ApplicationId.eq(application.0))
            .filter(outbox_events::Column::Channel.eq(channel.as_str()))
            .order_by_asc(outbox_events::Column::Position)
            .order_by_asc(outbox_events::Column::Id)
            .limit(limit)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        rows.into_iter().map(event).collect()
    }

    /// Forgets what was delivered, and nothing of another application or channel; says how many. Rows
    /// are taken in one order: two who forget the same at once don't wait for each other.
    pub async fn delete_from_outbox(
        &self,
        application: ApplicationId,
        channel: Channel,
        ids: &[EventId],
    ) -> Result<u64, StoreError> {
        let rows = Query::select()
            .column(outbox_events::Column::Id)
            .from(outbox_events::Entity)
            .and_where(outbox_events::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .cond_where(awaits_there(application, channel))
            .order_by(outbox_events::Column::Id, Order::Asc)
            .lock_exclusive()
            .to_owned();
        let delete = outbox_events::Entity::delete_many()
            .filter(outbox_events::Column::Id.in_subquery(rows))
            .exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected)
    }

    /// Those of them that await their delivery.
    pub async fn awaiting(
        &self,
        application: ApplicationId,
        channel: Channel,
        ids: &[EventId],
    ) -> Result<Vec<EventId>, StoreError> {
        let query = outbox_events::Entity::find()
            .select_only()
            .column(outbox_events::Column::Id)
            .filter(outbox_events::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(awaits_there(application, channel))
            .into_tuple::<Uuid>()
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows.into_iter().map(EventId).collect())
    }

    /// Deletes at most `limit` events that occurred before then, delivered or not; says how many.
    pub async fn sweep_outbox(
        &self,
        before: OffsetDateTime,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let old = Query::select()
            .column(outbox_events::Column::Id)
            .from(outbox_events::Entity)
            .and_where(outbox_events::Column::OccurredAt.lt(before))
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .to_owned();
        let delete = outbox_events::Entity::delete_many()
            .filter(outbox_events::Column::Id.in_subquery(old))
            .exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected)
    }
}

/// Of rows that are found by their ids. Were it an equation, SQLite would look through all that awaits
/// there instead.
fn awaits_there(application: ApplicationId, channel: Channel) -> Condition {
    let elsewhere = Condition::any()
        .add(outbox_events::Column::ApplicationId.ne(application.0))
        .add(outbox_events::Column::Channel.ne(channel.as_str()));
    elsewhere.not()
}

impl Among<'_> {
    fn condition(self) -> Condition {
        match self {
            Self::These(ids) => {
                let ids = ids.iter().map(|id| id.0);
                applications::Column::Id.is_in(ids).into()
            }
            Self::ApplicationsOf(user) => {
                let theirs = Query::select()
                    .column(sessions::Column::ApplicationId)
                    .from(sessions::Entity)
                    .and_where(Expr::col(sessions::Column::UserId).eq(user.0))
                    .to_owned();
                applications::Column::Id.in_subquery(theirs).into()
            }
        }
    }
}

fn recipient((application, is_called, status, requested): RecipientRow) -> Recipient {
    let holds = status.is_some_and(|status| status != StreamStatus::Disabled.as_str());
    let wants = |kind: &EventKind| {
        let requested = requested.as_deref();
        requested.is_none_or(|requested| requested.split(' ').any(|uri| uri == kind.uri()))
    };
    Recipient {
        application: ApplicationId(application),
        is_called,
        streamed: EventKind::OFFERED
            .into_iter()
            .filter(|kind| holds && wants(kind))
            .collect(),
    }
}

fn row(
    event: PendingEvent,
    position: Position,
    occurred_at: OffsetDateTime,
) -> outbox_events::ActiveModel {
    let kind = event.happening.kind().as_str().to_owned();
    let (user, session, reason, initiator, state) = match event.happening {
        Happening::SessionRevoked {
            session,
            user,
            reason,
            initiator,
        } => (
            Some(user),
            Some(session),
            Some(reason),
            Some(initiator),
            None,
        ),
        Happening::PasswordChanged { user, initiator } => {
            (Some(user), None, None, Some(initiator), None)
        }
        Happening::Verification { state } => (None, None, None, None, state),
    };
    outbox_events::ActiveModel {
        // Of those that are made one after another, the later one is the greater.
        id: Set(EventId::new().0),
        application_id: Set(event.application.0),
        channel: Set(event.channel.as_str().to_owned()),
        position: Set(position.0),
        kind: Set(kind),
        user_id: Set(user.map(|user| user.0)),
        session_id: Set(session.map(|session| session.0)),
        reason: Set(reason.map(|reason| reason.as_str().to_owned())),
        initiator: Set(initiator.map(|initiator| initiator.as_str().to_owned())),
        state: Set(state),
        occurred_at: Set(occurred_at),
    }
}

fn event(row: outbox_events::Model) -> Result<OutboxEvent, StoreError> {
    let corrupt = |column| StoreError::Corrupt {
        table: "outbox_events",
        column,
    };
    let user = || row.user_id.map(UserId).ok_or(corrupt("user_id"));
    let initiator = || {
        let initiator = row.initiator.as_deref().and_then(Initiator::parse);
        initiator.ok_or(corrupt("initiator"))
    };
    let kind = EventKind::parse(&row.kind).ok_or(corrupt("kind"))?;
    let happening = match kind {
        EventKind::SessionRevoked => Happening::SessionRevoked {
            session: row.session_id.map(SessionId).ok_or(corrupt("session_id"))?,
            user: user()?,
            reason: row
                .reason
                .as_deref()
                .and_then(EndReason::parse)
                .ok_or(corrupt("reason"))?,
            initiator: initiator()?,
        },
        EventKind::CredentialChange => Happening::PasswordChanged {
            user: user()?,
            initiator: initiator()?,
        },
        EventKind::Verification => Happening::Verification { state: row.state },
    };
    Ok(OutboxEvent {
        id: EventId(row.id),
        application: ApplicationId(row.application_id),
        channel: Channel::parse(&row.channel).ok_or(corrupt("channel"))?,
        position: Position(row.position),
        occurred_at: row.occurred_at,
        happening,
    })
}
