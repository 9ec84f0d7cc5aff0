//! Knowing which application asks.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use time::OffsetDateTime;

use super::Clients;
use crate::crypto::digest::{is_same, sha256};
use crate::model::application::Application;
use crate::model::caller::Origin;
use crate::model::id::ApplicationId;
use crate::model::network::Network;
use crate::model::refusal::{Refusal, Stop};
use crate::model::secret::ClientSecret;
use crate::service::limits::{Admission, Ticket};
use crate::service::registry::Asker;
use crate::service::revocation::Turns;

/// How long a network is known after an application has last shown its secret from there.
const KNOWN_FOR: Duration = Duration::from_hours(1);

/// It is noted again no more often than this: whoever asks all the time should cost no write.
const NOTED_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// How many of them a node remembers.
const KNOWN: usize = 10_000;

/// Of those that show a right secret from a network that isn't known yet, so many at once are
/// counted as guesses until that is over; the others wait, and find it known.
const NEW_AT_ONCE: usize = 1;
const NEW_MAY_WAIT: usize = 512;

/// What an application shows of itself.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub client_id: String,
    /// A public application has none (RFC 6749, section 2.1).
    pub secret: Option<ClientSecret>,
}

/// The proof that an application asks: a public one that named itself, or a confidential one that
/// showed its secret, and may be disabled. It is made in this file only, and never kept longer
/// than a request.
#[derive(Clone, Debug)]
pub struct Client(Arc<Application>);

/// The proof that a confidential application asks.
#[derive(Clone, Debug)]
pub struct ConfidentialClient(Client);

/// Where applications have shown their secrets from.
pub(super) struct Places {
    /// With the time of the last secret.
    known: Cache<(Network, ApplicationId), OffsetDateTime>,
    new: Turns,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            known: Cache::new(KNOWN),
            new: Turns::new(NEW_AT_ONCE, NEW_MAY_WAIT),
        }
    }
}

impl Client {
    pub(super) fn application(&self) -> &Application {
        &self.0
    }

    /// The same proof, if the application is enabled.
    #[must_use]
    pub fn enabled(self) -> Option<Self> {
        self.0.enabled.then_some(self)
    }

    /// The same proof, if the application showed a secret.
    #[must_use]
    pub fn confidential(self) -> Option<ConfidentialClient> {
        let is_confidential = self.0.secret_hash.is_some();
        is_confidential.then_some(ConfidentialClient(self))
    }
}

impl ConfidentialClient {
    pub(super) fn application(&self) -> &Application {
        self.0.application()
    }

    /// Whose proof it is.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.application().client_id
    }

    /// The application itself, for what outlasts the request: it is to be looked at again.
    pub(in crate::service) fn shared(&self) -> Arc<Application> {
        Arc::clone(&self.0.0)
    }
}

impl Clients {
    /// The application that these credentials are of. Unknown ones, wrong secrets and disabled
    /// applications that have none are all told alike.
    ///
    /// A guess is counted, and beyond the limit of its address refused, right or wrong. Where the
    /// application is known, a right secret is no guess: nobody locks out a sub-system by guessing
    /// from behind the same address, and however much it asks, it asks no counter.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        origin: &Origin,
    ) -> Result<Option<Client>, Stop> {
        let application = self
            .registry
            .learn_client(&credentials.client_id, Asker::Anybody)
            .await?;
        let application = application.filter(|application| fits(credentials, application));
        let Some(application) = application else {
            if let Some(address) = origin.address {
                // It was a guess: its ticket is not given back.
                drop(self.ticket(address).await?);
                tracing::info!(%address, "client authentication failed");
            }
            return Ok(None);
        };
        // Whoever has nothing to show has nothing to guess.
        if let (Some(address), Some(_)) = (origin.address, &credentials.secret) {
            self.meet(application.id, address).await?;
        }
        Ok(Some(Client(application)))
    }

    /// Notes that an application which showed its secret is still there: who listens for hours shows it
    /// once, and is to be known when it comes back.
    pub fn note_still_there(&self, client: &ConfidentialClient, origin: &Origin) {
        if let Some(address) = origin.address {
            self.is_met_again((Network::of(address), client.application().id));
        }
    }

    /// Remembers where an application that showed its secret is.
    async fn meet(&self, application: ApplicationId, address: IpAddr) -> Result<(), Stop> {
        let place = (Network::of(address), application);
        if self.is_met_again(place) {
            return Ok(());
        }
        let _turn = self.places.new.take().await?;
        if self.is_met_again(place) {
            return Ok(());
        }
        self.ticket(address).await?.give_back().await;
        self.places.known.insert(place, self.clock.now());
        Ok(())
    }

    /// Whether the place is known; if so, it is from now on.
    fn is_met_again(&self, place: (Network, ApplicationId)) -> bool {
        let now = self.clock.now();
        let met = self.places.known.get(&place);
        // A clock that was set back makes nobody known for longer.
        let Some(age) = met.map(|met| (now - met).unsigned_abs()) else {
            return false;
        };
        let is_known = age < KNOWN_FOR;
        if is_known && age >= NOTED_AGAIN_AFTER {
            self.places.known.insert(place, now);
        }
        is_known
    }

    async fn ticket(&self, address: IpAddr) -> Result<Ticket, Refusal> {
        match self.limits.client_authentication(address).await {
            Admission::Admitted(ticket) => Ok(ticket),
            Admission::TooMany { retry_after } => Err(Refusal::RateLimited { retry_after }),
        }
    }
}

fn fits(credentials: &Credentials, application: &Application) -> bool {
    match (&credentials.secret, &application.secret_hash) {
        (None, None) => application.enabled,
        (Some(secret), Some(hash)) => is_same(&sha256(secret.expose().as_bytes()), hash),
        (None, Some(_)) | (Some(_), None) => false,
    }
}
