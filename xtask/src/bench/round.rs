//! One start of the servers, and each row measured once.

use anyhow::Result;

use super::crowd::{self, Crowd};
use super::everywhere::Everywhere;
use super::figures::Figures;
use super::index::Index;
use super::nodes::Nodes;
use super::people::{Asking, LoggingIn, LoggingOut, Refreshing};
use super::stand::{CONNECTIONS, Setting, Stand};
use super::starting::Starting;
use super::storm::{self, Storm};
use super::sub_systems::SubSystems;
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::scratch::Scratch;

/// How many log in at once where logins are what is measured: few enough that none is told OVERLOADED.
pub(crate) const LOGIN_CONNECTIONS: usize = 8;
/// How many log in at once in a storm, two for each user: more than the server hashes for and lets wait.
pub(crate) const STORMING: usize = 128;
/// How many logins a second there are where it is no storm, but a morning.
pub(crate) const LOGINS_PER_SECOND: u32 = 20;

pub(crate) struct Round {
    pub(crate) on_sqlite: OnSqlite,
    pub(crate) beside_redis: BesideRedis,
    pub(crate) everywhere: Everywhere,
    pub(crate) nodes: Nodes,
    /// On PostgreSQL, where there is one user.
    pub(crate) login_alone: Figures,
    pub(crate) login_in_crowd: Option<Figures>,
    pub(crate) index: Index,
    pub(crate) starting: Starting,
    pub(crate) sub_systems: SubSystems,
}

/// The server as it is without any configuration.
pub(crate) struct OnSqlite {
    pub(crate) constant: Figures,
    pub(crate) me: Figures,
    pub(crate) login: Figures,
    pub(crate) logout: Figures,
    /// While logins come at a pace.
    pub(crate) me_beside_logins: Figures,
    pub(crate) logins: storm::Outcome,
    pub(crate) me_in_storm: Figures,
    pub(crate) storm: storm::Outcome,
    pub(crate) refresh: Figures,
}

/// One that asks Redis, with a baseline of its own: ratios stay within one process.
pub(crate) struct BesideRedis {
    pub(crate) constant: Figures,
    pub(crate) me: Figures,
}

impl Round {
    /// # Errors
    /// When a server doesn't start, or answers what it should not.
    pub(crate) fn run(
        setting: &Setting<'_>,
        number: u64,
        postgres: &Postgres,
        crowd: Option<&Crowd>,
    ) -> Result<Self> {
        let scratch = Scratch::new("bench-start")?;
        Ok(Self {
            on_sqlite: OnSqlite::measure(setting, &scratch)?,
            beside_redis: BesideRedis::measure(setting, &scratch)?,
            everywhere: Everywhere::measure(setting, &scratch, number, postgres)?,
            nodes: Nodes::measure(setting, &scratch, number, postgres)?,
            login_alone: crowd::measure_alone(setting, &scratch, number, postgres)?,
            login_in_crowd: crowd
                .map(|crowd| crowd.measure(setting, &scratch, postgres))
                .transpose()?,
            index: Index::measure(setting, &Scratch::new("bench-index")?)?,
            starting: Starting::measure(setting, &scratch, number, postgres)?,
            sub_systems: SubSystems::measure(setting)?,
        })
    }
}

impl OnSqlite {
    fn measure(setting: &Setting<'_>, scratch: &Scratch) -> Result<Self> {
        let stand = Stand::open(setting, scratch, "sqlite", &[])?;
        let people = stand.people()?;
        let (constant, me) = stand.compare(&people)?;
        let mut logging_in = LoggingIn::new(LOGIN_CONNECTIONS);
        let login = stand.measure(LOGIN_CONNECTIONS, &mut logging_in)?;
        let logout = stand.measure_once(CONNECTIONS, &mut LoggingOut::new(&logging_in.tokens))?;
        let logins = Storm::begin_at_pace(stand.address(), LOGINS_PER_SECOND)?;
        let me_beside_logins = stand.measure(CONNECTIONS, &mut Asking::me(&people))?;
        let logins = logins.end()?;
        let storm = Storm::begin(stand.address(), STORMING)?;
        let me_in_storm = stand.measure(CONNECTIONS, &mut Asking::me(&people))?;
        let storm = storm.end()?;
        let mut refreshing = Refreshing::begin(stand.address(), CONNECTIONS)?;
        let refresh = stand.measure(CONNECTIONS, &mut refreshing)?;
        Ok(Self {
            constant,
            me,
            login,
            logout,
            me_beside_logins,
            logins,
            me_in_storm,
            storm,
            refresh,
        })
    }
}

impl BesideRedis {
    fn measure(setting: &Setting<'_>, scratch: &Scratch) -> Result<Self> {
        let redis = Redis::start(scratch)?;
        let configuration = [
            ("CARDEA__REVOCATION__CHECK", "redis".to_owned()),
            ("CARDEA__REDIS__URL", redis.url()),
        ];
        let stand = Stand::open(setting, scratch, "redis-checked", &configuration)?;
        let (constant, me) = stand.compare(&stand.people()?)?;
        Ok(Self { constant, me })
    }
}
