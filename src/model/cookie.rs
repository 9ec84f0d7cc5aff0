//! Cookies, as far as the rules know of them: what is to be set or taken away.

use std::time::Duration;

use super::secret::DeviceToken;
use super::secret::RefreshToken;

/// What an answer does to the browser's cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieChange {
    /// An application's refresh token.
    SetRefresh {
        client_id: String,
        token: RefreshToken,
        lives: Duration,
    },
    /// It is gone.
    ForgetRefresh { client_id: String },
    /// What the device is recognised by; no logout takes it away.
    SetDevice { token: DeviceToken, lives: Duration },
}
