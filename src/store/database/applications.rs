//! Applications.

use cardea_entity::applications;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};

use super::{StoreError, Tables};
use crate::model::application::Application;
use crate::model::id::ApplicationId;
use crate::model::revocation::Position;

impl Tables<'_> {
    /// The application with this client id, made if there is none; its audience becomes the given
    /// one.
    pub async fn ensure_application(
        &self,
        client_id: &str,
        audience: &str,
    ) -> Result<Application, StoreError> {
        let row = applications::ActiveModel {
            id: Set(ApplicationId::new().0),
            client_id: Set(client_id.to_owned()),
            audience: Set(audience.to_owned()),
            enabled: Set(true),
            cutoff: Set(0),
            created_at: Set(self.clock.now()),
        };
        let on_conflict = OnConflict::column(applications::Column::ClientId)
            .update_column(applications::Column::Audience)
            .to_owned();
        let insert = applications::Entity::insert(row)
            .on_conflict(on_conflict)
            .exec_without_returning(&self.executor);
        self.bounded(insert).await?;
        let query = applications::Entity::find()
            .filter(applications::Column::ClientId.eq(client_id))
            .one(&self.executor);
        let row = self.bounded(query).await?;
        row.map(application).ok_or(StoreError::Corrupt {
            table: "applications",
            column: "client_id",
        })
    }

    pub async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        let query = applications::Entity::find_by_id(id.0).one(&self.executor);
        Ok(self.bounded(query).await?.map(application))
    }
}

fn application(row: applications::Model) -> Application {
    Application {
        id: ApplicationId(row.id),
        client_id: row.client_id,
        audience: row.audience,
        enabled: row.enabled,
        cutoff: Position(row.cutoff),
    }
}
