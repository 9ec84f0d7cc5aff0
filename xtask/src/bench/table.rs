//! The result, as Markdown on standard output: a row for each thing measured, then what the targets say to them.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::Write as _;

use anyhow::Result;

use super::crowd::Crowd;
use super::everywhere::{LEAVING, MANY_SESSIONS};
use super::figures::Figures;
use super::index::{InMemory, ROWS};
use super::nodes::{CLIENTS, NODES};
use super::round::{LOGIN_CONNECTIONS, LOGINS_PER_SECOND, Round, STORMING};
use super::stand::CONNECTIONS;
use super::starting;
use super::{DRIVER_CORE, Options, SERVER_CORE, sub_systems, targets};

pub(super) const CONSTANT: &str = "baseline: a constant";
pub(super) const ME: &str = "`me`, from memory";

type Pick = fn(&Round) -> Option<&Figures>;

/// # Errors
/// When standard output is closed.
pub(crate) fn print(
    rounds: &[Round],
    options: &Options,
    crowd: Option<&Crowd>,
    machine: &Machine,
) -> Result<()> {
    let mut text = String::new();
    writeln!(
        text,
        "\n{machine} Baseline and `me` take turns of half a second.\n"
    )?;
    write_rows(&mut text, rounds, options.crowd)?;
    write_storm(&mut text, rounds)?;
    write_everywhere(&mut text, rounds)?;
    write_crowd(&mut text, crowd)?;
    write_index(&mut text, rounds)?;
    write_starting(&mut text, rounds)?;
    let following: Vec<_> = rounds.iter().map(|round| &round.sub_systems).collect();
    sub_systems::write(&mut text, &following)?;
    targets::write_head(&mut text)?;
    let rounds: Vec<_> = rounds.iter().collect();
    targets::write(&mut text, &targets::TARGETS, &rounds)?;
    targets::write(&mut text, &sub_systems::TARGETS, &following)?;
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// How it was measured.
pub(super) struct Machine {
    starts: u64,
    seconds: u64,
    load_before: String,
}

impl Machine {
    /// Before anything is measured.
    pub(super) fn look(options: &Options) -> Self {
        let loads = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            starts: options.starts,
            seconds: options.seconds,
            load_before: loads.split(' ').next().unwrap_or("?").to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            starts,
            seconds,
            load_before,
        } = self;
        write!(
            formatter,
            "Medians of {starts} starts, {seconds} s a row, in brackets the least and the greatest. The server has core {SERVER_CORE} to itself; \
             the driver, and Redis and PostgreSQL where they are asked, share core {DRIVER_CORE}. PostgreSQL and SQLite commit to the disk. \
             Load of the machine before: {load_before}."
        )
    }
}

fn write_rows(text: &mut String, rounds: &[Round], crowd: u64) -> Result<()> {
    let in_crowd = format!("login, PostgreSQL, {crowd} users");
    let everywhere = format!("logoutEverywhere, {MANY_SESSIONS} sessions");
    let among = format!("logout, {NODES} nodes");
    let beside_logins = format!("`me` beside {LOGINS_PER_SECOND} logins/s");
    let rows: [(&str, usize, Pick); 17] = [
        (CONSTANT, CONNECTIONS, |round| {
            Some(&round.on_sqlite.constant)
        }),
        (ME, CONNECTIONS, |round| Some(&round.on_sqlite.me)),
        ("login", LOGIN_CONNECTIONS, |round| {
            Some(&round.on_sqlite.login)
        }),
        ("refresh", CONNECTIONS, |round| {
            Some(&round.on_sqlite.refresh)
        }),
        ("logout", CONNECTIONS, |round| Some(&round.on_sqlite.logout)),
        (&beside_logins, CONNECTIONS, |round| {
            Some(&round.on_sqlite.me_beside_logins)
        }),
        ("`me` in a login storm", CONNECTIONS, |round| {
            Some(&round.on_sqlite.me_in_storm)
        }),
        ("baseline, second server", CONNECTIONS, |round| {
            Some(&round.beside_redis.constant)
        }),
        ("`me`, through Redis", CONNECTIONS, |round| {
            Some(&round.beside_redis.me)
        }),
        ("logoutEverywhere, PostgreSQL, 1 session", 1, |round| {
            Some(&round.everywhere.one.figures)
        }),
        (&everywhere, 1, |round| Some(&round.everywhere.many.figures)),
        ("logout, PostgreSQL", CLIENTS[0], |on| {
            Some(&on.nodes.alone[0])
        }),
        ("logout, PostgreSQL", CLIENTS[1], |on| {
            Some(&on.nodes.alone[1])
        }),
        ("logout, PostgreSQL", CLIENTS[2], |on| {
            Some(&on.nodes.alone[2])
        }),
        (&among, 1, |round| Some(&round.nodes.among)),
        ("login, PostgreSQL, 1 user", 1, |round| {
            Some(&round.login_alone)
        }),
        (&in_crowd, 1, |round| round.login_in_crowd.as_ref()),
    ];
    write_head(text)?;
    for (name, connections, pick) in rows {
        let figures: Vec<_> = rounds.iter().filter_map(pick).collect();
        if figures.is_empty() {
            continue;
        }
        write_row(text, name, connections, &figures)?;
    }
    Ok(())
}

pub(super) fn write_head(text: &mut String) -> Result<()> {
    writeln!(
        text,
        "| row | connections | requests/s | p50 ms | p99 ms | server CPU µs/request | peak MiB |"
    )?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|--:|")?;
    Ok(())
}

pub(super) fn write_row(
    text: &mut String,
    name: &str,
    connections: usize,
    all: &[&Figures],
) -> Result<()> {
    let of = |figure: fn(&Figures) -> f64| Spread::of(all.iter().copied().map(figure));
    writeln!(
        text,
        "| {name} | {connections} | {} | {} | {} | {} | {} |",
        of(|figures| figures.requests_per_second).shown(0),
        of(|figures| figures.median_microseconds / 1e3).shown(2),
        of(|figures| figures.p99_microseconds / 1e3).shown(2),
        of(|figures| figures.cpu_microseconds).shown(1),
        of(|figures| figures.peak_mebibytes).shown(1),
    )?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "nobody logs in 2^52 times")]
fn write_storm(text: &mut String, rounds: &[Round]) -> Result<()> {
    let answered = Spread::of(
        rounds
            .iter()
            .map(|round| round.on_sqlite.storm.answered as f64),
    );
    let refused = Spread::of(
        rounds
            .iter()
            .map(|round| round.on_sqlite.storm.refused as f64),
    );
    let logins = rounds
        .iter()
        .map(|round| round.on_sqlite.logins.answered as f64);
    writeln!(
        text,
        "\nThe storm: {STORMING} people log in without pause; {} logins a start, {} told OVERLOADED. \
         The CPU of its row includes theirs, and so does that of the row beside {LOGINS_PER_SECOND} logins/s, of which there were {}.\n",
        answered.shown(0),
        refused.shown(0),
        Spread::of(logins).shown(0)
    )?;
    Ok(())
}

/// What a logout everywhere is to show: it is one row, whatever it ends.
fn write_everywhere(text: &mut String, rounds: &[Round]) -> Result<()> {
    let one = Spread::of(rounds.iter().map(|round| round.everywhere.one.rows));
    let many = Spread::of(rounds.iter().map(|round| round.everywhere.many.rows));
    writeln!(
        text,
        "Logging out everywhere: {LEAVING} users a start, one after another. Rows of the ledger for each: \
         {} with one session, {} with {MANY_SESSIONS}.\n",
        one.shown(0),
        many.shown(0)
    )?;
    Ok(())
}

fn write_crowd(text: &mut String, crowd: Option<&Crowd>) -> Result<()> {
    if let Some(Crowd { users, loading }) = crowd {
        let seconds = loading.as_secs();
        writeln!(
            text,
            "Loading {users} users into PostgreSQL took {seconds} s; each login there is another user's.\n"
        )?;
    }
    Ok(())
}

/// A check of the index by itself, and what it keeps.
fn write_index(text: &mut String, rounds: &[Round]) -> Result<()> {
    writeln!(
        text,
        "The index by itself, on the server's core, in its own time: a check is a look-up of a token's seven marks, and the \
         verdict.\n\n| live revocations | check ns | of one that ended | of one that was spared | taking a row ns | bytes a row | \
         forgetting 500 µs |\n|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for (number, rows) in ROWS.iter().enumerate() {
        let of = |figure: fn(&InMemory) -> f64| {
            let all = rounds
                .iter()
                .map(|round| figure(&round.index.in_memory[number]));
            Spread::of(all).shown(0)
        };
        writeln!(
            text,
            "| {rows} | {} | {} | {} | {} | {} | {} |",
            of(|index| index.live),
            of(|index| index.ended),
            of(|index| index.cut_off),
            of(|index| index.take),
            of(|index| index.bytes),
            of(|index| index.forget),
        )?;
    }
    let in_redis = Spread::of(rounds.iter().map(|round| round.index.bytes_in_redis));
    writeln!(
        text,
        "\nIn Redis a row takes {} bytes.\n",
        in_redis.shown(0)
    )?;
    Ok(())
}

fn write_starting(text: &mut String, rounds: &[Round]) -> Result<()> {
    let on_postgres = Spread::of(rounds.iter().map(|round| round.starting.on_postgres));
    let on_sqlite = Spread::of(rounds.iter().map(|round| round.starting.on_sqlite));
    writeln!(
        text,
        "From the start of a process to its first `me`, with {} live revocations: {} s on PostgreSQL, {} s on SQLite.\n",
        starting::ROWS,
        on_postgres.shown(2),
        on_sqlite.shown(2)
    )?;
    Ok(())
}

/// One figure over all starts.
pub(super) struct Spread {
    least: f64,
    pub(super) median: f64,
    greatest: f64,
}

impl Spread {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        let (&[least, ..], &[.., greatest]) = (sorted.as_slice(), sorted.as_slice()) else {
            return Self {
                least: f64::NAN,
                median: f64::NAN,
                greatest: f64::NAN,
            };
        };
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Self {
            least,
            median,
            greatest,
        }
    }

    pub(super) fn shown(&self, decimals: usize) -> String {
        format!(
            "{:.decimals$} ({:.decimals$}..{:.decimals$})",
            self.median, self.least, self.greatest
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn a_spread_has_its_median_in_the_middle() {
        assert_eq!(
            Spread::of([3.0, 1.0, 2.0].into_iter()).shown(1),
            "2.0 (1.0..3.0)"
        );
        assert_eq!(
            Spread::of([4.0, 1.0, 2.0, 3.0].into_iter()).shown(1),
            "2.5 (1.0..4.0)"
        );
    }
}
