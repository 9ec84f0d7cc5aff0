//! An application whose sub-systems follow, at a server on PostgreSQL, and those who sign in to it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use super::delays::Logout;
use crate::bench::nodes::cheap_passwords;
use crate::bench::people::People;
use crate::bench::stand::{Setting, Stand};
use crate::postgres::Postgres;
use crate::scratch::Scratch;

pub(super) const CLIENT_ID: &str = "shop";
pub(super) const AUDIENCE: &str = "https://shop.example.com";
pub(super) const SECRET: &str = "not-a-secret-of-shop-0123456789abc";
/// Of the client id, a colon and the secret.
pub(super) const BASE64_OF_CREDENTIALS: &str =
    "c2hvcDpub3QtYS1zZWNyZXQtb2Ytc2hvcC0wMTIzNDU2Nzg5YWJj";

/// Sessions that end one after another: of so many a p99 is still no maximum.
pub(super) const LOGOUTS: usize = 200;

pub(super) struct Application<'p> {
    pub(super) stand: Stand,
    postgres: &'p Postgres,
    database: String,
}

impl<'p> Application<'p> {
    /// # Errors
    /// When the server doesn't start.
    pub(super) fn open(
        setting: &Setting<'_>,
        scratch: &Scratch,
        postgres: &'p Postgres,
        name: &str,
    ) -> Result<Self> {
        postgres.create_database(name)?;
        let file = scratch.path().join(format!("{name}.toml"));
        let applications = format!(
            "[[applications]]\nclient_id = \"{CLIENT_ID}\"\naudience = \"{AUDIENCE}\"\nsecret = \"{SECRET}\"\n"
        );
        fs::write(&file, applications).context("cannot write the server's configuration")?;
        let [memory, iterations] = cheap_passwords();
        let most = super::FOLLOWERS[1] + 1;
        let configuration = [
            ("CARDEA__DATABASE__URL", postgres.url(name)),
            (
                "CARDEA__FEED__MAX_FOLLOWERS_PER_APPLICATION",
                most.to_string(),
            ),
            memory,
            iterations,
        ];
        Ok(Self {
            stand: Stand::open_with_file(setting, scratch, name, &file, &configuration)?,
            postgres,
            database: name.to_owned(),
        })
    }

    /// The access tokens of those who will log out.
    ///
    /// # Errors
    /// When they can't sign up, or not log in.
    pub(super) fn people(&self) -> Result<Vec<String>> {
        let address = self.stand.address();
        People::sign_up(address, 1)?;
        Ok(People::log_in_at(address, CLIENT_ID, LOGOUTS)?.tokens)
    }

    /// When PostgreSQL committed each of the logouts, in their order: since 1970-01-01, by the machine's clock.
    ///
    /// # Errors
    /// When there are more or fewer than there were logouts.
    pub(super) fn commits(&self, logouts: &[Logout]) -> Result<Vec<Duration>> {
        let question = "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM revocations ORDER BY position";
        let told = self.postgres.sql(&self.database, &[question])?;
        let seconds = told.lines().map(|line| {
            let seconds: f64 = line.parse().ok()?;
            Duration::try_from_secs_f64(seconds).ok()
        });
        let commits: Option<Vec<_>> = seconds.collect();
        commits
            .filter(|commits| commits.len() == logouts.len())
            .with_context(|| format!("{} logouts, and in the ledger:\n{told}", logouts.len()))
    }
}

/// How long to wait before a logout, so that each meets the server's pauses elsewhere.
pub(super) fn pause_before(number: usize) -> Duration {
    const LONGEST_MILLISECONDS: usize = 23;
    let milliseconds = number * 7 % LONGEST_MILLISECONDS;
    Duration::from_millis(milliseconds as u64)
}
