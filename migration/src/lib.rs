//! The schema's history: one file per step, the same for SQLite and PostgreSQL.

pub use sea_orm_migration::MigrationStatus;
pub use sea_orm_migration::prelude::MigratorTrait;

use sea_orm_migration::prelude::*;

mod m0001_users;
mod m0002_applications;
mod m0003_sessions;
mod m0004_revocations;
mod m0005_signing_keys;
mod m0006_application_settings;
mod m0007_grants;
mod m0008_refresh_tokens;
mod m0009_audit_events;
mod m0010_signing_key_lifecycle;
mod m0011_swept_until;
mod m0012_sessions_of_a_user;
mod m0014_session_networks;
mod m0015_leases;
mod m0016_audit_append_only;
mod m0017_sessions_cut_off;
mod m0018_sessions_by_end;
mod m0019_refresh_eras;
mod m0020_index_state;
mod m0021_applications_of_revocations;
mod m0022_outbox;

/// Applies the steps that a database lacks.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_users::Migration),
            Box::new(m0002_applications::Migration),
            Box::new(m0003_sessions::Migration),
            Box::new(m0004_revocations::Migration),
            Box::new(m0005_signing_keys::Migration),
            Box::new(m0006_application_settings::Migration),
            Box::new(m0007_grants::Migration),
            Box::new(m0008_refresh_tokens::Migration),
            Box::new(m0009_audit_events::Migration),
            Box::new(m0010_signing_key_lifecycle::Migration),
            Box::new(m0011_swept_until::Migration),
            Box::new(m0012_sessions_of_a_user::Migration),
            Box::new(m0014_session_networks::Migration),
            Box::new(m0015_leases::Migration),
            Box::new(m0016_audit_append_only::Migration),
            Box::new(m0017_sessions_cut_off::Migration),
            Box::new(m0018_sessions_by_end::Migration),
            Box::new(m0019_refresh_eras::Migration),
            Box::new(m0020_index_state::Migration),
            Box::new(m0021_applications_of_revocations::Migration),
            Box::new(m0022_outbox::Migration),
        ]
    }
}
