//! A login: counted by address, and by account or known device.

use std::time::Duration;

use uuid::Uuid;

use super::{Admission, DEVICE_LIFETIME, Limits};
use crate::model::caller::Origin;
use crate::model::cookie::CookieChange;
use crate::model::id::UserId;
use crate::model::network::Network;
use crate::model::refusal::Stop;
use crate::model::user::fold;
use crate::store::counters::{Bucket, BucketKind};

/// How long a network is known after a login from it: people change theirs, and somebody else gets
/// the old one.
const NETWORK_KNOWN_FOR: Duration = Duration::from_hours(24 * 30);

/// Who wants to sign in, and with what he can be told from others who want to.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    pub identifier: &'a str,
    /// Whom the identifier stands for, if anybody.
    pub user: Option<UserId>,
    pub origin: &'a Origin,
}

impl Limits {
    /// Whether this attempt's password may be looked at. Nobody's account is treated as anybody's
    /// would be: with the same questions asked, and the same answers.
    pub async fn login(&self, attempt: &Attempt<'_>) -> Result<Admission, Stop> {
        let account = self.account(attempt);
        let bucket = self.recognise(account, attempt).await?;
        // A known device has a bucket of its own: whoever guesses behind the same address doesn't
        // keep its owner out.
        let address = attempt.origin.address;
        let address = address.filter(|_| bucket.kind != BucketKind::Device);
        let admission = self.admit_password(bucket, address).await?;
        if let Admission::TooMany { retry_after } = &admission {
            tracing::info!(
                user = attempt.user.map(tracing::field::display),
                address = attempt.origin.address.map(tracing::field::display),
                retry_after_seconds = retry_after.as_secs(),
                "login refused: too many attempts"
            );
        }
        Ok(admission)
    }

    /// What the browser is to keep after a login: it stays the device that it was.
    #[must_use]
    pub fn device_cookie(&self, user: UserId, origin: &Origin) -> CookieChange {
        let now = self.0.clock.now();
        let devices = &self.0.devices;
        let shown = origin.device.as_ref();
        let known = shown.and_then(|token| devices.recognise(user, token, now));
        CookieChange::SetDevice {
            token: devices.issue(user, known, now),
            lives: DEVICE_LIFETIME,
        }
    }

    /// All ways to write a user's names are that user. Each name that is nobody's is somebody who
    /// does not exist.
    fn account(&self, attempt: &Attempt<'_>) -> UserId {
        attempt.user.unwrap_or_else(|| {
            let name = fold(attempt.identifier);
            UserId(Uuid::from_bytes(self.digest(&[b"nobody", name.as_bytes()])))
        })
    }

    async fn recognise(&self, account: UserId, attempt: &Attempt<'_>) -> Result<Bucket, Stop> {
        let now = self.0.clock.now();
        let user = account.0.as_bytes().as_slice();
        let shown = attempt.origin.device.as_ref();
        let device = shown.and_then(|token| self.0.devices.recognise(account, token, now));
        if let Some(device) = device {
            return Ok(self.bucket(BucketKind::Device, &[user, b"device", &device.0]));
        }
        if let Some(address) = attempt.origin.address {
            let network = Network::of(address);
            let tables = self.0.database.tables();
            let since = now - NETWORK_KNOWN_FOR;
            if tables.has_session_from(account, network, since).await? {
                let name = network.to_string();
                return Ok(self.bucket(BucketKind::Network, &[user, name.as_bytes()]));
            }
        }
        Ok(self.bucket(BucketKind::Account, &[user]))
    }
}
