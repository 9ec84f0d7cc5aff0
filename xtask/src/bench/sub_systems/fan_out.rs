//! Many who follow one server: what each of them takes, and when the last is told of a logout.

use anyhow::Result;

use super::application::{Application, pause_before};
use super::delays::Delays;
use super::followers::Followers;
use crate::bench::figures::{anonymous_kibibytes, as_float, cpu_seconds};
use crate::bench::stand::Setting;
use crate::postgres::Postgres;
use crate::scratch::Scratch;

const MILLISECONDS_PER_SECOND: f64 = 1e3;
const PERCENT: f64 = 100.0;

pub(super) struct FanOut {
    /// By how much the server's memory grew for each, when it had one follower before and nobody had signed in.
    pub(super) kibibytes_each: f64,
    /// Of the server's core, while nothing happens but heartbeats.
    pub(super) quiet_percent: f64,
    /// Of the server's process, for each logout, with the heartbeats between.
    pub(super) cpu_milliseconds: f64,
    /// Until the last was told.
    pub(super) delays: Delays,
}

impl FanOut {
    /// # Errors
    /// When the server doesn't start, doesn't let them follow, or doesn't tell them.
    pub(super) fn measure(
        setting: &Setting<'_>,
        scratch: &Scratch,
        postgres: &Postgres,
        followers: usize,
    ) -> Result<Self> {
        let name = format!("fan_out_{followers}");
        let application = Application::open(setting, scratch, postgres, &name)?;
        let stand = &application.stand;
        stand.told(measure(setting, &application, followers))
    }
}

fn measure(
    setting: &Setting<'_>,
    application: &Application<'_>,
    followers: usize,
) -> Result<FanOut> {
    let (server, address) = (application.stand.id(), application.stand.address());
    // What the first takes is not what one more takes; and what a start leaves behind is given back after a while.
    let mut first = Followers::arrive(address, 1)?;
    first.stay(setting.limit)?;
    let alone = anonymous_kibibytes(server)?;
    let mut all = Followers::arrive(address, followers)?;
    let before = cpu_seconds(server)?;
    all.stay(setting.limit)?;
    let quiet = (cpu_seconds(server)? - before) / setting.limit.as_secs_f64();
    let kibibytes_each = (anonymous_kibibytes(server)? - alone) / as_float(followers);
    drop(first);

    let people = application.people()?;
    // Nobody read while they signed in.
    all.stay(setting.limit)?;
    let before = cpu_seconds(server)?;
    let mut logouts = Vec::with_capacity(people.len());
    for (number, token) in people.iter().enumerate() {
        all.stay(pause_before(number))?;
        logouts.push(all.log_out(token)?);
    }
    let seconds = cpu_seconds(server)? - before;
    Ok(FanOut {
        kibibytes_each,
        quiet_percent: quiet * PERCENT,
        cpu_milliseconds: seconds * MILLISECONDS_PER_SECOND / as_float(logouts.len()),
        delays: Delays::of(&logouts, &application.commits(&logouts)?)?,
    })
}
