//! Limits on guesses: who may try a password now, and who has to wait.
//!
//! An attempt is counted *before* the password is looked at, so that guesses that are made at the
//! same time count, and given back when it was right.

mod counting;
mod devices;
mod login;
mod tickets;
mod turns;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use self::login::Attempt;
pub use self::tickets::{Admission, Ticket};

use self::counting::Counting;
use self::devices::{DEVICE_LIFETIME, Devices};
use self::turns::Turns;
use crate::clock::Clock;
use crate::config;
use crate::crypto::mac::MacKey;
use crate::crypto::sealed::MasterKey;
use crate::model::id::{SessionId, UserId};
use crate::model::network::Network;
use crate::model::refusal::Refusal;
use crate::store::counters::{Allowance, Bucket, BucketKind, Counters};
use crate::store::database::Database;

/// Every limit of this installation.
#[derive(Clone)]
pub struct Limits(Arc<Parts>);

struct Parts {
    database: Database,
    clock: Clock,
    counting: Counting,
    turns: Turns,
    devices: Devices,
    /// Makes the names of buckets: nobody learns from them who was asked for.
    names: MacKey,
    account: Allowance,
    device: Allowance,
    address: Allowance,
}

impl Limits {
    /// With counters that all nodes share, if there are any.
    #[must_use]
    pub fn new(
        settings: &config::Limits,
        database: Database,
        shared: Option<Arc<dyn Counters>>,
        master: &MasterKey,
        clock: Clock,
    ) -> Self {
        let account = Allowance {
            burst: settings.account_burst,
            interval: Duration::from_secs(settings.account_interval_seconds),
        };
        let device = Allowance {
            burst: settings.device_burst,
            interval: Duration::from_secs(settings.device_interval_seconds),
        };
        let address = Allowance {
            burst: settings.address_burst,
            interval: Duration::from_millis(settings.address_interval_milliseconds),
        };
        Self(Arc::new(Parts {
            database,
            counting: Counting::new(shared, clock.clone()),
            clock,
            turns: Turns::new(account.burst.min(device.burst)),
            devices: Devices::new(&master.derive("devices")),
            names: MacKey::new(&master.derive("limits")),
            account,
            device,
            address,
        }))
    }

    /// For the current password before a change of it: a session is a known device, and has a
    /// bucket of its own.
    pub async fn change_of_password(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Admission, Refusal> {
        let whose: [&[u8]; 3] = [user.0.as_bytes(), b"session", session.0.as_bytes()];
        let bucket = self.bucket(BucketKind::Device, &whose);
        self.admit_password(bucket, None).await
    }

    /// For a client's secret.
    pub async fn client_authentication(&self, address: IpAddr) -> Admission {
        let bucket = self.address_bucket(BucketKind::Client, address);
        self.admit(vec![bucket], None).await
    }

    /// Waits for a turn first: of those who know the password, however many at once, only a few
    /// are then counted as guesses.
    async fn admit_password(
        &self,
        account: Bucket,
        address: Option<IpAddr>,
    ) -> Result<Admission, Refusal> {
        let turn = self.0.turns.take(account.digest).await?;
        let address = address.map(|address| self.address_bucket(BucketKind::Address, address));
        let buckets = [Some(account), address].into_iter().flatten().collect();
        Ok(self.admit(buckets, Some(turn)).await)
    }

    fn address_bucket(&self, kind: BucketKind, address: IpAddr) -> Bucket {
        let network = Network::of(address).to_string();
        self.bucket(kind, &[network.as_bytes()])
    }

    fn bucket(&self, kind: BucketKind, whose: &[&[u8]]) -> Bucket {
        Bucket {
            kind,
            digest: self.digest(whose),
            allowance: match kind {
                // A network that an account is known at must not be told by its size: whoever
                // shares it would learn that there is such an account.
                BucketKind::Account | BucketKind::Network => self.0.account,
                BucketKind::Device => self.0.device,
                BucketKind::Address | BucketKind::Client => self.0.address,
            },
        }
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 16] {
        let tag = self.0.names.tag(parts);
        *tag.first_chunk().expect("a tag has 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn limits(settings: config::Limits) -> Limits {
        let clock = Clock::default();
        let stored = config::Database::default();
        let database = Database::connect("sqlite::memory:", &stored, clock.clone()).await;
        let database = database.expect("it is in memory");
        let master = MasterKey::new(&[1; 32]);
        Limits::new(&settings, database, None, &master, clock)
    }

    fn ticket(admission: Admission) -> Option<Ticket> {
        match admission {
            Admission::Admitted(ticket) => Some(ticket),
            Admission::TooMany { .. } => None,
        }
    }

    #[tokio::test]
    async fn wrong_client_secrets_are_counted_by_address_and_right_ones_are_not() {
        let settings = config::Limits {
            address_burst: 2,
            ..config::Limits::default()
        };
        let limits = limits(settings).await;
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().expect("one"));
        for _ in 0..5 {
            let right = ticket(limits.client_authentication(here).await);
            right.expect("nothing was counted").give_back().await;
        }
        for _ in 0..2 {
            assert!(ticket(limits.client_authentication(here).await).is_some());
        }
        assert!(ticket(limits.client_authentication(here).await).is_none());
        assert!(ticket(limits.client_authentication(there).await).is_some());
        // What clients do is no affair of the people behind the same address.
        let (user, session) = (UserId::new(), SessionId::new());
        let admission = limits.change_of_password(user, session).await;
        assert!(ticket(admission.expect("a turn")).is_some());
        let bucket = limits.address_bucket(BucketKind::Address, here);
        assert!(ticket(limits.admit(vec![bucket], None).await).is_some());
    }
}
