//! What people sign in to.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "applications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub client_id: String,
    pub name: String,
    pub audience: String,
    /// Separated by spaces, as the scopes are.
    pub allowed_origins: String,
    pub scopes: String,
    /// SHA-256; a public application has none.
    pub secret_hash: Option<Vec<u8>>,
    pub access_lifetime_seconds: Option<i64>,
    pub idle_lifetime_seconds: Option<i64>,
    pub lifetime_seconds: Option<i64>,
    pub enabled: bool,
    /// The position of the newest cut-off.
    pub cutoff: i64,
    /// Where it is told of the end of each session (OpenID Connect Back-Channel Logout).
    pub backchannel_logout_uri: Option<String>,
    pub created_at: TimeDateTimeWithTimeZone,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
