//! The guard: once per operation, and only for one that needs its caller, it checks the bearer
//! token and hands out the proof. Nothing of an operation runs before it.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Context, Response};
use tokio::sync::OnceCell;

use super::error::Failure;
use super::operation::RootField;
use crate::model::caller::{Bearer, CurrentSession, Origin};
use crate::model::refusal::{Refusal, Unauthenticated};
use crate::service::Services;

/// Root fields that don't ask who calls. A field that isn't listed is guarded.
const PUBLIC: [&str; 7] = [
    "__typename",
    "__schema",
    "__type",
    "authSettings",
    "signUp",
    "login",
    "logout",
];

/// Root fields that are null, without an error, for a caller without a token.
const OPTIONAL: [&str; 2] = ["me", "currentSession"];

/// What a root field asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// Nothing.
    Public,
    /// A good token, or none.
    Optional,
    /// A good token.
    Session,
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
    pub(super) fn of(roots: &[RootField]) -> Self {
        let fields = roots.iter().map(|root| Self::of_field(&root.name));
        fields.max().unwrap_or(Self::Public)
    }
}

/// Who calls this operation, found out at most once.
pub(super) struct Visitor {
    pub bearer: Bearer,
    pub origin: Origin,
    pub access: Access,
    proof: OnceCell<Result<Option<CurrentSession>, Failure>>,
}

impl Visitor {
    pub(super) fn new(bearer: Bearer, origin: Origin, access: Access) -> Self {
        Self {
            bearer,
            origin,
            access,
            proof: OnceCell::new(),
        }
    }

    async fn prove(&self, services: &Services) -> Result<Option<&CurrentSession>, Failure> {
        let authenticate = async || Ok(services.sessions.authenticate(&self.bearer).await?);
        let proof = self.proof.get_or_init(authenticate).await;
        proof.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

/// The caller's proof, or `None` for a caller without a token.
pub(super) async fn visitor<'c>(ctx: &Context<'c>) -> Result<Option<&'c CurrentSession>, Failure> {
    let visitor = ctx.data_unchecked::<Visitor>();
    visitor.prove(ctx.data_unchecked::<Arc<Services>>()).await
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
        let visitor = ctx.data_unchecked::<Visitor>();
        if visitor.access > Access::Public {
            let services = ctx.data_unchecked::<Arc<Services>>();
            match visitor.prove(services).await {
                Err(failure) => return failure.into_response(),
                Ok(None) if visitor.access == Access::Session => {
                    let missing = Refusal::from(Unauthenticated::Missing);
                    return Failure::from(missing).into_response();
                }
                Ok(_) => {}
            }
        }
        next.run(ctx, operation_name).await
    }
}
