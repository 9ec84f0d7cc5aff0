//! The applications, as each request needs them: a copy that is renewed every second.

mod declare;

pub(super) use self::declare::declared;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::Config;
use crate::model::application::{Application, Lifetimes};
use crate::model::caller::Origin;
use crate::model::id::ApplicationId;
use crate::model::refusal::{Refusal, Stop};
use crate::store::database::{Database, StoreError};

/// A name that nobody knows is a question for the database; but anybody may ask, so not more often
/// than this.
const QUESTION_INTERVAL: Duration = Duration::from_millis(100);

/// The applications of this installation.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    database: Database,
    default_client_id: String,
    lifetimes: Lifetimes,
    /// Origins whose pages may speak for any application.
    shared_origins: Vec<String>,
    copy: ArcSwap<Copy>,
    looked: Mutex<Look>,
    /// Those that the configuration describes.
    declared: HashSet<String>,
}

/// Who asks for an application that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A client that may make names up.
    Anybody,
    /// A token that we signed: there is such an application, or was.
    Signed,
}

/// The last time that somebody asked for an application that nobody knew.
struct Look {
    begun_at: Instant,
    outcome: Result<(), Refusal>,
}

/// The applications by everything that they are found by.
struct Copy {
    ids: HashMap<ApplicationId, Arc<Application>>,
    client_ids: HashMap<String, Arc<Application>>,
    origins: HashMap<String, Arc<Application>>,
}

impl Registry {
    /// Reads all there is, and makes nothing: a command may have been given another configuration
    /// than the server.
    pub async fn load(database: Database, config: &Config) -> Result<Self, StoreError> {
        let declared = declare::declared(config).map(|one| one.client_id).collect();
        let shared_origins = config.http.allowed_origins.clone();
        let applications = database.tables().applications().await?;
        let copy = Copy::of(applications, &declared, &shared_origins);
        Ok(Self(Arc::new(Inner {
            default_client_id: config.tokens.client_id.clone(),
            lifetimes: declare::default_lifetimes(config),
            shared_origins,
            copy: ArcSwap::from_pointee(copy),
            looked: Mutex::new(Look {
                begun_at: Instant::now(),
                outcome: Ok(()),
            }),
            declared,
            database,
        })))
    }

    /// Writes what the configuration declares: for servers.
    pub async fn declare(&self, config: &Config) -> Result<(), Stop> {
        declare::declare(&self.0.database, config).await?;
        self.renew().await
    }

    #[must_use]
    pub fn find(&self, id: ApplicationId) -> Option<Arc<Application>> {
        self.0.copy.load().ids.get(&id).map(Arc::clone)
    }

    /// As [`Self::find`]; one that another node made a moment ago is read.
    pub async fn learn(&self, id: ApplicationId) -> Result<Arc<Application>, Stop> {
        if let Some(known) = self.find(id) {
            return Ok(known);
        }
        let application = self.0.database.tables().application(id).await?;
        Ok(application.map(Arc::new).ok_or(Refusal::NotFound)?)
    }

    #[must_use]
    pub fn find_client(&self, client_id: &str) -> Option<Arc<Application>> {
        let copy = self.0.copy.load();
        copy.client_ids.get(client_id).map(Arc::clone)
    }

    /// As [`Self::find_client`]; but another node may have made it a moment ago, so the database is
    /// asked before there is none.
    pub async fn learn_client(
        &self,
        client_id: &str,
        asker: Asker,
    ) -> Result<Option<Arc<Application>>, Stop> {
        if let Some(known) = self.find_client(client_id) {
            return Ok(Some(known));
        }
        let asked_at = Instant::now();
        let mut looked = self.0.looked.lock().await;
        // Who waited takes the outcome of a look that was begun after it asked.
        let is_answered = match asker {
            Asker::Anybody => looked.begun_at + QUESTION_INTERVAL > asked_at,
            Asker::Signed => looked.begun_at > asked_at,
        };
        if !is_answered {
            let begun_at = Instant::now();
            let outcome = self.renew().await;
            *looked = Look {
                begun_at,
                outcome: outcome.map_err(|_| Refusal::StoreUnavailable),
            };
        }
        looked.outcome?;
        Ok(self.find_client(client_id))
    }

    /// Whether any application wants to be told of the end of its sessions.
    #[must_use]
    pub fn calls_anybody(&self) -> bool {
        let copy = self.0.copy.load();
        let mut all = copy.ids.values();
        all.any(|one| one.backchannel_logout_uri.is_some())
    }

    /// The application whose pages have this origin.
    #[must_use]
    pub fn owner(&self, origin: &str) -> Option<Arc<Application>> {
        self.0.copy.load().origins.get(origin).map(Arc::clone)
    }

    /// Whether a page asks that belongs to another application than this one.
    #[must_use]
    pub fn is_page_of_another(&self, origin: &Origin, application: ApplicationId) -> bool {
        let owner = origin.site.as_deref().and_then(|site| self.owner(site));
        owner.is_some_and(|owner| owner.id != application)
    }

    /// Whether pages of this origin may speak to us at all.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.0.shared_origins.iter().any(|shared| shared == origin)
            || self.0.copy.load().origins.contains_key(origin)
    }

    /// The application that is meant: the one that is named, or the one whose page asks, or the
    /// default. A page of one application can't speak for another.
    pub async fn recognise(
        &self,
        client_id: Option<&str>,
        origin: &Origin,
    ) -> Result<Arc<Application>, Stop> {
        let owner = origin.site.as_deref().and_then(|site| self.owner(site));
        let application = match (client_id, owner) {
            (Some(client_id), owner) => {
                let named = self.learn_client(client_id, Asker::Anybody).await?;
                let named = named.ok_or(Refusal::BadInput(
                    "there is no application with this `clientId`",
                ))?;
                if owner.is_some_and(|owner| owner.id != named.id) {
                    let why = "this page's origin belongs to another application";
                    return Err(Refusal::Forbidden(why).into());
                }
                named
            }
            (None, Some(owner)) => owner,
            (None, None) => self.default_application(),
        };
        Ok(application)
    }

    /// What an application's users get lives this long.
    #[must_use]
    pub fn lifetimes(&self, application: &Application) -> Lifetimes {
        self.0.lifetimes.with(application.lifetimes)
    }

    /// Reads all applications again.
    pub async fn renew(&self) -> Result<(), Stop> {
        let applications = self.0.database.tables().applications().await?;
        let copy = Copy::of(applications, &self.0.declared, &self.0.shared_origins);
        self.0.copy.store(Arc::new(copy));
        Ok(())
    }

    /// Renews for ever, every `interval`.
    pub async fn follow(self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            if let Err(error) = self.renew().await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not read the applications");
            }
        }
    }

    fn default_application(&self) -> Arc<Application> {
        self.find_client(&self.0.default_client_id)
            .expect("a server declares it before it answers, and nothing deletes applications")
    }
}

impl Copy {
    /// Of two with the same origin, as a change of the configuration may leave them behind, the one
    /// counts that is enabled, or else that is declared. A shared one is nobody's. One of a disabled
    /// application that nobody else wants stays with it: its pages are told that it is disabled, and
    /// don't speak for another.
    fn of(
        applications: Vec<Application>,
        declared: &HashSet<String>,
        shared_origins: &[String],
    ) -> Self {
        let mut all: Vec<_> = applications.into_iter().map(Arc::new).collect();
        all.sort_by_key(|one| (one.enabled, declared.contains(&one.client_id)));
        let origins = all.iter().flat_map(|application| {
            let own = application.allowed_origins.iter();
            let own = own.filter(|origin| !shared_origins.contains(origin));
            own.map(|origin| (origin.clone(), Arc::clone(application)))
        });
        Self {
            origins: origins.collect(),
            ids: all.iter().map(|one| (one.id, Arc::clone(one))).collect(),
            client_ids: all
                .iter()
                .map(|one| (one.client_id.clone(), Arc::clone(one)))
                .collect(),
        }
    }
}
