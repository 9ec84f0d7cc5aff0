//! How a session stands: everything in the tables that decides whether its tokens live.

use cardea_entity::{applications, grants, sessions, users};
use sea_orm::{EntityTrait as _, FromQueryResult, JoinType, QuerySelect as _};
use time::OffsetDateTime;

use super::{StoreError, Tables};
use crate::model::id::SessionId;
use crate::model::session::EndReason;

/// What the tables say of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStanding {
    Alive {
        /// The end, unless it is refreshed before.
        ends_at: OffsetDateTime,
        /// The latest `exp` of an access token that it gave out.
        token_expires_at: OffsetDateTime,
    },
    Ended(EndReason),
    /// Its user, grant or application was cut off after it was made, or last kept.
    CutOff,
    /// There is no such session, or it was deleted.
    Unknown,
}

#[derive(FromQueryResult)]
struct Row {
    position: i64,
    expires_at: OffsetDateTime,
    idle_expires_at: Option<OffsetDateTime>,
    token_expires_at: OffsetDateTime,
    end_reason: Option<String>,
    user_cutoff: i64,
    application_cutoff: i64,
    /// There need not be a grant.
    grant_cutoff: Option<i64>,
}

impl Tables<'_> {
    /// In one statement: a session, and the cut-offs of what it belongs to.
    pub async fn session_standing(&self, id: SessionId) -> Result<SessionStanding, StoreError> {
        let user = sessions::Entity::belongs_to(users::Entity)
            .from(sessions::Column::UserId)
            .to(users::Column::Id);
        let application = sessions::Entity::belongs_to(applications::Entity)
            .from(sessions::Column::ApplicationId)
            .to(applications::Column::Id);
        let grant = sessions::Entity::belongs_to(grants::Entity)
            .from((sessions::Column::UserId, sessions::Column::ApplicationId))
            .to((grants::Column::UserId, grants::Column::ApplicationId));
        let query = sessions::Entity::find_by_id(id.0)
            .select_only()
            .column(sessions::Column::Position)
            .column(sessions::Column::ExpiresAt)
            .column(sessions::Column::IdleExpiresAt)
            .column(sessions::Column::TokenExpiresAt)
            .column(sessions::Column::EndReason)
            .column_as(users::Column::Cutoff, "user_cutoff")
            .column_as(applications::Column::Cutoff, "application_cutoff")
            .column_as(grants::Column::Cutoff, "grant_cutoff")
            .join(JoinType::InnerJoin, user.into())
            .join(JoinType::InnerJoin, application.into())
            .join(JoinType::LeftJoin, grant.into())
            .into_model::<Row>()
            .one(&self.executor);
        self.bounded(query)
            .await?
            .map_or(Ok(SessionStanding::Unknown), standing)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_or` gives")]
fn standing(row: Row) -> Result<SessionStanding, StoreError> {
    if let Some(reason) = &row.end_reason {
        let corrupt = StoreError::Corrupt {
            table: "sessions",
            column: "end_reason",
        };
        let reason = EndReason::parse(reason).ok_or(corrupt)?;
        return Ok(SessionStanding::Ended(reason));
    }
    let cutoff = row.user_cutoff.max(row.application_cutoff);
    if cutoff.max(row.grant_cutoff.unwrap_or(0)) > row.position {
        return Ok(SessionStanding::CutOff);
    }
    Ok(SessionStanding::Alive {
        ends_at: row
            .expires_at
            .min(row.idle_expires_at.unwrap_or(row.expires_at)),
        token_expires_at: row.token_expires_at,
    })
}
