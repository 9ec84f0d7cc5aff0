//! Access: which scopes users hold at applications, and who may change that.

use crate::model::application::Application;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::id::{ApplicationId, UserId};
use crate::model::refusal::Stop;
use crate::model::scope::Scopes;
use crate::service::revocation::{Confirmation, Revocations, stale};
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
    #[error("there is no such application")]
    NoSuchApplication,
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
        application: ApplicationId,
        scopes: &Scopes,
    ) -> Result<Result<Changed, GrantFault>, Stop> {
        let change = |application: &Application, held: &Scopes| {
            let unknown = scopes.difference(&application.scopes);
            judge(application, unknown).map(|()| held.union(scopes))
        };
        self.change(user, application, change).await
    }

    /// Takes scopes away, those that the user doesn't hold included. The user's live tokens there
    /// are stale: a refresh brings what is left.
    pub async fn remove(
        &self,
        user: UserId,
        application: ApplicationId,
        scopes: &Scopes,
    ) -> Result<Result<Changed, GrantFault>, Stop> {
        let change = |application: &Application, held: &Scopes| {
            // Of what the application had once, some may be left.
            let unknown = scopes.difference(&application.scopes.union(held));
            judge(application, unknown).map(|()| held.difference(scopes))
        };
        self.change(user, application, change).await
    }

    async fn change(
        &self,
        user: UserId,
        application: ApplicationId,
        change: impl Fn(&Application, &Scopes) -> Result<Scopes, GrantFault>,
    ) -> Result<Result<Changed, GrantFault>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let tables = revoking.tables();
        let Some(before) = hold(&tables, user, application).await? else {
            return Ok(Err(GrantFault::NoSuchUser));
        };
        // Whoever changes an application holds the ledger, too: it loses no scope between this look
        // at it and the commit.
        tables.hold_ledger().await?;
        let Some(application) = tables.application(application).await? else {
            return Ok(Err(GrantFault::NoSuchApplication));
        };
        let after = match change(&application, &before) {
            Ok(after) => after,
            Err(fault) => return Ok(Err(fault)),
        };
        let changed = Changed { before, after };
        if write(&tables, (user, application.id), &changed).await? {
            revoking.make_stale(user, application.id).await?;
            revoking.commit().await?;
        } else {
            drop(revoking);
            // Whoever changed it may have died before the index was told. What is good stays good.
            let mark = stale(user, application.id);
            self.revocations.put_in_force_again(&[mark]).await?;
        }
        Ok(Ok(changed))
    }

    /// Takes from all users whatever is not to be kept at an application; says from how many. Begun
    /// again after an end half-way, it goes on.
    pub async fn withdraw(
        &self,
        application: ApplicationId,
        keep: &Scopes,
    ) -> Result<(u64, Confirmation), Stop> {
        let mut withdrawn = 0;
        let mut confirmation = Confirmation::Everywhere;
        let mut after = None;
        loop {
            let tables = self.database.tables();
            let grants = tables.grants_at(application, after, BATCH).await?;
            let Some((user, _)) = grants.last() else {
                return Ok((withdrawn, confirmation));
            };
            after = Some(*user);
            let concerned = grants.into_iter().filter(|(_, grant)| {
                let gone = grant.scopes.difference(keep);
                !gone.is_empty()
            });
            let users: Vec<_> = concerned.map(|(user, _)| user).collect();
            if !users.is_empty() {
                let (some, confirmed) = self.withdraw_from(users, application, keep).await?;
                withdrawn += some;
                confirmation = confirmation.and(confirmed);
            }
        }
    }

    async fn withdraw_from(
        &self,
        users: Vec<UserId>,
        application: ApplicationId,
        keep: &Scopes,
    ) -> Result<(u64, Confirmation), Stop> {
        let mut revoking = self.revocations.begin().await?;
        let mut concerned = Vec::with_capacity(users.len());
        // All rows before the counter, in the order of their ids, lest two wait for each other.
        for user in users {
            let tables = revoking.tables();
            let Some(before) = hold(&tables, user, application).await? else {
                continue;
            };
            let after = before.intersection(keep);
            let changed = Changed { before, after };
            if write(&tables, (user, application), &changed).await? {
                concerned.push(user);
            }
        }
        for user in &concerned {
            revoking.make_stale(*user, application).await?;
        }
        let confirmation = revoking.commit_and_go_on().await?;
        Ok((concerned.len() as u64, confirmation))
    }
}

/// What the user holds, and nobody changes for the rest of the transaction. `None`: there is no such
/// user any more. Rows are taken in the order in which everybody does: the user's, the grant's, and
/// last the counter's.
async fn hold(
    tables: &Tables<'_>,
    user: UserId,
    application: ApplicationId,
) -> Result<Option<Scopes>, Stop> {
    if !tables.hold_user(user).await? {
        return Ok(None);
    }
    tables.hold_grant(user, application).await?;
    Ok(Some(tables.grant(user, application).await?.scopes))
}

/// Says whether there was anything to write.
async fn write(
    tables: &Tables<'_>,
    (user, application): (UserId, ApplicationId),
    Changed { before, after }: &Changed,
) -> Result<bool, Stop> {
    if after == before {
        return Ok(false);
    }
    tables.set_grant_scopes(user, application, after).await?;
    let event = AuditEvent {
        subject: Some(user),
        application: Some(application),
        detail: Some(format!("from \"{before}\" to \"{after}\"")),
        ..AuditEvent::new(AuditAction::GrantChanged, Actor::operator())
    };
    tables.record(event).await?;
    tracing::info!(%user, %application, %before, %after, "grant changed");
    Ok(true)
}

fn judge(application: &Application, unknown: Scopes) -> Result<(), GrantFault> {
    if unknown.is_empty() {
        return Ok(());
    }
    Err(GrantFault::NoSuchScopes {
        client_id: application.client_id.clone(),
        unknown,
        known: application.scopes.clone(),
    })
}

fn told(known: &Scopes) -> String {
    if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has: {known}")
    }
}
