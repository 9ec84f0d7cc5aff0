//! The cases: with all rules the promises hold, and for each rule there is a world that needs it.

use super::state::Faults;
use super::{Bounds, Leases, Rule};
use crate::case::{Case, Expected, Names};
use crate::rules::Rules;
use crate::search::Question;
use crate::times::Times;

const NO_FAULTS: Faults = Faults {
    crashes: Times::NEVER,
    sleeps: Times::NEVER,
    missed_ticks: 0,
    deaths: Times::NEVER,
    stops: Times::NEVER,
};

/// As often as you like. A clock that is slow is not among them: by how much it may be is a bound, too.
const ANY_FAULTS: Faults = Faults {
    crashes: Times::ALWAYS,
    sleeps: Times::ALWAYS,
    deaths: Times::ALWAYS,
    stops: Times::ALWAYS,
    ..NO_FAULTS
};

/// One process, which has a lease, and one logout.
const ONE: Bounds = Bounds {
    processes: 1,
    running: 1,
    logouts: 1,
    lease: 2,
    longer: 0,
    faults: NO_FAULTS,
};

const NOT_STARTED: Bounds = Bounds { running: 0, ..ONE };
const TWO_LOGOUTS: Bounds = Bounds { logouts: 2, ..ONE };
/// One runs, and another may start beside it.
const TWO_PROCESSES: Bounds = Bounds {
    processes: 2,
    ..ONE
};
const LONGER_LEASE: Bounds = Bounds { longer: 1, ..ONE };

const fn with(faults: Faults, bounds: Bounds) -> Bounds {
    Bounds { faults, ..bounds }
}

const CRASH: Faults = Faults {
    crashes: Times::ONCE,
    ..NO_FAULTS
};
const SLEEP: Faults = Faults {
    sleeps: Times::ONCE,
    ..NO_FAULTS
};
const SLOW_CLOCK: Faults = Faults {
    missed_ticks: 1,
    ..NO_FAULTS
};
const LOGOUT_DIES: Faults = Faults {
    deaths: Times::ONCE,
    ..NO_FAULTS
};
const STOP: Faults = Faults {
    stops: Times::ONCE,
    ..NO_FAULTS
};

/// What breaks a promise if it is left out, each in the smallest world that shows it.
const NEEDED: [(&[Rule], Bounds); 19] = [
    (&[Rule::PositionsInOrder], TWO_LOGOUTS),
    (&[Rule::NoGaps], TWO_LOGOUTS),
    (&[Rule::AskAgain], with(LOGOUT_DIES, ONE)),
    (&[Rule::RandomId], TWO_PROCESSES),
    (&[Rule::LeaseFromNotedClock], ONE),
    (&[Rule::RowBeforeLedger], NOT_STARTED),
    (&[Rule::LedgerAtEachRenewal], ONE),
    (&[Rule::OnlyThenItCounts], NOT_STARTED),
    (&[Rule::LeaseBeforeCopy], ONE),
    (&[Rule::LeaseAtEachCheck], ONE),
    (&[Rule::ConfirmAfterApplying], ONE),
    (&[Rule::WaitForLeases], ONE),
    (&[Rule::LeaseRowsAfterCommit], ONE),
    (&[Rule::ItsOwnLength], LONGER_LEASE),
    (&[Rule::PlusOnePercent], with(SLOW_CLOCK, ONE)),
    (&[Rule::LostByCompareAndSet], TWO_LOGOUTS),
    (&[Rule::LostStartsAsNew], TWO_LOGOUTS),
    (&[Rule::StopAnsweringFirst], with(STOP, ONE)),
    (&[Rule::ClockRunsInSleep], with(SLEEP, ONE)),
];

/// What leaves a logout without an end if it is left out.
const NEEDED_FOR_AN_END: (&[Rule], Bounds) = (&[Rule::NoLongerThanTheLease], with(CRASH, ONE));

/// What breaks nothing.
///
/// - A node that lost its row may keep its copy: it reads the ledger before its new lease counts, and
///   a copy only grows.
/// - A logout may count a lease's length from when it first saw that renewal, even if that was
///   before the logout: the holder counts from before it wrote the row, and a later renewal shows.
const NOT_NEEDED: [&[Rule]; 2] = [&[Rule::LostStartsEmpty], &[Rule::SinceThatReading]];

/// What fits into a run of the tests.
pub fn small() -> Vec<Case> {
    let kept = [
        with(ANY_FAULTS, ONE),
        with(SLOW_CLOCK, LONGER_LEASE),
        with(ANY_FAULTS, TWO_LOGOUTS),
        with(ANY_FAULTS, TWO_PROCESSES),
        Bounds {
            longer: 1,
            ..TWO_PROCESSES
        },
    ];
    let question = Question::SafetyAndSettling;
    let mut cases: Vec<_> = kept.map(|bounds| all_kept(bounds, question)).into();
    let three = Bounds {
        lease: 1,
        processes: 3,
        running: 3,
        ..ONE
    };
    cases.push(all_kept(three, Question::Safety));
    cases.extend(NEEDED.map(|(rules, bounds)| {
        let rules = Rules::without(rules);
        case(rules, bounds, Question::Safety, Expected::Broken)
    }));
    let (rules, bounds) = NEEDED_FOR_AN_END;
    let rules = Rules::without(rules);
    cases.push(case(rules, bounds, question, Expected::Stuck));
    cases.extend(NOT_NEEDED.map(|rules| not_needed(rules, with(ANY_FAULTS, TWO_LOGOUTS))));
    cases
}

/// What takes minutes.
pub fn large() -> Vec<Case> {
    let two = Bounds {
        processes: 2,
        running: 2,
        ..ONE
    };
    let three = Bounds {
        processes: 3,
        running: 3,
        ..ONE
    };
    let kept = [
        Bounds {
            lease: 1,
            logouts: 2,
            ..two
        },
        with(
            Faults {
                missed_ticks: 1,
                ..ANY_FAULTS
            },
            Bounds { longer: 1, ..two },
        ),
        with(ANY_FAULTS, Bounds { lease: 3, ..two }),
        with(ANY_FAULTS, Bounds { logouts: 2, ..two }),
        with(ANY_FAULTS, Bounds { lease: 1, ..three }),
        with(ANY_FAULTS, three),
        Bounds {
            lease: 1,
            logouts: 2,
            ..three
        },
    ];
    let question = Question::Safety;
    let mut cases: Vec<_> = kept.map(|bounds| all_kept(bounds, question)).into();
    let slow = with(SLOW_CLOCK, Bounds { longer: 1, ..two });
    let logouts = Bounds {
        lease: 1,
        logouts: 2,
        ..two
    };
    for rules in NOT_NEEDED {
        cases.push(not_needed(rules, slow));
        cases.push(not_needed(rules, logouts));
    }
    cases
}

fn all_kept(bounds: Bounds, question: Question) -> Case {
    case(Rules::ALL, bounds, question, Expected::Holds)
}

fn not_needed(rules: &'static [Rule], bounds: Bounds) -> Case {
    let rules = Rules::without(rules);
    case(rules, bounds, Question::Safety, Expected::Holds)
}

fn case(rules: Rules<Rule>, bounds: Bounds, question: Question, expected: Expected) -> Case {
    let names = Names::of("leases", rules, bounds);
    Case::new(Leases::new(rules, bounds), names, question, expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::tests::{assert_as_expected, assert_each_is_left_out};

    #[test]
    fn what_is_expected_to_hold_holds() {
        assert_as_expected(&small(), |expected| expected == Expected::Holds);
    }

    #[test]
    fn what_is_left_out_is_missed() {
        assert_as_expected(&small(), |expected| expected != Expected::Holds);
    }

    #[test]
    fn each_rule_is_left_out_once() {
        assert_each_is_left_out(&Rule::ALL, &small());
    }

    #[test]
    fn a_trace_tells_the_whole_story() {
        let findings = case(
            Rules::without(&[Rule::WaitForLeases]),
            ONE,
            Question::Safety,
            Expected::Broken,
        )
        .search(1_000);
        assert_eq!(
            findings.trace,
            [
                "logout 1 takes its position",
                "logout 1 is committed: ACKNOWLEDGED",
                "process 0 begins to check a token of logout 1: is its lease in force? yes",
                "process 0 goes on with its check: is the row missing in its copy? yes",
            ]
        );
    }
}
