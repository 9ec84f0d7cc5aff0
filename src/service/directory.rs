//! Looking people up: what `me` shows of a profile.

mod profiles;

use std::sync::Arc;

use self::profiles::Profiles;
use crate::model::caller::CurrentSession;
use crate::model::id::UserId;
use crate::model::refusal::{Stop, Unauthenticated};
use crate::model::session::EndReason;
use crate::model::user::User;
use crate::store::database::Database;

/// Users, as others may see them.
#[derive(Clone)]
pub struct Directory {
    database: Database,
    profiles: Arc<Profiles>,
}

impl Directory {
    #[must_use]
    pub fn new(database: Database) -> Self {
        let profiles = Arc::new(Profiles::new(database.clone()));
        Self { database, profiles }
    }

    /// The caller's own profile.
    pub async fn me(&self, caller: &CurrentSession) -> Result<Arc<User>, Stop> {
        let user = self.profile(caller.user()).await?;
        // Deleted since the proof was made: as dead as the ledger will say.
        user.ok_or_else(|| Unauthenticated::Ended(EndReason::Revoked).into())
    }

    /// A profile as it was a moment ago: for whoever shows it, and decides nothing by it.
    pub async fn profile(&self, id: UserId) -> Result<Option<Arc<User>>, Stop> {
        self.profiles.get(id).await
    }

    /// Anybody's profile.
    pub async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, Stop> {
        Ok(self.database.tables().user(id).await?.map(Arc::new))
    }

    /// The profile of who signs in with this e-mail address.
    pub async fn user_with_email(&self, email: &str) -> Result<Option<Arc<User>>, Stop> {
        if !email.contains('@') {
            return Ok(None);
        }
        let credential = self.database.tables().credential(email).await?;
        Ok(credential.map(|credential| Arc::new(credential.user)))
    }
}
