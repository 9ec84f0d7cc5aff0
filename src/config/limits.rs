//! `[limits]`: how often a password may be guessed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often a password may be guessed: so many at once, and one more in each interval. Right ones don't count.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Wrong passwords in a row for one account: from unknown devices together, and from each network that it has logged in from.
    #[schemars(
        range(min = 2, max = 100),
        extend("because" = "a right one is taken for a guess until it was looked at, and NIST SP 800-63B-4 allows no more than 100")
    )]
    pub account_burst: u32,
    /// Seconds until one more is allowed.
    #[schemars(
        range(min = 1, max = 86_400),
        extend("because" = "a day is as good as for ever, and people come back")
    )]
    pub account_interval_seconds: u64,
    /// Wrong passwords in a row for one account from one browser that has logged in to it, and shows its cookie.
    #[schemars(
        range(min = 2, max = 100),
        extend("because" = "a right one is taken for a guess until it was looked at, and NIST SP 800-63B-4 allows no more than 100")
    )]
    pub device_burst: u32,
    /// Seconds until one more is allowed.
    #[schemars(
        range(min = 1, max = 86_400),
        extend("because" = "a day is as good as for ever, and people come back")
    )]
    pub device_interval_seconds: u64,
    /// Wrong passwords, and again wrong client secrets, in a row from one address (of IPv6, from one /64).
    #[schemars(
        range(min = 2, max = 1_000_000),
        extend("because" = "a company may be behind one address, and no more than that is a limit")
    )]
    pub address_burst: u32,
    /// Milliseconds until one more is allowed.
    #[schemars(
        range(min = 1, max = 3_600_000),
        extend("because" = "others are behind that address, too")
    )]
    pub address_interval_milliseconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            account_burst: 10,
            account_interval_seconds: 900,
            device_burst: 20,
            device_interval_seconds: 900,
            address_burst: 200,
            address_interval_milliseconds: 1000,
        }
    }
}
