//! How often something may still happen.

use std::fmt::{self, Display, Formatter};

/// A number, or no bound at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Times(u8);

impl Times {
    pub(crate) const NEVER: Self = Self(0);
    pub(crate) const ONCE: Self = Self(1);
    pub(crate) const TWICE: Self = Self(2);
    pub(crate) const ALWAYS: Self = Self(u8::MAX);

    /// One time less, unless there is none left.
    pub(crate) fn take(&mut self) -> Option<()> {
        if *self != Self::ALWAYS {
            self.0 = self.0.checked_sub(1)?;
        }
        Some(())
    }
}

impl Display for Times {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if *self == Self::ALWAYS {
            write!(out, "any")
        } else {
            write!(out, "{}", self.0)
        }
    }
}
