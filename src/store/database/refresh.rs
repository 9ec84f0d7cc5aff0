//! Refreshing: one conditional update of the session's row.

use cardea_entity::sessions;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use time::OffsetDateTime;

use super::{StoreError, Tables};
use crate::model::id::SessionId;
use crate::model::refresh::RefreshState;
use crate::model::revocation::Position;

/// What a refresh does to a session, if the session is still as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    pub session: SessionId,
    /// The rotation that was read: of two refreshes at once one wins.
    pub from: i64,
    /// The position that was read: who was kept beyond a cut-off meanwhile needs a newer token.
    pub position: Position,
    /// None: it has no refresh tokens, and gets none.
    pub to: Option<RefreshState>,
    pub refreshed_at: OffsetDateTime,
    pub idle_expires_at: OffsetDateTime,
    /// The `exp` of the access token that is given out with it.
    pub token_expires_at: OffsetDateTime,
    /// Where the session is kept beyond a cut-off: the cut-off's own position.
    pub kept_at: Option<Position>,
}

impl Tables<'_> {
    /// Refreshes a session that is alive and has not been refreshed since it was read. It and a
    /// logout of the session exclude each other here.
    pub async fn refresh_session(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        use sessions::Column;
        // The latest: a lifetime that was lowered meanwhile must not hide a token that is out.
        let latest = CaseStatement::new()
            .case(
                Expr::col(Column::TokenExpiresAt).lt(rotation.token_expires_at),
                Expr::value(rotation.token_expires_at),
            )
            .finally(Expr::col(Column::TokenExpiresAt));
        let mut update = sessions::Entity::update_many()
            .col_expr(Column::LastActiveAt, Expr::value(rotation.refreshed_at))
            .col_expr(Column::IdleExpiresAt, Expr::value(rotation.idle_expires_at))
            .col_expr(Column::TokenExpiresAt, latest.into())
            .filter(Column::Id.eq(rotation.session.0))
            .filter(Column::EndedAt.is_null())
            .filter(Column::RefreshRotation.eq(rotation.from))
            .filter(Column::Position.eq(rotation.position.0));
        if let Some(to) = rotation.to {
            let previous = to.previous.map(|hash| hash.0.to_vec());
            update = update
                .col_expr(Column::RefreshHash, Expr::value(to.current.0.to_vec()))
                .col_expr(Column::RefreshPreviousHash, Expr::value(previous))
                .col_expr(Column::RefreshRotation, Expr::value(to.rotation))
                .col_expr(Column::RefreshEra, Expr::value(to.era.0))
                .col_expr(Column::RefreshedAt, Expr::value(to.rotated_at));
        }
        if let Some(position) = rotation.kept_at {
            update = update.col_expr(Column::Position, Expr::value(position.0));
        }
        let update = update.exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }
}
