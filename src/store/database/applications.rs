//! Applications.

use std::time::Duration;

use cardea_entity::applications;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Set,
};

use super::{StoreError, Tables};
use crate::model::application::{Application, OwnLifetimes};
use crate::model::id::ApplicationId;
use crate::model::revocation::Position;
use crate::model::scope::Scopes;

impl Tables<'_> {
    /// All applications, by their client ids.
    pub async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        let query = applications::Entity::find()
            .order_by_asc(applications::Column::ClientId)
            .all(&self.executor);
        let rows = self.bounded(query).await?;
        rows.into_iter().map(application).collect()
    }

    pub async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        let query = applications::Entity::find_by_id(id.0).one(&self.executor);
        self.bounded(query).await?.map(application).transpose()
    }

    pub async fn application_of_client(
        &self,
        client_id: &str,
    ) -> Result<Option<Application>, StoreError> {
        let query = applications::Entity::find()
            .filter(applications::Column::ClientId.eq(client_id))
            .one(&self.executor);
        self.bounded(query).await?.map(application).transpose()
    }

    /// Adds an application. Of two with the same client id the database lets one in: the other is
    /// told so by [`StoreError::is_duplicate`].
    pub async fn insert_application(&self, application: &Application) -> Result<(), StoreError> {
        let mut row = row(application);
        row.created_at = Set(self.clock.now());
        self.bounded(row.insert(&self.executor)).await?;
        Ok(())
    }

    /// Writes what an application is, but for its cut-off. Says whether there is such a one.
    pub async fn update_application(&self, application: &Application) -> Result<bool, StoreError> {
        let mut row = row(application);
        row.cutoff = sea_orm::ActiveValue::NotSet;
        let update = applications::Entity::update_many()
            .set(row)
            .filter(applications::Column::Id.eq(application.id.0))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Takes the application's row for the rest of the transaction, and raises its cut-off.
    pub async fn set_application_cutoff(
        &self,
        id: ApplicationId,
        position: Position,
    ) -> Result<bool, StoreError> {
        let update = applications::Entity::update_many()
            .col_expr(applications::Column::Cutoff, Expr::value(position.0))
            .filter(applications::Column::Id.eq(id.0))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }
}

/// Without the time of its making.
fn row(application: &Application) -> applications::ActiveModel {
    let seconds = |lifetime: Option<Duration>| {
        lifetime.map(|lifetime| i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX))
    };
    applications::ActiveModel {
        id: Set(application.id.0),
        client_id: Set(application.client_id.clone()),
        name: Set(application.name.clone()),
        audience: Set(application.audience.clone()),
        allowed_origins: Set(application.allowed_origins.join(" ")),
        scopes: Set(application.scopes.to_string()),
        secret_hash: Set(application.secret_hash.map(Vec::from)),
        access_lifetime_seconds: Set(seconds(application.lifetimes.access)),
        idle_lifetime_seconds: Set(seconds(application.lifetimes.idle)),
        lifetime_seconds: Set(seconds(application.lifetimes.session)),
        enabled: Set(application.enabled),
        cutoff: Set(application.cutoff.0),
        backchannel_logout_uri: Set(application.backchannel_logout_uri.clone()),
        created_at: sea_orm::ActiveValue::NotSet,
    }
}

fn application(row: applications::Model) -> Result<Application, StoreError> {
    let corrupt = |column| StoreError::Corrupt {
        table: "applications",
        column,
    };
    let secret_hash = row.secret_hash.map(<[u8; 32]>::try_from).transpose();
    let lifetime = |seconds: Option<i64>| {
        let seconds = seconds.map(u64::try_from).transpose();
        seconds.map(|seconds| seconds.map(Duration::from_secs))
    };
    Ok(Application {
        id: ApplicationId(row.id),
        client_id: row.client_id,
        name: row.name,
        audience: row.audience,
        allowed_origins: row
            .allowed_origins
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        scopes: Scopes::parse(&row.scopes),
        secret_hash: secret_hash.map_err(|_| corrupt("secret_hash"))?,
        lifetimes: OwnLifetimes {
            access: lifetime(row.access_lifetime_seconds)
                .map_err(|_| corrupt("access_lifetime_seconds"))?,
            idle: lifetime(row.idle_lifetime_seconds)
                .map_err(|_| corrupt("idle_lifetime_seconds"))?,
            session: lifetime(row.lifetime_seconds).map_err(|_| corrupt("lifetime_seconds"))?,
        },
        enabled: row.enabled,
        cutoff: Position(row.cutoff),
        backchannel_logout_uri: row.backchannel_logout_uri,
    })
}
