//! The result, as Markdown on standard output: a row for each thing measured, then what the targets say to them.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;

use super::figures::Figures;
use super::round::{CONNECTIONS, LOGIN_CONNECTIONS, Round, STORMING};
use super::{DRIVER_CORE, Options, SERVER_CORE};

type Pick = fn(&Round) -> &Figures;

/// # Errors
/// When standard output is closed.
pub(crate) fn print(rounds: &[Round], options: &Options, load_before: &str) -> Result<()> {
    let mut text = String::new();
    writeln!(
        text,
        "\nMedians of {} starts, {} s a row, in brackets the least and the greatest. The server has core {SERVER_CORE} to itself; \
         the driver, and Redis where it is asked, share core {DRIVER_CORE}. \
         Baseline and `me` take turns of half a second. Load of the machine before: {load_before}.\n",
        options.starts, options.seconds
    )?;
    write_rows(&mut text, rounds)?;
    write_storm(&mut text, rounds)?;
    write_targets(&mut text, rounds)?;
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn write_rows(text: &mut String, rounds: &[Round]) -> Result<()> {
    let rows: [(&str, usize, Pick); 7] = [
        ("baseline: a constant", CONNECTIONS, |round| &round.constant),
        ("`me`, from memory", CONNECTIONS, |round| &round.me),
        ("login", LOGIN_CONNECTIONS, |round| &round.login),
        ("logout", CONNECTIONS, |round| &round.logout),
        ("`me` in a login storm", CONNECTIONS, |round| {
            &round.me_in_storm
        }),
        ("baseline, second server", CONNECTIONS, |round| {
            &round.constant_beside_redis
        }),
        ("`me`, through Redis", CONNECTIONS, |round| {
            &round.me_through_redis
        }),
    ];
    writeln!(
        text,
        "| row | connections | requests/s | p50 ms | p99 ms | server CPU µs/request | peak MiB |"
    )?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|--:|")?;
    for (name, connections, pick) in rows {
        let of = |figure: fn(&Figures) -> f64| {
            Spread::of(rounds.iter().map(|round| figure(pick(round))))
        };
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
    let answered = Spread::of(rounds.iter().map(|round| round.storm.answered as f64));
    let refused = Spread::of(rounds.iter().map(|round| round.storm.refused as f64));
    writeln!(
        text,
        "\nThe storm: {STORMING} people log in without pause; {} logins a start, {} told OVERLOADED. \
         The CPU of its row includes theirs.\n",
        answered.shown(0),
        refused.shown(0)
    )?;
    Ok(())
}

fn write_targets(text: &mut String, rounds: &[Round]) -> Result<()> {
    let targets = [
        Target {
            name: "`me` from memory, of the baseline's requests/s",
            aim: Aim::AtLeast(0.9),
            of: |round| round.me.requests_per_second / round.constant.requests_per_second,
        },
        Target {
            name: "`me` from memory, CPU added, µs",
            aim: Aim::AtMost(2.0),
            of: |round| round.me.cpu_microseconds - round.constant.cpu_microseconds,
        },
        Target {
            name: "`me` through Redis, of the baseline's requests/s",
            aim: Aim::None,
            of: |round| {
                round.me_through_redis.requests_per_second
                    / round.constant_beside_redis.requests_per_second
            },
        },
        Target {
            name: "`me` through Redis, CPU added, µs",
            aim: Aim::AtMost(8.0),
            of: |round| {
                round.me_through_redis.cpu_microseconds
                    - round.constant_beside_redis.cpu_microseconds
            },
        },
        Target {
            name: "p99 of `me` in a login storm, times the quiet one",
            aim: Aim::AtMost(5.0),
            of: |round| round.me_in_storm.p99_microseconds / round.me.p99_microseconds,
        },
    ];
    writeln!(text, "| within each start | measured | target | met |")?;
    writeln!(text, "|---|--:|--:|---|")?;
    for Target { name, aim, of } in targets {
        let measured = Spread::of(rounds.iter().map(of));
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
    of: fn(&Round) -> f64,
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
