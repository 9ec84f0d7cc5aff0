//! `[accounts]`: who may become a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may become a user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Whether anybody may sign up; otherwise only `cardea user create` makes users.
    pub sign_up: bool,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { sign_up: true }
    }
}
