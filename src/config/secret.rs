//! How a secret is written: not at all.

use secrecy::SecretString;
use serde::{Serialize, Serializer};

/// What stands in the place of a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// Writes that there is a secret, or that there is none.
#[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
pub(super) fn redacted<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| REDACTED).serialize(serializer)
}

/// Writes how many secrets there are.
pub(super) fn all_redacted<S: Serializer>(
    secrets: &[SecretString],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(|_| REDACTED))
}
