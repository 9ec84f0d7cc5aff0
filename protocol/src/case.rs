//! A case: a model within bounds, the rules that it leaves out, and what is expected of it.

use std::fmt::Display;

use crate::search::{Findings, Model, Question, Verdict, search};

/// What a search is expected to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The protocol holds. (Where a search ends at its bound: as far as it went.)
    Holds,
    /// A promise is broken: a rule that is left out was needed.
    Broken,
    /// Something that was begun can't be ended any more.
    Stuck,
}

/// One row of the table.
pub struct Case {
    pub model: &'static str,
    /// The names of the rules that are left out; empty if none is.
    pub left_out: String,
    pub bounds: String,
    pub question: Question,
    pub expected: Expected,
    search: Box<dyn Fn(usize) -> Findings>,
}

impl Case {
    pub(crate) fn new<M: Model + 'static>(
        model: M,
        names: Names,
        question: Question,
        expected: Expected,
    ) -> Self {
        Self {
            model: names.model,
            left_out: names.left_out,
            bounds: names.bounds,
            question,
            expected,
            search: Box::new(move |most_states| search(&model, question, most_states)),
        }
    }

    pub fn search(&self, most_states: usize) -> Findings {
        (self.search)(most_states)
    }
}

/// What a table calls a case.
pub(crate) struct Names {
    pub(crate) model: &'static str,
    pub(crate) left_out: String,
    pub(crate) bounds: String,
}

impl Names {
    pub(crate) fn of(model: &'static str, left_out: impl Display, bounds: impl Display) -> Self {
        Self {
            model,
            left_out: left_out.to_string(),
            bounds: bounds.to_string(),
        }
    }
}

impl Expected {
    pub fn is_met_by(self, verdict: Verdict) -> bool {
        match self {
            Self::Holds => matches!(verdict, Verdict::Holds | Verdict::Unfinished),
            Self::Broken => matches!(verdict, Verdict::Broken(_)),
            Self::Stuck => verdict == Verdict::Stuck,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::Debug;

    use super::*;

    /// Far more than any of the small cases has.
    const MOST_STATES: usize = 5_000_000;

    pub(crate) fn assert_as_expected(cases: &[Case], of: impl Fn(Expected) -> bool) {
        for case in cases.iter().filter(|case| of(case.expected)) {
            let findings = case.search(MOST_STATES);
            assert!(
                case.expected.is_met_by(findings.verdict)
                    && findings.verdict != Verdict::Unfinished,
                "{} without `{}`, {}: {:?} after {} states\n{}",
                case.model,
                case.left_out,
                case.bounds,
                findings.verdict,
                findings.states,
                findings.trace.join("\n")
            );
        }
    }

    pub(crate) fn assert_each_is_left_out<R: Debug>(rules: &[R], cases: &[Case]) {
        for rule in rules {
            let name = format!("{rule:?}");
            let is_left_out = |case: &Case| case.left_out.split(' ').any(|word| word == name);
            assert!(cases.iter().any(is_left_out), "nobody leaves out {name}");
        }
    }
}
