//! What the figures are held against.

use std::fmt::Write as _;

use anyhow::Result;

use super::round::Round;
use super::table::Spread;

pub(super) const TARGETS: [Target<Round>; 15] = [
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
    Target {
        name: "p99 of `me` beside 20 logins/s, times the quiet one",
        aim: Aim::AtMost(3.0),
        of: |Round { on_sqlite, .. }| {
            Some(on_sqlite.me_beside_logins.p99_microseconds / on_sqlite.me.p99_microseconds)
        },
    },
    Target {
        name: "a check in memory, with 10,000,000 live revocations, ns",
        aim: Aim::AtMost(300.0),
        of: |Round { index, .. }| Some(index.in_memory[2].live),
    },
    Target {
        name: "a live revocation in memory, bytes",
        aim: Aim::AtMost(100.0),
        of: |Round { index, .. }| Some(index.in_memory[1].bytes.max(index.in_memory[2].bytes)),
    },
    Target {
        name: "a live revocation in Redis, bytes",
        aim: Aim::AtMost(200.0),
        of: |Round { index, .. }| Some(index.bytes_in_redis),
    },
    Target {
        name: "start with 1,000,000 live revocations on PostgreSQL, s",
        aim: Aim::AtMost(3.0),
        of: |Round { starting, .. }| Some(starting.on_postgres),
    },
    Target {
        name: "start with 1,000,000 live revocations on SQLite, s",
        aim: Aim::AtMost(3.0),
        of: |Round { starting, .. }| Some(starting.on_sqlite),
    },
];

/// # Errors
/// Never: a String takes every text.
pub(super) fn write_head(text: &mut String) -> Result<()> {
    writeln!(text, "| within each start | measured | target | met |")?;
    writeln!(text, "|---|--:|--:|---|")?;
    Ok(())
}

/// # Errors
/// Never: a String takes every text.
pub(super) fn write<S>(text: &mut String, targets: &[Target<S>], starts: &[&S]) -> Result<()> {
    for Target { name, aim, of } in targets {
        let measured: Vec<_> = starts.iter().copied().filter_map(of).collect();
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

/// What is held against one figure of each start.
pub(super) struct Target<S> {
    pub(super) name: &'static str,
    pub(super) aim: Aim,
    pub(super) of: fn(&S) -> Option<f64>,
}

#[derive(Clone, Copy)]
pub(super) enum Aim {
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

#[cfg(test)]
mod tests {
    use super::Aim;

    #[test]
    fn a_target_is_met_at_its_bound() {
        assert_eq!(Aim::AtLeast(0.9).judged(0.9).1, "yes");
        assert_eq!(Aim::AtMost(2.0).judged(2.1).1, "**no**");
    }
}
