//! What became of users' sessions lately.

use cardea_entity::sessions::{Column, Entity};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use time::OffsetDateTime;

use super::sessions::{goes_on, is_cut_off, session};
use super::{StoreError, Tables};
use crate::model::id::{SessionId, UserId};
use crate::model::session::Session;

/// Since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lately {
    /// The least that a session made since then is named.
    pub made: SessionId,
    pub ended: OffsetDateTime,
}

impl Tables<'_> {
    /// The sessions of these users that were made, or have ended, since then: at most `limit`, as
    /// they are stored. Whatever has ended one, it is among them: somebody, its time, or the newest
    /// cut-off of its application, whose sessions are marked only afterwards.
    pub async fn sessions_lately(
        &self,
        users: &[UserId],
        since: Lately,
        now: OffsetDateTime,
        limit: u64,
    ) -> Result<Vec<Session>, StoreError> {
        let has_run_out = Condition::all()
            .add(Column::EndedAt.is_null())
            .add(Column::IdleExpiresAt.gt(since.ended))
            .add(Column::IdleExpiresAt.lte(now));
        let news = Condition::any()
            .add(Column::Id.gte(since.made.0))
            .add(Column::EndedAt.gt(since.ended))
            .add(has_run_out)
            .add(goes_on(now).add(is_cut_off()));
        let query = Entity::find()
            .filter(Column::UserId.is_in(users.iter().map(|user| user.0)))
            .filter(news)
            .limit(limit)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        rows.into_iter().map(session).collect()
    }
}
