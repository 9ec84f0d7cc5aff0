//! Scopes: what a token may be used for (RFC 6749, section 3.3).

use std::collections::BTreeSet;
use std::fmt;

/// A set of scopes, in one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<String>);

/// The text is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no scope: write 1 to {MAXIMUM_LENGTH} visible ASCII characters other than \" and \\"
)]
pub struct NoScope(pub String);

/// Longer ones would fill the tokens that carry them.
const MAXIMUM_LENGTH: usize = 100;

/// Scopes of this server's own begin with this; an application of the same words means others.
pub const OWN_PREFIX: &str = "cardea:";

/// May look anybody up.
pub const READ_USERS: &str = "cardea:users:read";

/// May end anybody's session.
pub const REVOKE_SESSIONS: &str = "cardea:sessions:revoke";

impl Scopes {
    /// Takes each as one scope.
    pub fn collect<T: Into<String>>(scopes: impl IntoIterator<Item = T>) -> Result<Self, NoScope> {
        scopes
            .into_iter()
            .map(|scope| check(scope.into()))
            .collect()
    }

    /// As they are stored, and stand in a token: separated by spaces.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Those that are in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }
}

impl FromIterator<String> for Scopes {
    fn from_iter<I: IntoIterator<Item = String>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{scope}")?;
        }
        Ok(())
    }
}

fn check(scope: String) -> Result<String, NoScope> {
    let is_letter = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    let is_scope = (1..=MAXIMUM_LENGTH).contains(&scope.len()) && scope.bytes().all(is_letter);
    if is_scope {
        Ok(scope)
    } else {
        Err(NoScope(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_those_of_rfc_6749() {
        assert!(Scopes::collect(["orders:read", "a/b", "!"]).is_ok());
        for wrong in ["", "two words", "\"", "\\", "é", "tab\t", &"x".repeat(101)] {
            assert_eq!(Scopes::collect([wrong]), Err(NoScope(wrong.to_owned())));
        }
    }

    #[test]
    fn what_is_printed_is_read_again() {
        let scopes = Scopes::collect(["b", "a", "b"]).expect("they are scopes");
        assert_eq!(scopes.to_string(), "a b");
        assert_eq!(Scopes::parse("a b"), scopes);
        assert!(Scopes::parse("").is_empty());
    }
}
