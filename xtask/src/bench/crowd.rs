//! A database with as many users as a large installation has, loaded by SQL: made once, and asked in each start.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::figures::Figures;
use super::people::{LoggingInAmong, People};
use super::stand::{Setting, Stand};
use crate::postgres::Postgres;
use crate::scratch::Scratch;

/// The database that they are in.
const DATABASE: &str = "crowd";

pub(crate) struct Crowd {
    pub(crate) users: u64,
    /// What loading them took.
    pub(crate) loading: Duration,
}

impl Crowd {
    /// The first user signs up at a server, which so makes the tables; the others are made in his likeness.
    ///
    /// # Errors
    /// When the server doesn't start, or the database does not take them.
    pub(crate) fn gather(
        setting: &Setting<'_>,
        scratch: &Scratch,
        postgres: &Postgres,
        users: u64,
    ) -> Result<Self> {
        postgres.create_database(DATABASE)?;
        let stand = Stand::on_postgres(setting, scratch, "crowd", postgres.url(DATABASE))?;
        People::sign_up(stand.address(), 1)?;
        let begun = Instant::now();
        let others = format!(
            "INSERT INTO users (id, email, email_key, password_hash, status, cutoff, created_at) \
             SELECT ('01990000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, name, name, \
                    password_hash, status, cutoff, created_at \
             FROM users, generate_series(1, {users} - 1) AS number, \
                  concat('user', number, '@bench.example') AS name"
        );
        // Afterwards what the database would otherwise do while it is measured.
        let statements = [others.as_str(), "VACUUM ANALYZE users", "CHECKPOINT"];
        postgres
            .sql(DATABASE, &statements)
            .context("loading the users")?;
        Ok(Self {
            users,
            loading: begun.elapsed(),
        })
    }

    /// Logins of users all over it, one after another.
    ///
    /// # Errors
    /// When a server doesn't start, or answers what it should not.
    pub(crate) fn measure(
        &self,
        setting: &Setting<'_>,
        scratch: &Scratch,
        postgres: &Postgres,
    ) -> Result<Figures> {
        let stand = Stand::on_postgres(setting, scratch, "crowd", postgres.url(DATABASE))?;
        let users = usize::try_from(self.users)?;
        stand.measure(1, &mut LoggingInAmong::new(users))
    }
}

/// Logins of the only user there is, one after another.
///
/// # Errors
/// When a server doesn't start, or answers what it should not.
pub(crate) fn measure_alone(
    setting: &Setting<'_>,
    scratch: &Scratch,
    number: u64,
    postgres: &Postgres,
) -> Result<Figures> {
    let database = format!("alone_{number}");
    postgres.create_database(&database)?;
    let stand = Stand::on_postgres(setting, scratch, "alone", postgres.url(&database))?;
    People::sign_up(stand.address(), 1)?;
    stand.measure(1, &mut LoggingInAmong::new(1))
}
