//! Which rules of a protocol are kept: all, or all but those that a case leaves out.

use std::fmt::{self, Debug, Display, Formatter};

/// The rules that are left out; the others are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<R: 'static>(&'static [R]);

impl<R: Copy + PartialEq> Rules<R> {
    pub(crate) const ALL: Self = Self(&[]);

    pub(crate) const fn without(left_out: &'static [R]) -> Self {
        Self(left_out)
    }

    pub(crate) fn keep(self, rule: R) -> bool {
        !self.0.contains(&rule)
    }
}

/// The names of those left out.
impl<R: Debug> Display for Rules<R> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.0.iter().enumerate() {
            let before = if index == 0 { "" } else { " and " };
            write!(out, "{before}{rule:?}")?;
        }
        Ok(())
    }
}

/// Goes on only where a step is possible: `when(..)?`.
pub(crate) fn when(is_possible: bool) -> Option<()> {
    is_possible.then_some(())
}
