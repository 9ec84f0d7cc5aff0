//! Whether everybody who answers checks knows what was committed.

use crate::model::refusal::Refusal;

/// What became of something that the ledger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is not confirmed must not be acknowledged"]
pub enum Confirmation {
    /// It is in force everywhere.
    Everywhere,
    /// A store did not answer: some process may not know of it yet.
    Pending,
}

impl Confirmation {
    /// That of both together.
    pub const fn and(self, other: Self) -> Self {
        match self {
            Self::Everywhere => other,
            Self::Pending => Self::Pending,
        }
    }

    /// For whoever has nothing more to do but to answer.
    pub const fn acknowledge(self) -> Result<(), Refusal> {
        match self {
            Self::Everywhere => Ok(()),
            Self::Pending => Err(Refusal::Unconfirmed),
        }
    }
}
