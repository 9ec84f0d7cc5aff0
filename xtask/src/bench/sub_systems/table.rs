//! What sub-systems cost, as Markdown, and what it is held against.

use std::fmt::Write as _;

use anyhow::Result;

use super::application::LOGOUTS;
use super::delays::{Delays, Distribution};
use super::verifying::REVOCATIONS_IN_NODE;
use super::{FOLLOWERS, FanOut, SubSystems};
use crate::bench::figures::as_float;
use crate::bench::table::Spread;
use crate::bench::targets::{Aim, Target};

pub(crate) const TARGETS: [Target<SubSystems>; 6] = [
    Target {
        name: "`cardea-verifier`, a remembered token, µs",
        aim: Aim::AtMost(1.0),
        of: |SubSystems { verifying, .. }| Some(verifying.in_rust.remembered),
    },
    Target {
        name: "`@cardea/verify`, a new token, times bare `jose`",
        aim: Aim::None,
        of: |SubSystems { verifying, .. }| Some(verifying.in_node.new / verifying.bare),
    },
    Target {
        name: "`@cardea/verify`, a remembered token, times bare `jose`",
        aim: Aim::None,
        of: |SubSystems { verifying, .. }| Some(verifying.in_node.remembered / verifying.bare),
    },
    Target {
        name: "a follower among 1,000, KiB",
        aim: Aim::None,
        of: |SubSystems { fan_out, .. }| Some(fan_out[1].kibibytes_each),
    },
    Target {
        name: "a logout's answer to the last of 1,000 followers told, p99 ms",
        aim: Aim::None,
        of: |SubSystems { fan_out, .. }| Some(fan_out[1].delays.from_acknowledgement.p99),
    },
    Target {
        name: "a logout's answer to the refusal at a sub-system, p99 ms",
        aim: Aim::AtMost(50.0),
        of: |SubSystems { refusing, .. }| Some(refusing.delays.from_acknowledgement.p99),
    },
];

/// # Errors
/// Never: a String takes every text.
pub(crate) fn write(text: &mut String, all: &[&SubSystems]) -> Result<()> {
    write_verifying(text, all)?;
    write_fan_out(text, all)?;
    write_delays(text, all)
}

fn write_verifying(text: &mut String, all: &[&SubSystems]) -> Result<()> {
    let of = |figure: fn(&SubSystems) -> f64| Spread::of(all.iter().copied().map(figure)).shown(2);
    writeln!(
        text,
        "A verification, on the server's core; in Node with {REVOCATIONS_IN_NODE} revocations kept, in turns.\n\n\
         | | a remembered token, µs | a new one (ES256), µs |\n|---|--:|--:|\n\
         | `cardea-verifier` | {} | {} |\n| `@cardea/verify` | {} | {} |\n| `jose` alone | | {} |\n",
        of(|each| each.verifying.in_rust.remembered),
        of(|each| each.verifying.in_rust.new),
        of(|each| each.verifying.in_node.remembered),
        of(|each| each.verifying.in_node.new),
        of(|each| each.verifying.bare),
    )?;
    Ok(())
}

fn write_fan_out(text: &mut String, all: &[&SubSystems]) -> Result<()> {
    writeln!(
        text,
        "Followers of one server on PostgreSQL, by streams.\n\n\
         | followers | KiB each | while nothing happens, % of a core | server CPU ms/logout |\n|--:|--:|--:|--:|"
    )?;
    for (number, followers) in FOLLOWERS.iter().enumerate() {
        let of = |figure: fn(&FanOut) -> f64| {
            Spread::of(all.iter().map(|each| figure(&each.fan_out[number]))).shown(1)
        };
        writeln!(
            text,
            "| {followers} | {} | {} | {} |",
            of(|fan_out| fan_out.kibibytes_each),
            of(|fan_out| fan_out.quiet_percent),
            of(|fan_out| fan_out.cpu_milliseconds),
        )?;
    }
    Ok(())
}

fn write_delays(text: &mut String, all: &[&SubSystems]) -> Result<()> {
    writeln!(
        text,
        "\nLogouts one after another; what was there before the answer counts as 0.\n\n\
         | ms | from | p50 | p99 | max |\n|---|---|--:|--:|--:|"
    )?;
    for (number, followers) in FOLLOWERS.iter().enumerate() {
        let delays: Vec<_> = all
            .iter()
            .map(|each| &each.fan_out[number].delays)
            .collect();
        write_delay(
            text,
            &format!("the last of {followers} followers told"),
            &delays,
        )?;
    }
    let delays: Vec<_> = all.iter().map(|each| &each.refusing.delays).collect();
    write_delay(text, "refused by a sub-system that follows", &delays)?;
    let asked = all.iter().map(|each| as_float(each.refusing.asked));
    writeln!(
        text,
        "\nOf {LOGOUTS} logouts a start the sub-system had to ask about {}: it had heard nothing for 5 s.\n",
        Spread::of(asked).shown(0)
    )?;
    Ok(())
}

fn write_delay(text: &mut String, name: &str, all: &[&Delays]) -> Result<()> {
    let from_commit: Vec<_> = all.iter().map(|delays| &delays.from_commit).collect();
    let from_answer: Vec<_> = all
        .iter()
        .map(|delays| &delays.from_acknowledgement)
        .collect();
    for (moment, all) in [("the commit", from_commit), ("the answer", from_answer)] {
        let of =
            |figure: fn(&Distribution) -> f64| Spread::of(all.iter().copied().map(figure)).shown(1);
        writeln!(
            text,
            "| {name} | {moment} | {} | {} | {} |",
            of(|milliseconds| milliseconds.median),
            of(|milliseconds| milliseconds.p99),
            of(|milliseconds| milliseconds.greatest),
        )?;
    }
    Ok(())
}
