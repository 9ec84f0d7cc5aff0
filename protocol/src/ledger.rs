//! The ledger as both models see it: a few rows, each with its position.

/// As many as the largest case has.
pub(crate) const MOST_LOGOUTS: usize = 2;

/// A number of ticks, the unit of time.
pub(crate) type Ticks = u8;

/// A position of the ledger; 0 is before the first.
pub(crate) type Position = u8;

/// The logout of index `n` has position `n + 1`: logouts are all alike, and may as well take their
/// positions in the order of their names.
pub(crate) const fn position_of(logout: usize) -> Position {
    [1, 2][logout]
}

/// A set of rows, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Rows(u8);

impl Rows {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(logout: usize) -> Self {
        Self(1 << logout)
    }

    pub(crate) const fn has(self, logout: usize) -> bool {
        self.0 & Self::of(logout).0 != 0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The first of them alone; `None` if there is none.
    pub(crate) fn first(self) -> Option<Self> {
        (0..MOST_LOGOUTS)
            .find(|&logout| self.has(logout))
            .map(Self::of)
    }

    pub(crate) fn are_within(self, others: Self) -> bool {
        self.without(others) == Self::NONE
    }

    /// The greatest position among them; 0 if there is none.
    pub(crate) fn greatest(self) -> Position {
        let has = |&logout: &usize| self.has(logout);
        let last = (0..MOST_LOGOUTS).rev().find(has);
        last.map_or(0, position_of)
    }
}

impl FromIterator<usize> for Rows {
    fn from_iter<I: IntoIterator<Item = usize>>(logouts: I) -> Self {
        let rows = logouts.into_iter().map(Self::of);
        rows.fold(Self::NONE, Self::and)
    }
}

pub(crate) fn count_down(left: &mut Ticks) {
    *left = left.saturating_sub(1);
}
