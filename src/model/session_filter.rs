//! Which of a user's sessions are wanted.

use super::id::ApplicationId;

/// All of them, unless something is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    pub standing: Option<Standing>,
    pub application: Option<ApplicationId>,
}

/// Whether a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Active,
    /// Those that ran out as well.
    Ended,
}
