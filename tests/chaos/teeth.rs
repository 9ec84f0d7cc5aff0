//! Whether the checker bites: a server that lacks a safeguard is found out, whichever it is.

use std::time::Duration;

use crate::nemesis::Fault;
use crate::node::Check;
use crate::run::{Plan, run};

/// One that isn't found by then is not going to be.
const LIMIT: Duration = Duration::from_mins(4);

/// How long things are whole between two faults: little, where nothing but what is broken matters.
const HASTE: Duration = Duration::from_millis(800);
/// Long enough for logouts to be acknowledged meanwhile, and for Redis to be believed again.
const CALM: Duration = Duration::from_millis(3500);

fn bites(safeguard: &'static str, faults: &'static [Fault], calm: Duration) {
    bites_in(Check::Memory, safeguard, faults, calm);
}

#[expect(clippy::print_stderr, reason = "who watches wants to know how soon")]
fn bites_in(check: Check, safeguard: &'static str, faults: &'static [Fault], calm: Duration) {
    let findings = run(Plan {
        seed: 1,
        check,
        faults,
        calm,
        time: LIMIT,
        lacks: Some(safeguard),
    });
    let violation = findings.tally.violations.first();
    assert!(
        violation.is_some(),
        "nobody misses `{safeguard}`:\n{findings}"
    );
    eprintln!(
        "`{safeguard}` is missed after {:.1?}",
        findings.tally.lasted
    );
    if std::env::var_os("CARDEA_CHAOS_TELL").is_some() {
        eprintln!("{findings}");
    }
}

#[test]
fn a_check_that_does_not_ask_for_the_lease_is_found() {
    bites("lease", &[Fault::Block, Fault::Pause], HASTE);
}

#[test]
fn a_logout_that_waits_for_nobody_is_found() {
    bites("waiting", &[], HASTE);
}

#[test]
fn a_logout_that_is_never_written_is_found() {
    bites("write", &[], HASTE);
}

#[test]
fn a_logout_that_is_acknowledged_whatever_became_of_its_commit_is_found() {
    bites("commit", &[Fault::Refuse], HASTE);
}

#[test]
fn a_position_that_is_confirmed_before_it_is_applied_is_found() {
    bites("applied", &[], HASTE);
}

#[test]
#[ignore = "a rare moment: it takes up to a minute"]
fn a_lease_that_counts_from_its_answer_is_found() {
    bites("clock", &[Fault::Flap], CALM);
}

#[test]
#[ignore = "a rare moment: it takes up to a minute"]
fn a_lease_that_counts_before_the_ledger_was_read_is_found() {
    bites("order", &[Fault::Pause], HASTE);
}

#[test]
fn a_server_that_goes_on_with_a_lost_lease_is_found() {
    bites("lost", &[Fault::Pause], HASTE);
}

#[test]
fn a_logout_that_is_asked_for_again_and_does_not_wait_is_found() {
    bites("again", &[Fault::Block], HASTE);
}

#[test]
fn a_token_that_is_refused_since_the_copy_does_not_know_its_position_is_found() {
    bites("learning", &[Fault::Block], HASTE);
}

#[test]
fn a_redis_that_lost_its_data_and_is_believed_is_found() {
    bites_in(Check::Redis, "certificate", &[Fault::RedisFlush], HASTE);
}

#[test]
fn a_replica_that_lagged_or_a_master_that_was_demoted_and_is_believed_is_found() {
    bites_in(Check::Redis, "identity", &[Fault::RedisFailOver], HASTE);
}

#[test]
#[ignore = "a rare moment: no logout may meet the Redis that is away, or its epoch gives it away"]
fn a_redis_that_started_from_an_old_file_and_is_believed_is_found() {
    bites_in(Check::Redis, "identity", &[Fault::RedisFile], CALM);
}

#[test]
fn a_logout_that_redis_did_not_take_while_it_is_still_believed_is_found() {
    bites_in(Check::Redis, "distrust", &[Fault::RedisBlock], HASTE);
}

#[test]
fn a_feed_that_skips_a_row_is_found() {
    bites("told", &[], HASTE);
}

#[test]
fn a_sub_system_that_believes_a_silent_feed_is_found() {
    bites("bound", &[Fault::FeedFlap], HASTE);
}
