//! The cases: with all rules the promises hold, and for each rule there is a world that needs it.

use super::state::Faults;
use super::{Bounds, CertifiedIndex, Rule};
use crate::case::{Case, Expected, Names};
use crate::rules::Rules;
use crate::search::Question;
use crate::times::Times;

const NO_FAULTS: Faults = Faults {
    flushes: Times::NEVER,
    restarts: Times::NEVER,
    promotions: Times::NEVER,
    deaths: Times::NEVER,
};

/// As often as you like, with one server.
const LOSSES: Faults = Faults {
    flushes: Times::ALWAYS,
    restarts: Times::ALWAYS,
    deaths: Times::ALWAYS,
    ..NO_FAULTS
};

const ANY_FAULTS: Faults = Faults {
    promotions: Times::ALWAYS,
    ..LOSSES
};

/// One of everything.
const ONE: Bounds = Bounds {
    nodes: 1,
    logouts: 1,
    rebuilders: 1,
    servers: 1,
    waits_for_replicas: false,
    lease: 1,
    faults: NO_FAULTS,
};

const TWO_LOGOUTS: Bounds = Bounds { logouts: 2, ..ONE };
const TWO_REBUILDERS: Bounds = Bounds {
    rebuilders: 2,
    ..ONE
};
/// A master, and its replica.
const TWO_SERVERS: Bounds = Bounds { servers: 2, ..ONE };

const fn with(faults: Faults, bounds: Bounds) -> Bounds {
    Bounds { faults, ..bounds }
}

const fn flushed(flushes: Times, bounds: Bounds) -> Bounds {
    let faults = Faults {
        flushes,
        ..NO_FAULTS
    };
    Bounds { faults, ..bounds }
}

const fn failing_over(promotions: Times, bounds: Bounds) -> Bounds {
    let faults = Faults {
        promotions,
        ..NO_FAULTS
    };
    let servers = 2;
    Bounds {
        servers,
        faults,
        ..bounds
    }
}

const FLUSH: Bounds = flushed(Times::ONCE, ONE);
const TWO_FLUSHES: Bounds = flushed(Times::TWICE, ONE);
const RIVALS_AND_FLUSHES: Bounds = flushed(Times::TWICE, TWO_REBUILDERS);
const FAIL_OVER: Bounds = failing_over(Times::ONCE, ONE);
/// There and back.
const TWO_FAIL_OVERS: Bounds = failing_over(Times::TWICE, ONE);
const RIVALS_AND_FAIL_OVER: Bounds = failing_over(Times::ONCE, TWO_REBUILDERS);
const WAIT: Bounds = Bounds {
    waits_for_replicas: true,
    ..FAIL_OVER
};
const LOGOUT_DIES: Bounds = Bounds {
    faults: Faults {
        deaths: Times::ONCE,
        ..NO_FAULTS
    },
    ..ONE
};

/// What breaks a promise if it is left out, each in the smallest world that shows it.
const NEEDED: [(&[Rule], Bounds); 34] = [
    (&[Rule::OnlyGrows], RIVALS_AND_FLUSHES),
    (&[Rule::AskAgain], LOGOUT_DIES),
    (&[Rule::TrustUnderLease], ONE),
    (&[Rule::LeaseFromNotedClock], ONE),
    (&[Rule::LeaseBeforeRead], ONE),
    (&[Rule::Certificate], FLUSH),
    (&[Rule::RowsWithCertificate], FLUSH),
    (&[Rule::CertificateWithRows], FLUSH),
    (&[Rule::IdentityOfRead], FAIL_OVER),
    (&[Rule::IdentityBehindRead], FAIL_OVER),
    (&[Rule::IdentityAtEachRead], FAIL_OVER),
    (&[Rule::IdentityOfWrite], FAIL_OVER),
    (&[Rule::IdentityOfRead, Rule::IdentityOfWrite], WAIT),
    (&[Rule::RoleMaster], FAIL_OVER),
    (&[Rule::ReplicationIdentity], TWO_FAIL_OVERS),
    (&[Rule::WriteAfterCommit], ONE),
    (&[Rule::ReadStateAfterCommit], FAIL_OVER),
    (&[Rule::OnlyCertifiedCounts], FAIL_OVER),
    (&[Rule::Distrust], ONE),
    (&[Rule::RaiseEvenIfUntrusted], FAIL_OVER),
    (&[Rule::WaitAfterDistrust], ONE),
    (&[Rule::ConfirmAfterTrust], ONE),
    (&[Rule::ConfirmWhatWasRead], ONE),
    (&[Rule::ConfirmedTheRaise], ONE),
    (&[Rule::OneReading], ONE),
    (&[Rule::RaiseToTrust], FAIL_OVER),
    (&[Rule::WaitBeforeRebuild], FAIL_OVER),
    (EPOCH_OR_COMPARISON, TWO_LOGOUTS),
    (&[Rule::IdentityOfChunk], FAIL_OVER),
    (&[Rule::MarkerStands], TWO_FLUSHES),
    (&[Rule::RandomMarker], RIVALS_AND_FLUSHES),
    (&[Rule::OneScript], TWO_FLUSHES),
    (&[Rule::LedgerAfterMarker], TWO_FLUSHES),
    (&[Rule::NoEviction], ONE),
];

/// The one that takes millions of states to be missed.
const NEEDED_BY_RIVALS: &[Rule] = &[Rule::TrustByCompareAndSet];

const EPOCH_OR_COMPARISON: &[Rule] = &[Rule::EpochInCertificate, Rule::TrustByCompareAndSet];

/// What breaks nothing as far as was searched.
///
/// - A logout may ask for the identity before it writes, as long as both go to the same server: an
///   identity that changed never comes back.
/// - The epoch in the certificate says what the compare-and-set on the epoch has said already. It is
///   kept because the two are in different places, and for what is not modelled.
/// - The identity in the certificate says what a read asks for itself, and a marker in the wrong place
///   is not found in the right one.
const NOT_NEEDED: [&[Rule]; 4] = [
    &[Rule::IdentityBehindWrite],
    &[Rule::EpochInCertificate],
    &[Rule::IdentityInCertificate],
    &[Rule::IdentityOfMarker],
];

/// What fits into a run of the tests.
pub fn small() -> Vec<Case> {
    let kept = [
        with(LOSSES, ONE),
        flushed(Times::ALWAYS, TWO_REBUILDERS),
        flushed(Times::ALWAYS, TWO_LOGOUTS),
        flushed(Times::ALWAYS, Bounds { nodes: 3, ..ONE }),
        flushed(Times::ALWAYS, Bounds { lease: 2, ..ONE }),
        failing_over(Times::ALWAYS, ONE),
    ];
    let question = Question::SafetyAndSettling;
    let mut cases: Vec<_> = kept.map(|bounds| all_kept(bounds, question)).into();
    cases.extend(NEEDED.map(|(rules, bounds)| missed(rules, bounds)));
    cases.extend(NOT_NEEDED.map(|rules| not_needed(rules, FAIL_OVER)));
    cases
}

/// What takes minutes.
pub fn large() -> Vec<Case> {
    let rivals = Bounds {
        rebuilders: 2,
        ..TWO_SERVERS
    };
    let flush_and_fail_over = Faults {
        flushes: Times::ONCE,
        promotions: Times::ONCE,
        ..NO_FAULTS
    };
    let kept = [
        with(ANY_FAULTS, TWO_SERVERS),
        with(
            ANY_FAULTS,
            Bounds {
                lease: 2,
                ..TWO_SERVERS
            },
        ),
        failing_over(Times::ALWAYS, Bounds { nodes: 3, ..ONE }),
        failing_over(Times::ALWAYS, TWO_LOGOUTS),
        RIVALS_AND_FAIL_OVER,
        failing_over(Times::TWICE, TWO_REBUILDERS),
        with(flush_and_fail_over, rivals),
        with(
            LOSSES,
            Bounds {
                rebuilders: 2,
                ..TWO_LOGOUTS
            },
        ),
        // More than fit into memory.
        with(ANY_FAULTS, rivals),
    ];
    let question = Question::Safety;
    let mut cases: Vec<_> = kept.map(|bounds| all_kept(bounds, question)).into();
    cases.push(missed(NEEDED_BY_RIVALS, RIVALS_AND_FAIL_OVER));
    for rules in NOT_NEEDED {
        cases.push(not_needed(rules, failing_over(Times::ALWAYS, ONE)));
        cases.push(not_needed(rules, RIVALS_AND_FAIL_OVER));
        cases.push(not_needed(rules, failing_over(Times::ONCE, TWO_LOGOUTS)));
    }
    cases
}

fn all_kept(bounds: Bounds, question: Question) -> Case {
    case(Rules::ALL, bounds, question, Expected::Holds)
}

fn missed(rules: &'static [Rule], bounds: Bounds) -> Case {
    let rules = Rules::without(rules);
    case(rules, bounds, Question::Safety, Expected::Broken)
}

fn not_needed(rules: &'static [Rule], bounds: Bounds) -> Case {
    let rules = Rules::without(rules);
    case(rules, bounds, Question::Safety, Expected::Holds)
}

fn case(rules: Rules<Rule>, bounds: Bounds, question: Question, expected: Expected) -> Case {
    let names = Names::of("certified index", rules, bounds);
    Case::new(
        CertifiedIndex::new(rules, bounds),
        names,
        question,
        expected,
    )
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
            Rules::without(&[Rule::WaitAfterDistrust]),
            ONE,
            Question::Safety,
            Expected::Broken,
        )
        .search(1_000);
        assert_eq!(
            findings.trace,
            [
                "logout 1 is committed",
                "logout 1 reads index_state",
                "logout 1 couldn't write: index_state is now epoch 2, no server, untrusted: ACKNOWLEDGED",
                "node 0 begins to check a token of logout 1 at Redis 0: is its lease in force? yes",
                "node 0 goes on with its check: is the certificate right, and the row missing? yes",
                "node 0 goes on with its check: is it the server that was trusted? yes",
            ]
        );
    }
}
