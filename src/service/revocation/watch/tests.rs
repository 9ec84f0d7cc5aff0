//! What a look means, for each way that a server and the database can disagree.

use super::*;
use crate::model::id::LedgerId;
use crate::model::index_state::Certificate;

const LEASE: Duration = Duration::from_secs(2);

fn server(digit: &str) -> Identity {
    Identity::new(&digit.repeat(40), 0).expect("40 digits")
}

fn state(epoch: i64, identity: Option<Identity>, is_trusted: bool) -> IndexState {
    IndexState {
        ledger: LedgerId::new(),
        epoch: Epoch(epoch),
        identity,
        is_trusted,
    }
}

/// A master that was certified in this epoch under this identity, or never.
fn master(identity: Identity, certified: Option<(i64, Identity)>) -> Probe {
    Probe {
        identity: Some(identity),
        certificate: certified.map(|(epoch, identity)| Certificate {
            epoch: Epoch(epoch),
            identity,
        }),
        is_marked: false,
        policy: Probe::POLICY.to_owned(),
        has_evicted: false,
        clock: time::OffsetDateTime::UNIX_EPOCH,
    }
}

fn judged(state: &IndexState, probe: &Probe) -> Task {
    Watch::default().judge(state, probe, false, LEASE, Duration::from_secs(100))
}

#[test]
fn what_is_trusted_and_certified_is_left_alone() {
    let x = server("a");
    assert_eq!(
        judged(&state(3, Some(x), true), &master(x, Some((3, x)))),
        Task::Nothing(Standing::Trusted)
    );
}

#[test]
fn a_certificate_that_is_gone_or_old_is_made_again_by_one() {
    let x = server("a");
    for certified in [None, Some((2, x))] {
        let mut probe = master(x, certified);
        assert_eq!(judged(&state(3, Some(x), true), &probe), Task::MakeInPlace);
        probe.is_marked = true;
        assert_eq!(
            judged(&state(3, Some(x), true), &probe),
            Task::Nothing(Standing::InTheMaking)
        );
    }
}

#[test]
fn another_server_is_nominated_unless_it_was_replaced_by_the_one_that_is_trusted() {
    let (x, y) = (server("a"), server("b"));
    let trusted = state(3, Some(x), true);
    // A new one, one that came back from its file, and a replica that was promoted.
    for certified in [None, Some((2, x)), Some((3, x))] {
        assert_eq!(
            judged(&trusted, &master(y, certified)),
            Task::Nominate(y),
            "{certified:?}"
        );
    }
    let replaced = master(y, Some((2, y)));
    assert_eq!(
        judged(&trusted, &replaced),
        Task::Nothing(Standing::Superseded)
    );
    // Until nobody is trusted.
    assert_eq!(judged(&state(4, None, false), &replaced), Task::Nominate(y));
}

#[test]
fn who_was_replaced_waits_ever_longer_and_not_for_ever() {
    let (x, y) = (server("a"), server("b"));
    let mut watch = Watch::default();
    let mut taken = Vec::new();
    let mut epoch = 3;
    for second in 100..1000 {
        // The other one takes it back at once.
        let trusted = state(epoch, Some(x), true);
        let replaced = master(y, Some((2, y)));
        let task = watch.judge(
            &trusted,
            &replaced,
            false,
            LEASE,
            Duration::from_secs(second),
        );
        if task == Task::Nominate(y) {
            taken.push(second);
            epoch += 2;
        }
    }
    let waits: Vec<_> = taken.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(taken[0], 130);
    assert_eq!(waits, [61, 121, 241]);
}

#[test]
fn who_was_nominated_has_time_and_then_his_turn_is_over() {
    let (x, y) = (server("a"), server("b"));
    let nominated = state(3, Some(x), false);
    for own in [x, y] {
        let mut watch = Watch::default();
        let mut at = |seconds, is_marked| {
            let probe = Probe {
                is_marked,
                ..master(own, None)
            };
            watch.judge(
                &nominated,
                &probe,
                false,
                LEASE,
                Duration::from_secs(seconds),
            )
        };
        assert_eq!(at(10, false), Task::Nothing(Standing::InTheMaking));
        assert_eq!(at(13, false), Task::Nothing(Standing::InTheMaking));
        assert_eq!(at(60, true), Task::Nothing(Standing::InTheMaking));
        assert_eq!(at(61, false), Task::Nominate(own));
    }
}

#[test]
fn who_gave_up_does_not_wait_for_himself() {
    let x = server("a");
    let mut watch = Watch::default();
    watch.give_up(Epoch(3));
    let mut at = |epoch| {
        let nominated = state(epoch, Some(x), false);
        watch.judge(
            &nominated,
            &master(x, None),
            false,
            LEASE,
            Duration::from_secs(100),
        )
    };
    assert_eq!(at(4), Task::Nothing(Standing::InTheMaking));
    assert_eq!(at(3), Task::Nominate(x));
}

#[test]
fn who_does_not_stay_trusted_is_nominated_ever_more_seldom() {
    let x = server("a");
    let mut watch = Watch::default();
    let mut nominations = 0;
    for tick in 0..600 {
        let now = Duration::from_millis(100_000 + tick * 100);
        let epoch = i64::try_from(tick).expect("few");
        let task = watch.judge(
            &state(epoch, None, false),
            &master(x, None),
            false,
            LEASE,
            now,
        );
        nominations += u32::from(task == Task::Nominate(x));
    }
    // A minute: at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 seconds.
    assert_eq!(nominations, 7);
}

#[test]
fn who_dropped_keys_is_made_again_and_whose_clock_is_ahead_is_not_believed() {
    let x = server("a");
    let trusted = state(3, Some(x), true);
    let mut probe = master(x, Some((3, x)));
    let judged_ahead = |probe: &Probe, is_ahead| {
        Watch::default().judge(&trusted, probe, is_ahead, LEASE, Duration::from_secs(100))
    };
    assert_eq!(judged_ahead(&probe, true), Task::Distrust(Standing::Ahead));
    probe.has_evicted = true;
    assert_eq!(judged_ahead(&probe, false), Task::MakeInPlace);
}

#[test]
fn neither_a_replica_nor_one_that_drops_rows_is_believed() {
    let x = server("a");
    let mut probe = master(x, Some((3, x)));
    probe.policy = "allkeys-lru".to_owned();
    assert_eq!(
        judged(&state(3, Some(x), true), &probe),
        Task::Distrust(Standing::Evicting)
    );
    assert_eq!(
        judged(&state(4, None, false), &probe),
        Task::Nothing(Standing::Evicting)
    );
    probe.identity = None;
    assert_eq!(
        judged(&state(4, None, false), &probe),
        Task::Nothing(Standing::Replica)
    );
}
