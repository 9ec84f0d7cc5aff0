//! Sessions.

use cardea_entity::sessions;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set, UpdateMany,
};
use time::OffsetDateTime;

use super::{StoreError, Tables};
use crate::model::id::{ApplicationId, SessionId, UserId};
use crate::model::revocation::Position;
use crate::model::session::{AuthMethod, EndReason, Session, SessionState};

impl Tables<'_> {
    pub async fn insert_session(&self, session: &Session) -> Result<(), StoreError> {
        let methods: Vec<_> = session.methods.iter().map(|method| method.amr()).collect();
        let row = sessions::ActiveModel {
            id: Set(session.id.0),
            user_id: Set(session.user.0),
            application_id: Set(session.application.0),
            position: Set(session.position.0),
            methods: Set(methods.join(" ")),
            address: Set(session.address.map(|address| address.to_string())),
            created_at: Set(session.created_at),
            last_active_at: Set(session.last_active_at),
            expires_at: Set(session.expires_at),
            token_expires_at: Set(session.token_expires_at),
            ended_at: Set(None),
            end_reason: Set(None),
        };
        self.bounded(row.insert(&self.executor)).await?;
        Ok(())
    }

    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let query = sessions::Entity::find_by_id(id.0).one(&self.executor);
        self.bounded(query).await?.map(session).transpose()
    }

    /// Ends a session that is active; `None` if there is nothing to end. Of two at once one wins.
    pub async fn end_session(
        &self,
        id: SessionId,
        at: OffsetDateTime,
        reason: EndReason,
    ) -> Result<Option<Session>, StoreError> {
        let update = end(at, reason)
            .filter(sessions::Column::Id.eq(id.0))
            .exec_with_returning(&self.executor);
        self.bounded(update).await?.pop().map(session).transpose()
    }

    /// Ends all active sessions of a user, but not those that have run out; says which.
    pub async fn end_sessions_of_user(
        &self,
        user: UserId,
        at: OffsetDateTime,
        reason: EndReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        let update = end(at, reason)
            .filter(sessions::Column::UserId.eq(user.0))
            .filter(sessions::Column::ExpiresAt.gt(at))
            .exec_with_returning(&self.executor);
        Ok(self
            .bounded(update)
            .await?
            .into_iter()
            .map(|row| SessionId(row.id))
            .collect())
    }
}

fn end(at: OffsetDateTime, reason: EndReason) -> UpdateMany<sessions::Entity> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, Expr::value(at))
        .col_expr(sessions::Column::EndReason, Expr::value(reason.as_str()))
        .filter(sessions::Column::EndedAt.is_null())
}

fn session(row: sessions::Model) -> Result<Session, StoreError> {
    let corrupt = |column| {
        move || StoreError::Corrupt {
            table: "sessions",
            column,
        }
    };
    let methods: Option<Vec<_>> = row.methods.split(' ').map(AuthMethod::parse).collect();
    let state = match (
        row.ended_at,
        row.end_reason.as_deref().map(EndReason::parse),
    ) {
        (None, None) => SessionState::Active,
        (Some(at), Some(Some(reason))) => SessionState::Ended { at, reason },
        _ => return Err(corrupt("end_reason")()),
    };
    Ok(Session {
        id: SessionId(row.id),
        user: UserId(row.user_id),
        application: ApplicationId(row.application_id),
        position: Position(row.position),
        methods: methods.ok_or_else(corrupt("methods"))?,
        address: row
            .address
            .map(|address| address.parse().map_err(|_| corrupt("address")()))
            .transpose()?,
        created_at: row.created_at,
        last_active_at: row.last_active_at,
        expires_at: row.expires_at,
        token_expires_at: row.token_expires_at,
        state,
    })
}
