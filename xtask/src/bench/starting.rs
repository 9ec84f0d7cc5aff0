//! The start of a node whose database has many live revocations: all of them are read before it answers.

use std::time::Instant;

use anyhow::Result;

use super::exchange::{Caller, request};
use super::index::tell;
use super::people::People;
use super::stand::{Setting, Stand};
use crate::postgres::Postgres;
use crate::scratch::Scratch;

pub(crate) const ROWS: u64 = 1_000_000;

/// From the start of the process to its first answer to `me`, in seconds.
pub(crate) struct Starting {
    pub(crate) on_postgres: f64,
    pub(crate) on_sqlite: f64,
}

impl Starting {
    /// # Errors
    /// When a server doesn't start, or answers what it should not.
    pub(crate) fn measure(
        setting: &Setting<'_>,
        scratch: &Scratch,
        number: u64,
        postgres: &Postgres,
    ) -> Result<Self> {
        let database = format!("starting_{number}");
        postgres.create_database(&database)?;
        let file = scratch.folder("starting")?.join("database.sqlite");
        let seconds = |name, url: String| seconds(setting, scratch, name, &url);
        Ok(Self {
            on_postgres: seconds("on-postgres", postgres.url(&database))?,
            on_sqlite: seconds("on-sqlite", format!("sqlite://{}", file.display()))?,
        })
    }
}

/// The server is started on an empty database, and again when the rows are there.
fn seconds(setting: &Setting<'_>, scratch: &Scratch, name: &str, url: &str) -> Result<f64> {
    let open = |which: &str| {
        let name = format!("{name}-{which}");
        // Else it is told by the port, and the second server would take no token of the first.
        let issuer = [("CARDEA__TOKENS__ISSUER", "http://127.0.0.1".to_owned())];
        Stand::on_postgres_with(setting, scratch, &name, url.to_owned(), &issuer)
    };
    let first = open("first")?;
    People::sign_up(first.address(), 1)?;
    let people = People::log_in(first.address(), 1)?;
    drop(first);
    tell(setting, &["ledger", url, &ROWS.to_string()])?;
    let me = request(
        "{ me { id } }",
        "{}",
        people.tokens.first().map(String::as_str),
    );
    let begun = Instant::now();
    let second = open("second")?;
    let mut caller = Caller::connect(second.address())?;
    caller.call(&me)?.demand("\"id\":\"")?;
    Ok(begun.elapsed().as_secs_f64())
}
