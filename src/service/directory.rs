//! Looking people up: what `me` shows of a profile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::model::caller::CurrentSession;
use crate::model::id::UserId;
use crate::model::refusal::{Stop, Unauthenticated};
use crate::model::session::EndReason;
use crate::model::user::User;
use crate::store::database::Database;

/// How long a profile may be shown after another node changed it. What the guard decides is never
/// remembered; this is only what is displayed.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);

/// How many profiles a node remembers.
const REMEMBERED: usize = 50_000;

/// Users, as others may see them.
#[derive(Clone)]
pub struct Directory {
    database: Database,
    profiles: Arc<Cache<UserId, Profile>>,
}

#[derive(Clone)]
struct Profile {
    user: Arc<User>,
    read_at: Instant,
}

impl Directory {
    #[must_use]
    pub fn new(database: Database) -> Self {
        let profiles = Arc::new(Cache::new(REMEMBERED));
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
        if let Some(profile) = self.profiles.get(&id) {
            if profile.read_at.elapsed() < REMEMBERED_FOR {
                return Ok(Some(profile.user));
            }
            self.profiles.remove(&id);
        }
        let read_at = Instant::now();
        let Some(user) = self.database.tables().user(id).await? else {
            return Ok(None);
        };
        let user = Arc::new(user);
        let profile = Profile {
            user: Arc::clone(&user),
            read_at,
        };
        self.profiles.insert(user.id, profile);
        Ok(Some(user))
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
