//! Access: which scopes users hold at applications, and who may change that.

use crate::model::application::Application;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::id::{ApplicationId, UserId};
use crate::model::refusal::Stop;
use crate::model::scope::Scopes;
use crate::service::revocation::{Confirmation, Revocations};
use crate::store::database::{Database, Tables};

/// How many grants are looked at, and changed, at once: logouts wait for so long.
const BATCH: u64 = 100;

/// Every use case of a grant.
#[derive(Clone)]
pub struct Access {
    database: Database,
    revocations: Revocations,
}

/// Why a grant was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    #[error("there is no such user any more")]
    NoSuchUser,
    /// The application has no such scopes.
    #[error("application `{client_id}` has no scope `{unknown}`; {}", told(.known))]
    NoSuchScopes {
        client_id: String,
        unknown: Scopes,
        known: Scopes,
    },
}

/// What became of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub before: Scopes,
    pub after: Scopes,
}

impl Access {
    #[must_use]
    pub const fn new(database: Database, revocations: Revocations) -> Self {
        Self {
            database,
            revocations,
        }
    }

    /// What a user was granted, application by application, in the order of their client ids.
    pub async fn show(&self, user: UserId) -> Result<Vec<(Application, Scopes)>, Stop> {
        let tables = self.database.tables();
        let grants = tables.grants_of_user(user).await?;
        let applications = tables.applications().await?;
        let shown = applications.into_iter().filter_map(|application| {
            let (_, grant) = grants.iter().find(|(id, _)| *id == application.id)?;
            (!grant.scopes.is_empty()).then(|| (application, grant.scopes.clone()))
        });
        Ok(shown.collect())
    }

    /// Grants scopes that the application has. The user's live tokens there are stale: a refresh
    /// brings the new scopes.
    pub async fn add(
        &self,
        user: UserId,
        application: &Application,
        scopes: &Scopes,
    ) -> Result<Result<Changed, GrantFault>, Stop> {
        let unknown = scopes.difference(&application.scopes);
        if !unknown.is_empty() {
            return Ok(Err(no_such_scopes(application, unknown)));
        }
        self.change(user, application.id, |held| held.union(scopes))
            .await
    }

    /// Takes scopes away, those that the user doesn't hold included. The user's live tokens there
    /// are stale: a refresh brings what is left.
    pub async fn remove(
        &self,
        user: UserId,
        application: &Application,
        scopes: &Scopes,
    ) -> Result<Result<Changed, GrantFault>, Stop> {
        let held = self.database.tables().grant(user, application.id).await?;
        // Of what the application had once, some may be left.
        let known = application.scopes.union(&held.scopes);
        let unknown = scopes.difference(&known);
        if !unknown.is_empty() {
            return Ok(Err(no_such_scopes(application, unknown)));
        }
        self.change(user, application.id, |held| held.difference(scopes))
            .await
    }

    async fn change(
        &self,
        user: UserId,
        application: ApplicationId,
        change: impl Fn(&Scopes) -> Scopes,
    ) -> Result<Result<Changed, GrantFault>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let tables = revoking.tables();
        let Some(changed) = rewrite(&tables, user, application, change).await? else {
            return Ok(Err(GrantFault::NoSuchUser));
        };
        // Even if nothing changed: whoever changed it may have died before the index was told.
        revoking.make_stale(user, application).await?;
        revoking.commit().await?;
        Ok(Ok(changed))
    }

    /// Takes from all users what the application is to have no more; says from how many. To be
    /// called before the application loses it: begun again after an end half-way, it goes on.
    pub async fn withdraw(
        &self,
        application: &Application,
    ) -> Result<(u64, Confirmation), Stop> {
        let mut withdrawn = 0;
        let mut confirmation = Confirmation::Everywhere;
        let mut after = None;
        loop {
            let tables = self.database.tables();
            let grants = tables.grants_at(application.id, after, BATCH).await?;
            let Some((user, _)) = grants.last() else {
                return Ok((withdrawn, confirmation));
            };
            after = Some(*user);
            let concerned = grants.into_iter().filter(|(_, grant)| {
                let gone = grant.scopes.difference(&application.scopes);
                !gone.is_empty()
            });
            let users: Vec<_> = concerned.map(|(user, _)| user).collect();
            if !users.is_empty() {
                let (some, confirmed) = self.withdraw_from(users, application).await?;
                withdrawn += some;
                confirmation = confirmation.and(confirmed);
            }
        }
    }

    async fn withdraw_from(
        &self,
        users: Vec<UserId>,
        application: &Application,
    ) -> Result<(u64, Confirmation), Stop> {
        let keep = |held: &Scopes| held.intersection(&application.scopes);
        let mut revoking = self.revocations.begin().await?;
        let mut concerned = Vec::with_capacity(users.len());
        // All rows before the counter, in the order of their ids, lest two wait for each other.
        for user in users {
            let tables = revoking.tables();
            let changed = rewrite(&tables, user, application.id, keep).await?;
            if changed.is_some_and(|changed| changed.before != changed.after) {
                concerned.push(user);
            }
        }
        for user in &concerned {
            revoking.make_stale(*user, application.id).await?;
        }
        let confirmation = revoking.commit_and_go_on().await?;
        Ok((concerned.len() as u64, confirmation))
    }
}

/// `None`: there is no such user any more. Rows are taken in the order in which everybody does:
/// the user's, the grant's, and last the counter's.
async fn rewrite(
    tables: &Tables<'_>,
    user: UserId,
    application: ApplicationId,
    change: impl Fn(&Scopes) -> Scopes,
) -> Result<Option<Changed>, Stop> {
    if !tables.hold_user(user).await? {
        return Ok(None);
    }
    tables.hold_grant(user, application).await?;
    let before = tables.grant(user, application).await?.scopes;
    let after = change(&before);
    if after != before {
        tables.set_grant_scopes(user, application, &after).await?;
        let event = AuditEvent {
            subject: Some(user),
            application: Some(application),
            detail: Some(format!("from \"{before}\" to \"{after}\"")),
            ..AuditEvent::new(AuditAction::GrantChanged, Actor::operator())
        };
        tables.record(event).await?;
        tracing::info!(%user, %application, %before, %after, "grant changed");
    }
    Ok(Some(Changed { before, after }))
}

fn no_such_scopes(application: &Application, unknown: Scopes) -> GrantFault {
    GrantFault::NoSuchScopes {
        client_id: application.client_id.clone(),
        unknown,
        known: application.scopes.clone(),
    }
}

fn told(known: &Scopes) -> String {
    if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has: {known}")
    }
}
