//! What the server does: one file is one thing. A part calls only those above it.

pub mod access;
pub mod accounts;
pub mod applications;
pub mod clients;
pub mod credentials;
pub mod directory;
pub mod keys;
pub mod limits;
pub mod registry;
pub mod revocation;
pub mod sessions;
pub mod tokens;

use self::access::Access;
use self::accounts::Accounts;
use self::applications::Applications;
use self::clients::Clients;
use self::directory::Directory;
use self::keys::Keys;
use self::limits::Limits;
use self::registry::Registry;
use self::revocation::Revocations;
use self::sessions::Sessions;
use crate::config::Config;
use crate::model::refusal::Stop;
use crate::store::database::Database;

/// Everything that the layers above may ask for.
pub struct Services {
    pub settings: Config,
    pub(crate) database: Database,
    pub limits: Limits,
    pub keys: Keys,
    pub registry: Registry,
    pub revocations: Revocations,
    pub sessions: Sessions,
    pub accounts: Accounts,
    pub access: Access,
    pub applications: Applications,
    pub directory: Directory,
    pub clients: Clients,
}

impl Services {
    /// Whether the stores answer, and the index can be trusted.
    pub async fn ready(&self) -> Result<(), Stop> {
        self.database.ping().await?;
        self.revocations.ready()
    }

    /// Closes the stores.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
