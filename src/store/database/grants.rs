//! Grants: what users may do at applications.

use cardea_entity::grants;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};

use super::{StoreError, Tables};
use crate::model::application::Grant;
use crate::model::id::{ApplicationId, UserId};
use crate::model::revocation::Position;
use crate::model::scope::Scopes;

impl Tables<'_> {
    /// What a user may do at an application: nothing, if nothing was granted.
    pub async fn grant(
        &self,
        user: UserId,
        application: ApplicationId,
    ) -> Result<Grant, StoreError> {
        let query = grants::Entity::find_by_id((user.0, application.0)).one(&self.executor);
        let row = self.bounded(query).await?;
        Ok(row.as_ref().map(grant).unwrap_or_default())
    }

    /// All of a user's grants.
    pub async fn grants_of_user(
        &self,
        user: UserId,
    ) -> Result<Vec<(ApplicationId, Grant)>, StoreError> {
        let query = grants::Entity::find()
            .filter(grants::Column::UserId.eq(user.0))
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows
            .iter()
            .map(|row| (ApplicationId(row.application_id), grant(row)))
            .collect())
    }

    /// Grants at an application, in the order of the users, at most `limit` after one of them.
    pub async fn grants_at(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<(UserId, Grant)>, StoreError> {
        let after = after.map(|user| grants::Column::UserId.gt(user.0));
        let query = grants::Entity::find()
            .filter(grants::Column::ApplicationId.eq(application.0))
            .filter(Condition::all().add_option(after))
            .order_by_asc(grants::Column::UserId)
            .limit(limit)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        Ok(rows
            .into_iter()
            .map(|row| (UserId(row.user_id), grant(&row)))
            .collect())
    }

    /// Takes the grant's row for the rest of the transaction, and makes it if there is none.
    pub async fn hold_grant(
        &self,
        user: UserId,
        application: ApplicationId,
    ) -> Result<(), StoreError> {
        let row = grants::ActiveModel {
            user_id: Set(user.0),
            application_id: Set(application.0),
            scopes: Set(String::new()),
            cutoff: Set(0),
        };
        let held = OnConflict::columns([grants::Column::UserId, grants::Column::ApplicationId])
            .value(
                grants::Column::Cutoff,
                Expr::col((grants::Entity, grants::Column::Cutoff)),
            )
            .to_owned();
        let insert = grants::Entity::insert(row)
            .on_conflict(held)
            .exec_without_returning(&self.executor);
        self.bounded(insert).await?;
        Ok(())
    }

    pub async fn set_grant_scopes(
        &self,
        user: UserId,
        application: ApplicationId,
        scopes: &Scopes,
    ) -> Result<(), StoreError> {
        self.update_grant(
            (user, application),
            grants::Column::Scopes,
            Expr::value(scopes.to_string()),
        )
        .await
    }

    pub async fn set_grant_cutoff(
        &self,
        user: UserId,
        application: ApplicationId,
        position: Position,
    ) -> Result<(), StoreError> {
        self.update_grant(
            (user, application),
            grants::Column::Cutoff,
            Expr::value(position.0),
        )
        .await
    }

    async fn update_grant(
        &self,
        (user, application): (UserId, ApplicationId),
        column: grants::Column,
        value: Expr,
    ) -> Result<(), StoreError> {
        let update = grants::Entity::update_many()
            .col_expr(column, value)
            .filter(grants::Column::UserId.eq(user.0))
            .filter(grants::Column::ApplicationId.eq(application.0))
            .exec(&self.executor);
        self.bounded(update).await?;
        Ok(())
    }
}

fn grant(row: &grants::Model) -> Grant {
    Grant {
        scopes: Scopes::parse(&row.scopes),
        cutoff: Position(row.cutoff),
    }
}
