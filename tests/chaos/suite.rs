//! The runs that are tests: a short one with a fixed seed, and one as long as anybody likes.

use std::time::Duration;

use crate::nemesis::EVERYTHING;
use crate::node::Check;
use crate::run::{Findings, Plan, run};

/// The short one's: any would do, and this one meets all kinds of faults.
const SEED: u64 = 46;
const SHORT: Duration = Duration::from_secs(40);

/// Long enough for something to be done, and short enough for faults to meet.
const CALM: Duration = Duration::from_millis(3500);

#[test]
fn a_logout_that_has_returned_is_a_logout_everywhere_whatever_breaks() {
    judge(&run(short(Check::Memory)));
}

#[test]
fn it_is_so_where_redis_is_asked() {
    judge(&run(short(Check::Redis)));
}

pub(crate) const fn short(check: Check) -> Plan {
    Plan {
        seed: SEED,
        check,
        time: SHORT,
        faults: EVERYTHING,
        calm: CALM,
        lacks: None,
    }
}

/// `cargo xtask chaos` runs it.
#[test]
#[ignore = "as long as it is told to be"]
fn long() {
    judge(&run(Plan {
        seed: number("CARDEA_CHAOS_SEED"),
        time: Duration::from_secs(number("CARDEA_CHAOS_SECONDS")),
        ..short(check())
    }));
}

pub(crate) fn check() -> Check {
    match std::env::var("CARDEA_CHAOS_CHECK").as_deref() {
        Ok("memory") => Check::Memory,
        Ok("redis") => Check::Redis,
        other => panic!("CARDEA_CHAOS_CHECK must be memory or redis, not {other:?}"),
    }
}

#[expect(clippy::print_stderr, reason = "who watches a run wants to know")]
fn judge(findings: &Findings) {
    assert!(findings.are_good(), "{findings}");
    eprintln!("{findings}");
}

fn number(variable: &str) -> u64 {
    let text = std::env::var(variable).unwrap_or_default();
    let number = text.parse();
    number.unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}"))
}
