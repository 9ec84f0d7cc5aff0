//! Knowing which application asks.

use std::sync::Arc;

use super::Clients;
use crate::crypto::digest::{is_same, sha256};
use crate::model::application::Application;
use crate::model::caller::Origin;
use crate::model::refusal::Stop;
use crate::model::secret::ClientSecret;
use crate::service::registry::Asker;

/// What an application shows of itself.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub client_id: String,
    /// A public application has none (RFC 6749, section 2.1).
    pub secret: Option<ClientSecret>,
}

/// The proof that an application asks: a public one that named itself, or a confidential one that
/// showed its secret. It is made in this file only, and never kept longer than a request.
#[derive(Clone, Debug)]
pub struct Client(Arc<Application>);

/// The proof that a confidential application asks.
#[derive(Clone, Debug)]
pub struct ConfidentialClient(Client);

impl Client {
    pub(super) fn application(&self) -> &Application {
        &self.0
    }

    /// The same proof, if the application showed a secret.
    #[must_use]
    pub fn confidential(self) -> Option<ConfidentialClient> {
        self.0
            .secret_hash
            .is_some()
            .then_some(ConfidentialClient(self))
    }
}

impl ConfidentialClient {
    pub(super) fn application(&self) -> &Application {
        self.0.application()
    }
}

impl Clients {
    /// The application that these credentials are of, if it is enabled. Unknown ones, wrong
    /// secrets and disabled applications are all told alike.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        origin: &Origin,
    ) -> Result<Option<Client>, Stop> {
        let application = self
            .registry
            .learn_client(&credentials.client_id, Asker::Anybody)
            .await?;
        let client = application.filter(|application| fits(credentials, application));
        if client.is_none() {
            self.count_failure(origin).await?;
        }
        Ok(client.map(Client))
    }

    /// What a failure costs the address that it came from.
    #[expect(
        clippy::unused_async,
        reason = "counting where all nodes do takes a while"
    )]
    async fn count_failure(&self, origin: &Origin) -> Result<(), Stop> {
        tracing::info!(
            address = origin.address.map(tracing::field::display),
            "client authentication failed"
        );
        Ok(())
    }
}

fn fits(credentials: &Credentials, application: &Application) -> bool {
    let is_proven = match (&credentials.secret, &application.secret_hash) {
        (None, None) => true,
        (Some(secret), Some(hash)) => is_same(&sha256(secret.expose().as_bytes()), hash),
        (None, Some(_)) | (Some(_), None) => false,
    };
    is_proven && application.enabled
}
