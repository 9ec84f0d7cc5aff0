//! Access tokens: how long they may live.

use std::time::Duration;

/// No access token lives longer, whatever is configured (RFC 9700, section 2.2.1). Cut-offs stay
/// in the ledger at least this long, so a lifetime that was lowered since never lets one slip.
pub const MAXIMUM_LIFETIME: Duration = Duration::from_hours(1);

/// How long after its `exp` a token may still be taken, at most (`tokens.leeway_seconds`).
pub const MAXIMUM_LEEWAY: Duration = Duration::from_secs(5);

/// How far two clocks of one installation may be apart.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// How much longer than the last token that it concerns a revocation is kept.
pub const RETENTION_MARGIN: Duration =
    Duration::from_secs(MAXIMUM_LEEWAY.as_secs() + CLOCK_TOLERANCE.as_secs());
