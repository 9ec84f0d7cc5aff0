//! The search, on something small enough to be searched by hand.

use super::*;
use crate::rules::when;

/// A walk along numbers, one or two at a time. From some nobody gets on.
struct Walk {
    pit: Option<u8>,
    last: u8,
    broken_at: Option<u8>,
}

const WALK: Walk = Walk {
    pit: None,
    last: 9,
    broken_at: None,
};

impl Model for Walk {
    /// A number, and a colour that says nothing.
    type State = (u8, u8);
    type Action = u8;

    fn start(&self) -> (u8, u8) {
        (0, 7)
    }

    fn actions(&self) -> Vec<u8> {
        vec![1, 2]
    }

    fn step(&self, &(at, colour): &(u8, u8), by: u8) -> Option<(u8, u8)> {
        when(self.pit != Some(at) && at + by <= self.last)?;
        Some((at + by, colour ^ by))
    }

    fn canonical(&self, (at, _): (u8, u8)) -> (u8, u8) {
        (at, 0)
    }

    fn broken(&self, &(at, _): &(u8, u8)) -> Option<&'static str> {
        (self.broken_at == Some(at)).then_some("it broke")
    }

    fn is_settled(&self, &(at, _): &(u8, u8)) -> bool {
        at == self.last
    }

    /// Two at a time is an accident.
    fn is_fault(&self, by: u8) -> bool {
        by == 2
    }

    fn tell(&self, &(from, _): &(u8, u8), by: u8, &(to, _): &(u8, u8)) -> String {
        format!("{from} + {by} = {to}")
    }
}

#[test]
fn all_states_are_seen_once() {
    let findings = search(&WALK, Question::SafetyAndSettling, 100);
    assert_eq!(findings.verdict, Verdict::Holds);
    assert_eq!(findings.states, 10);
}

#[test]
fn a_trace_is_a_shortest_one() {
    let walk = Walk {
        broken_at: Some(5),
        ..WALK
    };
    let findings = search(&walk, Question::Safety, 100);
    assert_eq!(findings.verdict, Verdict::Broken("it broke"));
    assert_eq!(findings.trace, ["0 + 1 = 1", "1 + 2 = 3", "3 + 2 = 5"]);
}

#[test]
fn where_only_an_accident_helps_nobody_is_settled() {
    let walk = Walk {
        pit: Some(3),
        ..WALK
    };
    let findings = search(&walk, Question::SafetyAndSettling, 100);
    assert_eq!(findings.verdict, Verdict::Stuck);
    assert_eq!(findings.trace, [""; 0]);
    let findings = search(&walk, Question::Safety, 100);
    assert_eq!(findings.verdict, Verdict::Holds);
}

#[test]
fn a_search_ends_at_its_bound() {
    let findings = search(&WALK, Question::SafetyAndSettling, 4);
    assert_eq!(findings.verdict, Verdict::Unfinished);
}

#[test]
fn many_states_are_told_apart() {
    let mut seen = Seen::default();
    let all = || (0..=u8::MAX).flat_map(|x| (0..=u8::MAX).map(move |y| (x, y)));
    for (number, state) in (0..).zip(all()) {
        assert_eq!(seen.insert(state), Some(number));
    }
    for (number, state) in (0..).zip(all()) {
        assert_eq!(seen.insert(state), None);
        assert_eq!(seen.find(&state), Some(number));
        assert_eq!(seen.get(number), Some(state));
    }
    assert_eq!(seen.find(&(0u8, 0u8)), Some(0));
}
