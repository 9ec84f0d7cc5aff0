//! One start of the servers, and each row measured once.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::driver::{Driver, Work};
use super::figures::{Figures, Tally};
use super::people::{Asking, LoggingIn, LoggingOut, People};
use super::storm::{Outcome, Storm};
use crate::redis::Redis;
use crate::scratch::Scratch;
use crate::server::{self, Server};
use crate::{loopback, process};

/// How many ask at once, each a user of his own.
pub(crate) const CONNECTIONS: usize = 64;
/// How many log in at once where logins are what is measured: few enough that none is told OVERLOADED.
pub(crate) const LOGIN_CONNECTIONS: usize = 8;
/// How many log in at once in a storm, two for each user: more than the server hashes for and lets wait.
pub(crate) const STORMING: usize = 128;
const WARM_UP: Duration = Duration::from_secs(1);
/// Rows that are compared take turns of this length, so that what else the machine does meets both.
const TURN: Duration = Duration::from_millis(500);

/// What is the same in every round.
pub(crate) struct Setting<'s> {
    pub(crate) binary: &'s Path,
    pub(crate) taskset: &'s Path,
    pub(crate) server_core: &'s str,
    pub(crate) limit: Duration,
}

pub(crate) struct Round {
    pub(crate) constant: Figures,
    pub(crate) me: Figures,
    pub(crate) login: Figures,
    pub(crate) logout: Figures,
    pub(crate) me_in_storm: Figures,
    pub(crate) storm: Outcome,
    /// The baseline of the second server, which asks Redis: ratios stay within one process.
    pub(crate) constant_beside_redis: Figures,
    pub(crate) me_through_redis: Figures,
}

impl Round {
    /// # Errors
    /// When a server doesn't start, or answers what it should not.
    pub(crate) fn run(setting: &Setting<'_>) -> Result<Self> {
        let scratch = Scratch::new("bench")?;
        let bench = Bench::open(setting, &scratch, "memory", &[])?;
        let (constant, me) = bench.compare()?;
        let mut logging_in = LoggingIn::new(LOGIN_CONNECTIONS);
        let login = bench.measure(LOGIN_CONNECTIONS, &mut logging_in)?;
        let logout = bench.measure_once(CONNECTIONS, &mut LoggingOut::new(&logging_in.tokens))?;
        let storm = Storm::begin(bench.address(), STORMING)?;
        let me_in_storm = bench.measure(CONNECTIONS, &mut Asking::me(&bench.people))?;
        let storm = storm.end()?;
        drop(bench);

        let redis = Redis::start(&scratch)?;
        let url = redis.url();
        let configuration = [
            ("CARDEA__REVOCATION__CHECK", "redis"),
            ("CARDEA__REDIS__URL", url.as_str()),
        ];
        let bench = Bench::open(setting, &scratch, "redis-checked", &configuration)?;
        let (constant_beside_redis, me_through_redis) = bench.compare()?;
        Ok(Self {
            constant,
            me,
            login,
            logout,
            me_in_storm,
            storm,
            constant_beside_redis,
            me_through_redis,
        })
    }
}

/// A running server with people who are logged in.
struct Bench {
    server: Server,
    people: People,
    limit: Duration,
}

impl Bench {
    fn open(
        setting: &Setting<'_>,
        scratch: &Scratch,
        name: &str,
        configuration: &[(&str, &str)],
    ) -> Result<Self> {
        let mut command = process::server_command(setting.taskset);
        server::forget_configuration(&mut command);
        command
            .args(["-c", setting.server_core])
            .arg(setting.binary)
            .envs(configuration.iter().copied());
        let server = Server::start(command, scratch, name)?;
        let people = People::arrive(loopback::address(server.port()), CONNECTIONS)
            .with_context(|| format!("the server's log ends:\n{}", server.log_end()))?;
        Ok(Self {
            server,
            people,
            limit: setting.limit,
        })
    }

    fn address(&self) -> std::net::SocketAddr {
        loopback::address(self.server.port())
    }

    /// The constant and `me`, in turns, over the same connections.
    fn compare(&self) -> Result<(Figures, Figures)> {
        let mut driver = Driver::connect(self.address(), CONNECTIONS)?;
        let mut constant = (Asking::constant(&self.people), Tally::default());
        let mut me = (Asking::me(&self.people), Tally::default());
        for (work, _) in [&mut constant, &mut me] {
            self.told(driver.run(WARM_UP, work))?;
        }
        let mut left = self.limit;
        while !left.is_zero() {
            let turn = left.min(TURN);
            for (work, tally) in [&mut constant, &mut me] {
                self.told(tally.add(self.server.id(), || driver.run(turn, work)))?;
            }
            left -= turn;
        }
        Ok((constant.1.figures()?, me.1.figures()?))
    }

    fn measure(&self, connections: usize, work: &mut dyn Work) -> Result<Figures> {
        let mut driver = Driver::connect(self.address(), connections)?;
        self.told(driver.run(WARM_UP, work))?;
        self.measure_with(&mut driver, work)
    }

    /// For work that can't be repeated, and so has no warm-up.
    fn measure_once(&self, connections: usize, work: &mut dyn Work) -> Result<Figures> {
        self.measure_with(&mut Driver::connect(self.address(), connections)?, work)
    }

    fn measure_with(&self, driver: &mut Driver, work: &mut dyn Work) -> Result<Figures> {
        let mut tally = Tally::default();
        self.told(tally.add(self.server.id(), || driver.run(self.limit, work)))?;
        tally.figures()
    }

    fn told<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.with_context(|| format!("the server's log ends:\n{}", self.server.log_end()))
    }
}
