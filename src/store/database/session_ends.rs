//! The ends of sessions.

use cardea_entity::sessions;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, UpdateMany,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::sessions::{goes_on, is_alive, is_cut_off, session};
use super::{SessionsOf, StoreError, Tables};
use crate::model::id::{ApplicationId, SessionId};
use crate::model::revocation::Position;
use crate::model::session::{EndReason, Session};

/// What becomes of a session whose row somebody else has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfTaken {
    /// It is waited for. For who ends no other: two that end the same sessions would wait for each
    /// other.
    Wait,
    /// It is left alone.
    Leave,
}

impl Tables<'_> {
    /// Ends those of these sessions that are active, and says which: not one that was ended, or
    /// whose application was cut off. Of two at once one wins.
    pub async fn end_each(
        &self,
        ids: &[SessionId],
        if_taken: IfTaken,
        at: OffsetDateTime,
        reason: EndReason,
    ) -> Result<Vec<Session>, StoreError> {
        let among = sessions::Column::Id.is_in(ids.iter().map(|id| id.0));
        let those = match if_taken {
            IfTaken::Wait => among,
            IfTaken::Leave => {
                let free = Query::select()
                    .column(sessions::Column::Id)
                    .from(sessions::Entity)
                    .and_where(among)
                    .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                    .to_owned();
                sessions::Column::Id.in_subquery(free)
            }
        };
        let update = end(at, reason)
            .filter(those)
            .filter(is_cut_off().not())
            .exec_with_returning(&self.executor);
        let rows = self.bounded(update).await?;
        rows.into_iter().map(session).collect()
    }

    /// Ends all sessions that are alive of a user, or of a user at an application, but for one;
    /// says which.
    pub async fn end_sessions(
        &self,
        of: SessionsOf,
        but: Option<SessionId>,
        at: OffsetDateTime,
        reason: EndReason,
    ) -> Result<Vec<Session>, StoreError> {
        let update = end(at, reason)
            .filter(of.condition())
            .filter(is_alive(at))
            .filter(Condition::all().add_option(but.map(|but| sessions::Column::Id.ne(but.0))))
            .exec_with_returning(&self.executor);
        let rows = self.bounded(update).await?;
        rows.into_iter().map(session).collect()
    }

    /// Marks sessions of an application that was cut off as ended, at most `limit`; says which:
    /// somebody else may be doing the same. `None` if there are none.
    pub async fn end_sessions_cut_off_at(
        &self,
        application: ApplicationId,
        cutoff: Position,
        at: OffsetDateTime,
        limit: u64,
    ) -> Result<Option<Vec<Session>>, StoreError> {
        let concerned = sessions::Entity::find()
            .select_only()
            .column(sessions::Column::Id)
            .filter(sessions::Column::ApplicationId.eq(application.0))
            .filter(sessions::Column::Position.lt(cutoff.0))
            .filter(goes_on(at))
            .limit(limit)
            .into_tuple::<Uuid>()
            .all(&self.executor);
        let concerned = self.bounded(concerned).await?;
        if concerned.is_empty() {
            return Ok(None);
        }
        let update = end(at, EndReason::Revoked)
            .filter(sessions::Column::Id.is_in(concerned))
            .exec_with_returning(&self.executor);
        let rows = self.bounded(update).await?;
        let sessions = rows.into_iter().map(session);
        sessions.collect::<Result<_, _>>().map(Some)
    }
}

fn end(at: OffsetDateTime, reason: EndReason) -> UpdateMany<sessions::Entity> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, Expr::value(at))
        .col_expr(sessions::Column::EndReason, Expr::value(reason.as_str()))
        .filter(sessions::Column::EndedAt.is_null())
}
