//! A sub-system that follows by `cardea-verifier`: when it refuses those who logged out.

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;

use super::application::{AUDIENCE, Application, CLIENT_ID, SECRET, pause_before};
use super::delays::{Delays, Logout};
use crate::bench::exchange::{ANSWER_LIMIT, Caller};
use crate::bench::people::{LOGGED_OUT, logout_of};
use crate::bench::stand::Setting;
use crate::interrupt;
use crate::loopback;
use crate::postgres::Postgres;
use crate::process::{self, Running};
use crate::scratch::Scratch;

const START_LIMIT: Duration = Duration::from_secs(30);
/// What it says if it was told.
const TOLD: &str = "\"reason\":\"LOGGED_OUT\"";
/// What it says if it asked the server instead: it had heard nothing for longer than it goes by.
const ASKED: &str = "\"reason\":\"REVOKED\"";

/// Without it visitor and sub-system have their core for themselves: PostgreSQL, on the same, then waited for up to
/// seconds, and so did the feed, which is read from there.
const BETWEEN_VISITS: Duration = Duration::from_micros(200);

pub(super) struct Refusing {
    /// Until the refusal was read, over HTTP.
    pub(super) delays: Delays,
    /// In how many cases the sub-system had to ask.
    pub(super) asked: usize,
}

impl Refusing {
    /// # Errors
    /// When the server or the sub-system doesn't start, or answers what it should not.
    pub(super) fn measure(
        setting: &Setting<'_>,
        scratch: &Scratch,
        postgres: &Postgres,
    ) -> Result<Self> {
        let application = Application::open(setting, scratch, postgres, "refusing")?;
        let shop = Shop::open(setting, scratch, &application.stand.url())?;
        let people = application.people()?;
        let mut server = Caller::connect(application.stand.address())?;
        let mut visitor = Caller::connect(shop.address)?;
        let mut logouts = Vec::with_capacity(people.len());
        let mut asked = 0;
        for (number, token) in people.iter().enumerate() {
            interrupt::check()?;
            let before = visit(&mut visitor, token)?;
            ensure!(before == Visit::Welcome, "who did not log out was refused");
            thread::sleep(pause_before(number));
            let answer = server.call(&logout_of(token))?;
            let acknowledged = Instant::now();
            answer.demand(LOGGED_OUT).context("logout")?;
            let mut after = visit(&mut visitor, token)?;
            while after == Visit::Welcome {
                let is_late = acknowledged.elapsed() > ANSWER_LIMIT;
                ensure!(!is_late, "a sub-system does not see a logout");
                thread::sleep(BETWEEN_VISITS);
                after = visit(&mut visitor, token)?;
            }
            let known = Instant::now();
            asked += usize::from(after == Visit::RefusedAsAsked);
            logouts.push(Logout {
                acknowledged,
                known,
            });
        }
        Ok(Self {
            delays: Delays::of(&logouts, &application.commits(&logouts)?)?,
            asked,
        })
    }
}

/// The verifier's example. It runs beside us, not beside the server.
struct Shop {
    _running: Running,
    address: SocketAddr,
}

impl Shop {
    fn open(setting: &Setting<'_>, scratch: &Scratch, issuer: &str) -> Result<Self> {
        let port = loopback::free_port()?;
        let mut command = process::server_command(&setting.example("shop"));
        configure(&mut command, issuer, port);
        let log = scratch.path().join("shop.log");
        let mut running = Running::start("the shop", &mut command, log, Signal::TERM)?;
        running.wait_until(START_LIMIT, || {
            loopback::ask(port, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n").is_some()
        })?;
        Ok(Self {
            _running: running,
            address: loopback::address(port),
        })
    }
}

fn configure(command: &mut Command, issuer: &str, port: u16) {
    command
        .env("ISSUER", issuer)
        .env("AUDIENCE", AUDIENCE)
        .env("CLIENT_ID", CLIENT_ID)
        .env("CLIENT_SECRET", SECRET)
        .env("LISTEN", format!("127.0.0.1:{port}"));
}

#[derive(PartialEq)]
enum Visit {
    Welcome,
    RefusedAsTold,
    RefusedAsAsked,
}

fn visit(visitor: &mut Caller, token: &str) -> Result<Visit> {
    let request = format!("GET / HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n\r\n");
    let response = visitor.call(request.as_bytes())?;
    match response.status {
        200 => Ok(Visit::Welcome),
        401 if response.body.contains(TOLD) => Ok(Visit::RefusedAsTold),
        401 if response.body.contains(ASKED) => Ok(Visit::RefusedAsAsked),
        status => bail!("the shop answered {status}, {}", response.body),
    }
}
