//! The guard: once per operation, and only for one that needs its caller, it checks the bearer
//! token and hands out the proof. Nothing of an operation runs before it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Context, Response};
use tokio::sync::OnceCell;

use super::engine::Caller;
use super::error::Failure;
use super::operation::RootField;
use crate::model::caller::CurrentSession;
use crate::model::cookie::{CookieChange, CookieChanges};
use crate::model::id::SessionId;
use crate::model::id::UserId;
use crate::model::refusal::{Refusal, Unauthenticated};
use crate::model::scope;
use crate::service::Services;

/// Root fields that don't ask who calls. A field that isn't listed is guarded.
const PUBLIC: [&str; 8] = [
    "__typename",
    "__schema",
    "__type",
    "authSettings",
    "signUp",
    "login",
    "refreshSession",
    "logout",
];

/// Root fields that are null, without an error, for a caller without a token.
const OPTIONAL: [&str; 2] = ["me", "currentSession"];

/// Root fields that ask for a scope besides.
const SCOPED: [(&str, &str); 1] = [("user", scope::READ_USERS)];

/// What a root field asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    /// Nothing.
    Public,
    /// A good token, or none.
    Optional,
    /// A good token.
    Session,
}

/// The scopes that an operation's root fields ask for.
fn scopes_of(roots: &[RootField]) -> Vec<&'static str> {
    let asked = SCOPED.iter();
    let asked = asked.filter(|(field, _)| roots.iter().any(|root| root.name == *field));
    asked.map(|(_, scope)| *scope).collect()
}

impl Access {
    fn of_field(name: &str) -> Self {
        match name {
            _ if PUBLIC.contains(&name) => Self::Public,
            _ if OPTIONAL.contains(&name) => Self::Optional,
            #[cfg(feature = "bench")]
            "benchMe" => Self::Public,
            _ => Self::Session,
        }
    }

    /// The most that any of an operation's root fields asks.
    fn of(roots: &[RootField]) -> Self {
        let fields = roots.iter().map(|root| Self::of_field(&root.name));
        fields.max().unwrap_or(Self::Public)
    }
}

/// Who calls this operation, found out at most once.
pub(super) struct Visitor {
    pub caller: Caller,
    access: Access,
    scopes: Vec<&'static str>,
    proof: OnceCell<Result<Option<CurrentSession>, Failure>>,
    /// Of the session that this very operation opened.
    opened: OnceLock<CurrentSession>,
    cookies: Mutex<CookieChanges>,
}

impl Visitor {
    pub(super) fn new(caller: Caller, roots: &[RootField]) -> Self {
        Self {
            caller,
            access: Access::of(roots),
            scopes: scopes_of(roots),
            proof: OnceCell::new(),
            opened: OnceLock::new(),
            cookies: Mutex::default(),
        }
    }

    /// Notes that the caller has signed in: what is told of the new session is told to its owner.
    pub(super) fn note_opened(&self, proof: CurrentSession) {
        // Who signs in twice in one operation is known by the first session.
        drop(self.opened.set(proof));
    }

    /// Has the browser keep or forget something, once the answer is on its way.
    pub(super) fn change_cookies(&self, changes: impl IntoIterator<Item = CookieChange>) {
        let mut noted = self.cookies();
        changes.into_iter().for_each(|change| noted.note(change));
    }

    /// Has the browser forget the cookies of sessions that are over, and not get those of any that
    /// this very operation opened.
    pub(super) fn forget_cookies(&self, services: &Services, over: &[SessionId]) {
        let cookies = &self.caller.cookies;
        let useless = services.sessions.useless_cookies(cookies, over);
        self.cookies().end(over);
        self.change_cookies(useless);
    }

    pub(super) fn take_cookies(&self) -> Vec<CookieChange> {
        self.cookies().take()
    }

    fn cookies(&self) -> MutexGuard<'_, CookieChanges> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn prove(&self, services: &Services) -> Result<Option<&CurrentSession>, Failure> {
        let Caller { bearer, origin, .. } = &self.caller;
        let authenticate = async || Ok(services.sessions.authenticate(bearer, origin).await?);
        let proof = self.proof.get_or_init(authenticate).await;
        proof.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// Lets an operation through, or not.
    async fn check(&self, services: &Services) -> Result<(), Failure> {
        if self.access == Access::Public {
            return Ok(());
        }
        let proof = self.prove(services).await?;
        if proof.is_none() && self.access == Access::Session {
            return Err(Refusal::from(Unauthenticated::Missing).into());
        }
        let missing = self.scopes.iter().find(|scope| {
            let may = |proof: &CurrentSession| proof.scopes().contains(scope);
            !proof.is_some_and(may)
        });
        missing.map_or(
            Ok(()),
            |scope| Err(Refusal::InsufficientScope(scope).into()),
        )
    }
}

/// Who calls this operation.
pub(super) fn whoever<'c>(ctx: &Context<'c>) -> &'c Visitor {
    ctx.data_unchecked::<Arc<Visitor>>()
}

/// The caller's proof, or `None` for a caller without a token.
pub(super) async fn visitor<'c>(ctx: &Context<'c>) -> Result<Option<&'c CurrentSession>, Failure> {
    let services = ctx.data_unchecked::<Arc<Services>>();
    whoever(ctx).prove(services).await
}

/// The caller's proof.
pub(super) async fn session<'c>(ctx: &Context<'c>) -> Result<&'c CurrentSession, Failure> {
    let missing = || Refusal::from(Unauthenticated::Missing).into();
    visitor(ctx).await?.ok_or_else(missing)
}

/// The proof of a caller who is this user: by their token, or by having signed in just now.
pub(super) async fn caller_who_is<'c>(
    ctx: &Context<'c>,
    user: UserId,
) -> Result<&'c CurrentSession, Failure> {
    let is_user = |session: &&CurrentSession| session.user() == user;
    let opened = whoever(ctx).opened.get();
    if let Some(opened) = opened.filter(is_user) {
        return Ok(opened);
    }
    let caller = Some(session(ctx).await?).filter(is_user);
    let other = Refusal::Forbidden("sessions are shown to their owner alone");
    Ok(caller.ok_or(other)?)
}

/// The extension that asks before an operation is executed.
pub(super) struct Guard;

impl ExtensionFactory for Guard {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Guard {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let visitor = ctx.data_unchecked::<Arc<Visitor>>();
        let services = ctx.data_unchecked::<Arc<Services>>();
        match visitor.check(services).await {
            Ok(()) => next.run(ctx, operation_name).await,
            Err(failure) => failure.into_response(),
        }
    }
}
