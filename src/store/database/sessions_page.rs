//! A user's sessions, page by page, newest first.

use cardea_entity::sessions::{Column, Entity};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::sessions::{is_alive, is_cut_off, session};
use super::{StoreError, Tables};
use crate::model::id::{SessionId, UserId};
use crate::model::page::{Direction, Page, Passed, Window};
use crate::model::session::Session;
use crate::model::session_filter::{SessionFilter, Standing};

impl Tables<'_> {
    /// A page of a user's sessions, as they stand at a time. Identifiers are `UUIDv7`, which both
    /// databases compare byte by byte: the greatest is the newest.
    pub async fn sessions_of_user(
        &self,
        user: UserId,
        filter: SessionFilter,
        at: OffsetDateTime,
        window: Window<SessionId>,
    ) -> Result<Page<Session>, StoreError> {
        let walk = match window.direction {
            Direction::Forward => list(user, filter, at).order_by_desc(Column::Id),
            Direction::Backward => list(user, filter, at).order_by_asc(Column::Id),
        };
        let beyond = window.beyond.map(|key| match window.direction {
            Direction::Forward => Column::Id.lt(key.0),
            Direction::Backward => Column::Id.gt(key.0),
        });
        let walk = walk
            .filter(Condition::all().add_option(beyond))
            .limit(u64::from(window.size) + 1)
            .all(&self.executor);
        let walked = self.bounded(walk).await?;
        let walked: Result<Vec<_>, _> = walked.into_iter().map(session).collect();
        let passed = self.passed(list(user, filter, at), window).await?;
        Ok(Page::of(window, walked?, passed))
    }

    /// How many sessions of a user there are at a time.
    pub async fn count_sessions_of_user(
        &self,
        user: UserId,
        filter: SessionFilter,
        at: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        self.bounded(list(user, filter, at).count(&self.executor))
            .await
    }

    async fn passed(
        &self,
        list: Select<Entity>,
        window: Window<SessionId>,
    ) -> Result<Passed, StoreError> {
        let Some(key) = window.beyond else {
            return Ok(Passed::None);
        };
        let behind = match window.direction {
            Direction::Forward => Column::Id.gte(key.0),
            Direction::Backward => Column::Id.lte(key.0),
        };
        let first = list
            .select_only()
            .column(Column::Id)
            .filter(behind)
            .limit(1)
            .into_tuple::<Uuid>()
            .one(&self.executor);
        let first = self.bounded(first).await?;
        Ok(first.map_or(Passed::None, |_| Passed::Some))
    }
}

fn list(user: UserId, filter: SessionFilter, at: OffsetDateTime) -> Select<Entity> {
    let standing = filter.standing.map(|standing| match standing {
        Standing::Active => is_alive(at),
        Standing::Ended => is_over(at),
    });
    let application = filter
        .application
        .map(|application| Column::ApplicationId.eq(application.0));
    Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Condition::all().add_option(standing))
        .filter(Condition::all().add_option(application))
}

/// Ended, run out, or cut off: the opposite of [`is_alive`].
fn is_over(at: OffsetDateTime) -> Condition {
    Condition::any()
        .add(Column::EndedAt.is_not_null())
        .add(Column::ExpiresAt.lte(at))
        .add(Column::IdleExpiresAt.lte(at))
        .add(is_cut_off())
}
