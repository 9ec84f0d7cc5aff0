//! Logging out on PostgreSQL: by one client and by many at once, on one node and beside others that have to confirm.

use anyhow::Result;

use super::figures::Figures;
use super::people::{LoggingIn, LoggingOut, People};
use super::round::LOGIN_CONNECTIONS;
use super::stand::{Setting, Stand};
use crate::postgres::Postgres;
use crate::scratch::Scratch;

/// How many log out at once.
pub(crate) const CLIENTS: [usize; 3] = [1, 10, 100];
/// Nodes on one database, the one that is asked among them.
pub(crate) const NODES: usize = 3;

/// Hashing is not what is measured here, and leaves few to log out: the cheapest that may be.
const CHEAP_PASSWORDS: [(&str, &str); 2] = [
    ("CARDEA__PASSWORDS__MEMORY_KIBIBYTES", "7168"),
    ("CARDEA__PASSWORDS__ITERATIONS", "5"),
];

pub(crate) struct Nodes {
    /// On one node, by so many clients.
    pub(crate) alone: [Figures; CLIENTS.len()],
    /// By one client, where the others have to confirm.
    pub(crate) among: Figures,
}

impl Nodes {
    /// # Errors
    /// When a server doesn't start, or answers what it should not.
    pub(crate) fn measure(
        setting: &Setting<'_>,
        scratch: &Scratch,
        number: u64,
        postgres: &Postgres,
    ) -> Result<Self> {
        let database = format!("nodes_{number}");
        postgres.create_database(&database)?;
        let open = |node: usize| {
            let configuration = cheap_passwords();
            let name = format!("node_{node}");
            let url = postgres.url(&database);
            Stand::on_postgres_with(setting, scratch, &name, url, &configuration)
        };
        let first = open(0)?;
        People::sign_up(first.address(), LOGIN_CONNECTIONS)?;
        let mut alone = Vec::with_capacity(CLIENTS.len());
        for clients in CLIENTS {
            alone.push(log_out(&first, clients)?);
        }
        let _others = (1..NODES).map(open).collect::<Result<Vec<_>>>()?;
        Ok(Self {
            alone: alone
                .try_into()
                .map_err(|_| anyhow::anyhow!("each was measured"))?,
            among: log_out(&first, 1)?,
        })
    }
}

/// With fewer the first and the last, who are not at once with others, would be most of them.
const LOGOUTS_A_CLIENT: usize = 10;

/// People log in, at least as long as a row is measured, and then they log out.
fn log_out(stand: &Stand, clients: usize) -> Result<Figures> {
    let mut logging_in = LoggingIn::new(LOGIN_CONNECTIONS);
    while logging_in.tokens.len() < clients * LOGOUTS_A_CLIENT {
        stand.measure(LOGIN_CONNECTIONS, &mut logging_in)?;
    }
    stand.measure_once(clients, &mut LoggingOut::new(&logging_in.tokens))
}

/// For where logins are not what is measured.
pub(crate) fn cheap_passwords() -> [(&'static str, String); 2] {
    CHEAP_PASSWORDS.map(|(key, value)| (key, value.to_owned()))
}
