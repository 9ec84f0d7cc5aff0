//! Sign-ins of users at applications.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub application_id: Uuid,
    /// The position at which it was made, or last kept.
    pub position: i64,
    /// `amr` values, separated by spaces.
    pub methods: String,
    pub address: Option<String>,
    /// What the address is recognised by.
    pub network: Option<String>,
    pub created_at: TimeDateTimeWithTimeZone,
    pub last_active_at: TimeDateTimeWithTimeZone,
    pub expires_at: TimeDateTimeWithTimeZone,
    /// The latest `exp` of an access token that it gave out.
    pub token_expires_at: TimeDateTimeWithTimeZone,
    pub ended_at: Option<TimeDateTimeWithTimeZone>,
    pub end_reason: Option<String>,
    /// SHA-256 of the refresh token that is current.
    pub refresh_hash: Option<Vec<u8>>,
    /// Of the one whose use made it.
    pub refresh_previous_hash: Option<Vec<u8>>,
    /// How often there was a new one.
    pub refresh_rotation: i64,
    /// How often all of its refresh tokens were withdrawn at once.
    pub refresh_era: i32,
    /// When there last was a new one.
    pub refreshed_at: Option<TimeDateTimeWithTimeZone>,
    /// The end, unless it is refreshed before.
    pub idle_expires_at: Option<TimeDateTimeWithTimeZone>,
    pub transport: String,
    pub user_agent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
