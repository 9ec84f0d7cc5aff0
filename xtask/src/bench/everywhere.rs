//! Logging out everywhere: what it costs, in time and in rows of the ledger, with one session and with many.

use anyhow::{Context, Result, ensure};

use super::driver::Work;
use super::exchange::{Response, request};
use super::figures::Figures;
use super::people::People;
use super::stand::{Setting, Stand};
use crate::postgres::Postgres;
use crate::scratch::Scratch;

/// How many users log out everywhere, one after another.
pub(crate) const LEAVING: usize = 64;
/// The sessions of each, where they have many: as many as a user may have by default.
pub(crate) const MANY_SESSIONS: usize = 100;

const LOGOUT_EVERYWHERE: &str = "mutation{logoutEverywhere{endedSessionIds}}";
/// How the id of a session begins: base64 of "Session".
const SESSION_ID: &str = "\"U2Vzc2lvb";

pub(crate) struct Outcome {
    pub(crate) figures: Figures,
    /// Of the ledger, for each logout.
    pub(crate) rows: f64,
}

/// With one session each, and with many, on PostgreSQL.
pub(crate) struct Everywhere {
    pub(crate) one: Outcome,
    pub(crate) many: Outcome,
}

impl Everywhere {
    /// # Errors
    /// When a server doesn't start, or answers what it should not.
    pub(crate) fn measure(
        setting: &Setting<'_>,
        scratch: &Scratch,
        number: u64,
        postgres: &Postgres,
    ) -> Result<Self> {
        let database = format!("everywhere_{number}");
        postgres.create_database(&database)?;
        let stand = Stand::on_postgres(setting, scratch, "everywhere", postgres.url(&database))?;
        People::sign_up(stand.address(), LEAVING)?;
        let measure = |sessions| measure(&stand, postgres, &database, sessions);
        Ok(Self {
            one: measure(1)?,
            many: measure(MANY_SESSIONS)?,
        })
    }
}

/// Everybody logs in, gets the rest of the sessions by copying that one, and logs out.
fn measure(stand: &Stand, postgres: &Postgres, database: &str, sessions: usize) -> Result<Outcome> {
    let people = People::log_in(stand.address(), LEAVING)?;
    let copies = format!(
        "CREATE TEMPORARY TABLE copies AS \
         SELECT sessions.* FROM sessions, generate_series(2, {sessions}) WHERE ended_at IS NULL"
    );
    // Afterwards what the database would otherwise do while it is measured.
    let statements = [
        copies.as_str(),
        "UPDATE copies SET id = gen_random_uuid()",
        "INSERT INTO sessions SELECT * FROM copies",
        "VACUUM ANALYZE sessions",
        "CHECKPOINT",
    ];
    postgres
        .sql(database, &statements)
        .context("copying sessions")?;
    let before = ledger_position(postgres, database)?;
    let mut leaving = LoggingOutEverywhere::new(&people, sessions);
    let figures = stand.measure_once(1, &mut leaving)?;
    let rows = ledger_position(postgres, database)? - before;
    Ok(Outcome {
        figures,
        rows: f64::from(rows) / f64::from(leaving.answered),
    })
}

/// The ledger's counter: each row raises it, and nothing else does.
fn ledger_position(postgres: &Postgres, database: &str) -> Result<u32> {
    let told = postgres.sql(database, &["SELECT position FROM ledger_head"])?;
    told.parse()
        .with_context(|| format!("the ledger's position is `{told}`"))
}

/// Each of these users logs out everywhere, once.
struct LoggingOutEverywhere {
    requests: Vec<Vec<u8>>,
    sent: Vec<u8>,
    sessions: usize,
    answered: u32,
}

impl LoggingOutEverywhere {
    fn new(people: &People, sessions: usize) -> Self {
        let request = |token: &String| request(LOGOUT_EVERYWHERE, "{}", Some(token));
        Self {
            requests: people.tokens.iter().map(request).collect(),
            sent: Vec::new(),
            sessions,
            answered: 0,
        }
    }
}

impl Work for LoggingOutEverywhere {
    fn next(&mut self, _: usize) -> Option<&[u8]> {
        self.sent = self.requests.pop()?;
        Some(&self.sent)
    }

    fn look(&mut self, _: usize, response: Response<'_>) -> Result<()> {
        response.demand(SESSION_ID).context("logoutEverywhere")?;
        let ended = response.body.matches(SESSION_ID).count();
        let wanted = self.sessions;
        ensure!(
            ended == wanted,
            "logoutEverywhere ended {ended} sessions, not {wanted}"
        );
        self.answered += 1;
        Ok(())
    }
}
