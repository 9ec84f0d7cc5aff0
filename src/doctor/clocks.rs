//! The clocks of the machines.

use time::{Duration, OffsetDateTime};

use super::finding::Findings;
use crate::clock::Clock;
use crate::model::token::CLOCK_TOLERANCE;
use crate::store::database::Database;
use crate::store::redis::Redis;

/// More is no accident where there is NTP.
const NOTABLE: Duration = Duration::seconds(1);

pub(super) async fn examine(
    database: Option<&Database>,
    redis: Option<&Redis>,
    clock: &Clock,
    findings: &mut Findings,
) {
    if let Some(database) = database {
        let asked_at = clock.now();
        match database.time().await {
            // SQLite has no clock of its own.
            Ok(None) => {}
            Ok(Some(theirs)) => {
                let off = apart(theirs, asked_at, clock.now());
                tell("database clock", "the database's", off, findings);
            }
            Err(error) => findings.unanswered("database clock", &error, "ask again"),
        }
    }
    if let Some(redis) = redis {
        let asked_at = clock.now();
        match redis.time().await {
            Ok(theirs) => tell(
                "redis clock",
                "Redis'",
                apart(theirs, asked_at, clock.now()),
                findings,
            ),
            Err(error) => findings.unanswered(
                "redis clock",
                &error,
                "let its user run TIME, and ask again",
            ),
        }
    }
}

/// How far their clock is ahead of ours, at least: it was read somewhen between.
fn apart(theirs: OffsetDateTime, from: OffsetDateTime, until: OffsetDateTime) -> Duration {
    if theirs > until {
        theirs - until
    } else if theirs < from {
        theirs - from
    } else {
        Duration::ZERO
    }
}

fn tell(check: &'static str, whose: &str, ahead: Duration, findings: &mut Findings) {
    let tolerance = Duration::try_from(CLOCK_TOLERANCE / 2).unwrap_or(NOTABLE);
    let seconds = ahead.abs().as_seconds_f64();
    let side = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let text = format!("{whose} is {seconds:.1} s {side} this machine's; set both by NTP");
    if ahead.abs() > tolerance {
        let limit = tolerance.as_seconds_f64();
        findings.fault(check, format!("{text}: beyond {limit:.1} s a server refuses to answer, or Redis drops what is still needed"));
    } else if ahead.abs() > NOTABLE {
        findings.warn(check, text);
    } else {
        findings.ok(check, format!("{whose} and this machine's agree"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn what_lies_between_two_readings_agrees() {
        let at = |seconds| OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds);
        for (theirs, seconds) in [(9, -1), (10, 0), (11, 0), (12, 0), (15, 3)] {
            let ahead = apart(at(theirs), at(10), at(12));
            assert_eq!(ahead, Duration::seconds(seconds), "{theirs}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_its_side() {
        for (milliseconds, status, word) in [
            (-4000, Status::Fault, "4.0 s behind"),
            (-2000, Status::Warning, "2.0 s behind"),
            (0, Status::Ok, "agree"),
            (900, Status::Ok, "agree"),
            (2400, Status::Warning, "2.4 s ahead of"),
            (2600, Status::Fault, "2.6 s ahead of"),
        ] {
            let mut findings = Findings::default();
            tell(
                "clock",
                "theirs",
                Duration::milliseconds(milliseconds),
                &mut findings,
            );
            let [finding] = findings.0.as_slice() else {
                panic!("one")
            };
            assert_eq!(finding.status, status, "{milliseconds}");
            assert!(finding.text.contains(word), "{}", finding.text);
        }
    }
}
