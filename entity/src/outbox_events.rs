//! Events that await their delivery to an application.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_events")]
pub struct Model {
    /// The `jti` of the token that tells it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub application_id: Uuid,
    /// `stream`, where the application fetches it, or `logout`, where it is called.
    pub channel: String,
    /// Where the ledger stood when it was committed: its order.
    pub position: i64,
    pub kind: String,
    pub user_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub reason: Option<String>,
    pub initiator: Option<String>,
    /// What whoever asked for a verification wants to hear.
    pub state: Option<String>,
    pub occurred_at: TimeDateTimeWithTimeZone,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
