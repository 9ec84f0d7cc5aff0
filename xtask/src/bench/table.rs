//! The result, as Markdown on standard output: a row for each thing measured, then what the targets say to them.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;

use super::crowd::Crowd;
use super::everywhere::{LEAVING, MANY_SESSIONS};
use super::figures::Figures;
use super::nodes::{CLIENTS, NODES};
use super::round::{LOGIN_CONNECTIONS, Round, STORMING};
use super::stand::CONNECTIONS;
use super::{DRIVER_CORE, Options, SERVER_CORE};

type Pick = fn(&Round) -> Option<&Figures>;

/// # Errors
/// When standard output is closed.
pub(crate) fn print(
    rounds: &[Round],
    options: &Options,
    crowd: Option<&Crowd>,
    load_before: &str,
) -> Result<()> {
    let mut text = String::new();
    writeln!(
        text,
        "\nMedians of {} starts, {} s a row, in brackets the least and the greatest. The server has core {SERVER_CORE} to itself; \
         the driver, and Redis and PostgreSQL where they are asked, share core {DRIVER_CORE}. PostgreSQL and SQLite commit to the disk. \
         Baseline and `me` take turns of half a second. Load of the machine before: {load_before}.\n",
        options.starts, options.seconds
    )?;
    write_rows(&mut text, rounds, options.crowd)?;
    write_storm(&mut text, rounds)?;
    write_everywhere(&mut text, rounds)?;
    write_crowd(&mut text, crowd)?;
    write_targets(&mut text, rounds)?;
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn write_rows(text: &mut String, rounds: &[Round], crowd: u64) -> Result<()> {
    let in_crowd = format!("login, PostgreSQL, {crowd} users");
    let everywhere = format!("logoutEverywhere, {MANY_SESSIONS} sessions");
    let among = format!("logout, {NODES} nodes");
    let rows: [(&str, usize, Pick); 16] = [
        ("baseline: a constant", CONNECTIONS, |round| {
            Some(&round.on_sqlite.constant)
        }),
        ("`me`, from memory", CONNECTIONS, |round| {
            Some(&round.on_sqlite.me)
        }),
        ("login", LOGIN_CONNECTIONS, |round| {
            Some(&round.on_sqlite.login)
        }),
        ("refresh", CONNECTIONS, |round| {
            Some(&round.on_sqlite.refresh)
        }),
        ("logout", CONNECTIONS, |round| Some(&round.on_sqlite.logout)),
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
        ("logout, PostgreSQL", CLIENTS[0], |round| {
            Some(&round.nodes.alone[0])
        }),
        ("logout, PostgreSQL", CLIENTS[1], |round| {
            Some(&round.nodes.alone[1])
        }),
        ("logout, PostgreSQL", CLIENTS[2], |round| {
            Some(&round.nodes.alone[2])
        }),
        (&among, 1, |round| Some(&round.nodes.among)),
        ("login, PostgreSQL, 1 user", 1, |round| {
            Some(&round.login_alone)
        }),
        (&in_crowd, 1, |round| round.login_in_crowd.as_ref()),
    ];
    writeln!(
        text,
        "| row | connections | requests/s | p50 ms | p99 ms | server CPU µs/request | peak MiB |"
    )?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|--:|")?;
    for (name, connections, pick) in rows {
        let figures: Vec<_> = rounds.iter().filter_map(pick).collect();
        if figures.is_empty() {
            continue;
        }
        let of = |figure: fn(&Figures) -> f64| Spread::of(figures.iter().copied().map(figure));
        writeln!(
            text,
            "| {name} | {connections} | {} | {} | {} | {} | {} |",
            of(|figures| figures.requests_per_second).shown(0),
            of(|figures| figures.median_microseconds / 1e3).shown(2),
            of(|figures| figures.p99_microseconds / 1e3).shown(2),
            of(|figures| figures.cpu_microseconds).shown(1),
            of(|figures| figures.peak_mebibytes).shown(1),
        )?;
    }
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
    writeln!(
        text,
        "\nThe storm: {STORMING} people log in without pause; {} logins a start, {} told OVERLOADED. \
         The CPU of its row includes theirs.\n",
        answered.shown(0),
        refused.shown(0)
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

const TARGETS: [Target; 9] = [
    Target {
        name: "`me` from memory, of the baseline's requests/s",
        aim: Aim::AtLeast(0.9),
        of: |Round { on_sqlite, .. }| {
            Some(on_sqlite.me.requests_per_second / on_sqlite.constant.requests_per_second)
        },
    },
    Target {
        name: "`me` from memory, CPU added, µs",
        aim: Aim::AtMost(2.0),
        of: |Round { on_sqlite, .. }| {
            Some(on_sqlite.me.cpu_microseconds - on_sqlite.constant.cpu_microseconds)
        },
    },
    Target {
        name: "`me` through Redis, of the baseline's requests/s",
        aim: Aim::None,
        of: |Round { beside_redis, .. }| {
            Some(beside_redis.me.requests_per_second / beside_redis.constant.requests_per_second)
        },
    },
    Target {
        name: "`me` through Redis, CPU added, µs",
        aim: Aim::AtMost(8.0),
        of: |Round { beside_redis, .. }| {
            Some(beside_redis.me.cpu_microseconds - beside_redis.constant.cpu_microseconds)
        },
    },
    Target {
        name: "p99 of `me` in a login storm, times the quiet one",
        aim: Aim::AtMost(5.0),
        of: |Round { on_sqlite, .. }| {
            Some(on_sqlite.me_in_storm.p99_microseconds / on_sqlite.me.p99_microseconds)
        },
    },
    Target {
        name: "p50 of logoutEverywhere with many sessions, times that with one",
        aim: Aim::None,
        of: |Round { everywhere, .. }| {
            let [one, many] = [&everywhere.one, &everywhere.many].map(|outcome| outcome.figures);
            Some(many.median_microseconds / one.median_microseconds)
        },
    },
    Target {
        name: "logouts/s on PostgreSQL, of 100 clients, times those of one",
        aim: Aim::AtLeast(5.0),
        of: |Round { nodes, .. }| {
            let [one, _, many] = nodes.alone;
            Some(many.requests_per_second / one.requests_per_second)
        },
    },
    Target {
        name: "p50 of logout on 3 nodes, more than on one, ms",
        aim: Aim::AtMost(5.0),
        of: |Round { nodes, .. }| {
            Some((nodes.among.median_microseconds - nodes.alone[0].median_microseconds) / 1e3)
        },
    },
    Target {
        name: "p50 of login among many users, times that of the only one (two servers)",
        aim: Aim::None,
        of: |round| {
            let among_many = round.login_in_crowd?;
            Some(among_many.median_microseconds / round.login_alone.median_microseconds)
        },
    },
];

fn write_targets(text: &mut String, rounds: &[Round]) -> Result<()> {
    writeln!(text, "| within each start | measured | target | met |")?;
    writeln!(text, "|---|--:|--:|---|")?;
    for Target { name, aim, of } in TARGETS {
        let measured: Vec<_> = rounds.iter().filter_map(of).collect();
        if measured.is_empty() {
            continue;
        }
        let measured = Spread::of(measured.into_iter());
        let (wanted, met) = aim.judged(measured.median);
        writeln!(
            text,
            "| {name} | {} | {wanted} | {met} |",
            measured.shown(2)
        )?;
    }
    Ok(())
}

struct Target {
    name: &'static str,
    aim: Aim,
    of: fn(&Round) -> Option<f64>,
}

#[derive(Clone, Copy)]
enum Aim {
    None,
    AtLeast(f64),
    AtMost(f64),
}

impl Aim {
    fn judged(self, measured: f64) -> (String, &'static str) {
        let (wanted, is_met) = match self {
            Self::None => return (String::new(), ""),
            Self::AtLeast(bound) => (format!("≥ {bound}"), measured >= bound),
            Self::AtMost(bound) => (format!("≤ {bound}"), measured <= bound),
        };
        (wanted, if is_met { "yes" } else { "**no**" })
    }
}

/// One figure over all starts.
struct Spread {
    least: f64,
    median: f64,
    greatest: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
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

    fn shown(&self, decimals: usize) -> String {
        format!(
            "{:.decimals$} ({:.decimals$}..{:.decimals$})",
            self.median, self.least, self.greatest
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Aim, Spread};

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

    #[test]
    fn a_target_is_met_at_its_bound() {
        assert_eq!(Aim::AtLeast(0.9).judged(0.9).1, "yes");
        assert_eq!(Aim::AtMost(2.0).judged(2.1).1, "**no**");
    }
}
