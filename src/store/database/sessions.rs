//! Sessions.

use cardea_entity::{applications, sessions};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, SelectExt as _, Set,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{StoreError, Tables};
use crate::model::id::{ApplicationId, SessionId, UserId};
use crate::model::network::Network;
use crate::model::refresh::{RefreshEra, RefreshHash, RefreshState};
use crate::model::revocation::Position;
use crate::model::session::{AuthMethod, EndReason, Session, SessionState, TokenTransport};
use crate::model::token::RETENTION_MARGIN;

/// How many are read at once: whoever ends them asks again.
const SURPLUS: u64 = 10;

impl Tables<'_> {
    pub async fn insert_session(&self, session: &Session) -> Result<(), StoreError> {
        self.bounded(row(session).insert(&self.executor)).await?;
        Ok(())
    }

    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let query = sessions::Entity::find_by_id(id.0).one(&self.executor);
        self.bounded(query).await?.map(session).transpose()
    }

    /// Those of these that are there.
    pub async fn sessions_among(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        let query = sessions::Entity::find()
            .filter(sessions::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        rows.into_iter().map(session).collect()
    }

    /// Takes the session's row for the rest of the transaction: nobody ends or refreshes it
    /// meanwhile.
    pub async fn hold_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let update = sessions::Entity::update_many()
            .col_expr(
                sessions::Column::Position,
                Expr::col(sessions::Column::Position),
            )
            .filter(sessions::Column::Id.eq(id.0))
            .exec_with_returning(&self.executor);
        self.bounded(update).await?.pop().map(session).transpose()
    }

    /// Whether the user has logged in from this network since then.
    pub async fn has_session_from(
        &self,
        user: UserId,
        network: Network,
        since: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let query = sessions::Entity::find()
            .filter(sessions::Column::UserId.eq(user.0))
            .filter(sessions::Column::Network.eq(network.to_string()))
            .filter(sessions::Column::CreatedAt.gte(since))
            .exists(&self.executor);
        self.bounded(query).await
    }

    /// Whether somebody may still be let in by any of these: a session that ran out a moment ago
    /// counts, for its last token may be taken within the margin.
    pub async fn may_live(&self, of: SessionsOf, at: OffsetDateTime) -> Result<bool, StoreError> {
        let since = at - RETENTION_MARGIN;
        let lately = Condition::any()
            .add(sessions::Column::IdleExpiresAt.gt(since))
            .add(sessions::Column::TokenExpiresAt.gt(since));
        let query = sessions::Entity::find()
            .filter(of.condition())
            .filter(sessions::Column::EndedAt.is_null())
            .filter(lately)
            .exists(&self.executor);
        self.bounded(query).await
    }

    /// Which of these have ended while their last tokens may still be taken somewhere.
    pub async fn ended_lately(
        &self,
        of: SessionsOf,
        at: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        let query = sessions::Entity::find()
            .select_only()
            .column(sessions::Column::Id)
            .filter(of.condition())
            .filter(sessions::Column::EndedAt.is_not_null())
            .filter(sessions::Column::TokenExpiresAt.gt(at - RETENTION_MARGIN))
            .into_tuple()
            .all(&self.executor);
        let ids: Vec<Uuid> = self.bounded(query).await?;
        Ok(ids.into_iter().map(SessionId).collect())
    }

    /// Some of a user's sessions that are alive, beyond the `keep` that were active last; none, if
    /// there are no more.
    pub async fn surplus_sessions(
        &self,
        user: UserId,
        keep: u64,
        at: OffsetDateTime,
    ) -> Result<Vec<Session>, StoreError> {
        let query = sessions::Entity::find()
            .filter(sessions::Column::UserId.eq(user.0))
            .filter(is_alive(at))
            .order_by_desc(sessions::Column::LastActiveAt)
            .order_by_desc(sessions::Column::Id)
            .offset(keep)
            .limit(SURPLUS)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        rows.into_iter().map(session).collect()
    }

    /// Deletes at most `limit` sessions that had ended before this time, or run out; says how many.
    pub async fn sweep_sessions(
        &self,
        before: OffsetDateTime,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let concerned = sessions::Entity::find()
            .select_only()
            .column(sessions::Column::Id)
            .filter(
                // Each of the two has its index.
                Condition::any()
                    .add(sessions::Column::IdleExpiresAt.lt(before))
                    .add(sessions::Column::EndedAt.lt(before)),
            )
            .limit(limit)
            .into_tuple::<Uuid>()
            .all(&self.executor);
        let concerned = self.bounded(concerned).await?;
        if concerned.is_empty() {
            return Ok(0);
        }
        let delete = sessions::Entity::delete_many()
            .filter(sessions::Column::Id.is_in(concerned))
            .exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected)
    }
}

/// Whose sessions are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsOf {
    User(UserId),
    Grant(UserId, ApplicationId),
}

impl SessionsOf {
    pub(super) fn condition(self) -> Condition {
        let of_user = |user: UserId| Condition::all().add(sessions::Column::UserId.eq(user.0));
        match self {
            Self::User(user) => of_user(user),
            Self::Grant(user, application) => {
                of_user(user).add(sessions::Column::ApplicationId.eq(application.0))
            }
        }
    }
}

/// Not ended, not run out, and not cut off.
pub(super) fn is_alive(at: OffsetDateTime) -> Condition {
    goes_on(at).add(is_cut_off().not())
}

/// Made before the newest cut-off of its application, whose sessions are marked as ended only
/// afterwards. (Those of a user or a grant are so in the cut-off's own transaction.)
pub(super) fn is_cut_off() -> Expr {
    let cutoff = Query::select()
        .expr(Expr::value(1))
        .from(applications::Entity)
        .and_where(
            Expr::col((applications::Entity, applications::Column::Id))
                .equals((sessions::Entity, sessions::Column::ApplicationId)),
        )
        .and_where(
            Expr::col((applications::Entity, applications::Column::Cutoff))
                .gt(Expr::col((sessions::Entity, sessions::Column::Position))),
        )
        .to_owned();
    Expr::exists(cutoff)
}

/// Not marked as ended, and not run out.
pub(super) fn goes_on(at: OffsetDateTime) -> Condition {
    Condition::all()
        .add(sessions::Column::EndedAt.is_null())
        .add(sessions::Column::ExpiresAt.gt(at))
        .add(sessions::Column::IdleExpiresAt.gt(at))
}

fn row(session: &Session) -> sessions::ActiveModel {
    let methods: Vec<_> = session.methods.iter().map(|method| method.amr()).collect();
    let refresh = session.refresh;
    let previous = refresh.and_then(|state| state.previous);
    sessions::ActiveModel {
        id: Set(session.id.0),
        user_id: Set(session.user.0),
        application_id: Set(session.application.0),
        position: Set(session.position.0),
        methods: Set(methods.join(" ")),
        address: Set(session.address.map(|address| address.to_string())),
        network: Set(session
            .address
            .map(|address| Network::of(address).to_string())),
        created_at: Set(session.created_at),
        last_active_at: Set(session.last_active_at),
        expires_at: Set(session.expires_at),
        token_expires_at: Set(session.token_expires_at),
        ended_at: Set(None),
        end_reason: Set(None),
        refresh_hash: Set(refresh.map(|state| state.current.0.to_vec())),
        refresh_previous_hash: Set(previous.map(|hash| hash.0.to_vec())),
        refresh_rotation: Set(refresh.map_or(0, |state| state.rotation)),
        refresh_era: Set(refresh.map_or(0, |state| state.era.0)),
        refreshed_at: Set(refresh.map(|state| state.rotated_at)),
        idle_expires_at: Set(Some(session.idle_expires_at)),
        transport: Set(session.transport.as_str().to_owned()),
        user_agent: Set(session.user_agent.clone()),
    }
}

pub(super) fn session(row: sessions::Model) -> Result<Session, StoreError> {
    let corrupt = |column| {
        move || StoreError::Corrupt {
            table: "sessions",
            column,
        }
    };
    let methods: Option<Vec<_>> = row.methods.split(' ').map(AuthMethod::parse).collect();
    let end_reason = row.end_reason.as_deref().map(EndReason::parse);
    let state = match (row.ended_at, end_reason) {
        (None, None) => SessionState::Active,
        (Some(at), Some(Some(reason))) => SessionState::Ended { at, reason },
        _ => return Err(corrupt("end_reason")()),
    };
    let refresh = refresh_state(&row)?;
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
        user_agent: row.user_agent,
        transport: TokenTransport::parse(&row.transport).ok_or_else(corrupt("transport"))?,
        created_at: row.created_at,
        last_active_at: row.last_active_at,
        expires_at: row.expires_at,
        idle_expires_at: row.idle_expires_at.unwrap_or(row.expires_at),
        token_expires_at: row.token_expires_at,
        state,
        refresh,
    })
}

fn refresh_state(row: &sessions::Model) -> Result<Option<RefreshState>, StoreError> {
    let hash = |bytes: &Vec<u8>| {
        let hash = bytes.as_slice().try_into().map(RefreshHash);
        hash.map_err(|_| StoreError::Corrupt {
            table: "sessions",
            column: "refresh_hash",
        })
    };
    let Some(current) = row.refresh_hash.as_ref().map(hash).transpose()? else {
        return Ok(None);
    };
    Ok(Some(RefreshState {
        era: RefreshEra(row.refresh_era),
        rotation: row.refresh_rotation,
        current,
        previous: row.refresh_previous_hash.as_ref().map(hash).transpose()?,
        rotated_at: row.refreshed_at.unwrap_or(row.created_at),
    }))
}
