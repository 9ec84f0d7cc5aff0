//! The ledger as its followers are told of it: each row with the applications that it concerns.

use std::collections::HashMap;

use cardea_entity::{revocations, sessions, users};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::ledger::{revocation, rows};
use super::{StoreError, Tables};
use crate::model::audience::{Addressed, Audience};
use crate::model::id::{ApplicationId, UserId};
use crate::model::revocation::{Position, Revocation, Subject};

/// A part of the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Without this one.
    pub after: Position,
    /// With this one, which is committed.
    pub until: Position,
    /// How many rows are read at most.
    pub limit: u64,
}

/// A row as it is read: where `rows` has its columns, and the application.
type Row = (
    i64,
    String,
    String,
    String,
    String,
    OffsetDateTime,
    Option<Uuid>,
);

impl Tables<'_> {
    /// The rows of a stretch, oldest first: all, or those that may concern an application.
    pub async fn ledger_stretch(
        &self,
        stretch: Stretch,
        of: Option<ApplicationId>,
    ) -> Result<Vec<Addressed>, StoreError> {
        let own = of.map(|application| {
            Condition::any()
                .add(revocations::Column::ApplicationId.eq(application.0))
                .add(revocations::Column::ApplicationId.is_null())
        });
        let query = rows()
            .column(revocations::Column::ApplicationId)
            .filter(revocations::Column::Position.gt(stretch.after.0))
            .filter(revocations::Column::Position.lte(stretch.until.0))
            .filter(Condition::all().add_option(own))
            .order_by_asc(revocations::Column::Position)
            .limit(stretch.limit)
            .into_tuple::<Row>()
            .all(&self.executor);
        let found = self.bounded(query).await?.into_iter().map(with_application);
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        let users = found.iter().filter_map(|(row, _)| user_of(row)).collect();
        let audiences = self.audiences(users).await?;
        let addressed = found
            .into_iter()
            .map(|(revocation, application)| Addressed {
                to: audience(&revocation, application, &audiences),
                revocation,
            });
        Ok(addressed.collect())
    }

    /// The applications at which these users have sessions, ended or not. Who has none there has no
    /// token of it; but with a user that was deleted all sessions went.
    async fn audiences(&self, users: Vec<UserId>) -> Result<HashMap<UserId, Audience>, StoreError> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = users.iter().map(|user| user.0).collect();
        let pairs = sessions::Entity::find()
            .select_only()
            .distinct()
            .column(sessions::Column::UserId)
            .column(sessions::Column::ApplicationId)
            .filter(sessions::Column::UserId.is_in(ids.iter().copied()))
            .into_tuple::<(Uuid, Uuid)>()
            .all(&self.executor);
        let mut applications: HashMap<Uuid, Vec<ApplicationId>> = HashMap::new();
        for (user, application) in self.bounded(pairs).await? {
            let known = applications.entry(user).or_default();
            known.push(ApplicationId(application));
        }
        // After the sessions: who is there now was there then.
        let there = users::Entity::find()
            .select_only()
            .column(users::Column::Id)
            .filter(users::Column::Id.is_in(ids))
            .into_tuple::<Uuid>()
            .all(&self.executor);
        for user in self.bounded(there).await? {
            applications.entry(user).or_default();
        }
        let audience = |user: &UserId| match applications.get(&user.0) {
            Some(applications) => Audience::Several(applications.as_slice().into()),
            None => Audience::All,
        };
        Ok(users.iter().map(|user| (*user, audience(user))).collect())
    }
}

fn with_application(row: Row) -> Result<(Revocation, Option<ApplicationId>), StoreError> {
    let (position, effect, kind, subject, reason, expires_at, application) = row;
    let row = (position, effect, kind, subject, reason, expires_at);
    Ok((revocation(row)?, application.map(ApplicationId)))
}

const fn user_of(row: &Revocation) -> Option<UserId> {
    match row.mark.subject {
        Subject::User(user) => Some(user),
        _ => None,
    }
}

fn audience(
    row: &Revocation,
    application: Option<ApplicationId>,
    users: &HashMap<UserId, Audience>,
) -> Audience {
    if let Some(application) = application {
        return Audience::One(application);
    }
    match row.mark.subject {
        Subject::User(user) => users.get(&user).cloned().unwrap_or(Audience::All),
        Subject::Grant(_, application) | Subject::Application(application) => {
            Audience::One(application)
        }
        Subject::Token(_) | Subject::Session(_) | Subject::Key(_) => Audience::All,
    }
}
