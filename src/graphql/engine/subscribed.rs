//! Subscriptions: where events come from, and what is asked of each. Each event is executed as an
//! operation of its own (`MapSourceToResponseEvent()` of the GraphQL specification, section 6.2.3.2), past the
//! guard, which remembers nothing from one to the next.

use std::sync::Arc;
use std::task::{Context, Poll};

use async_graphql::Response;
use async_graphql::parser::types::ExecutableDocument;
use futures_util::StreamExt as _;

use super::{Caller, Engine, Operation};
use crate::graphql::error::{Failure, finish};
use crate::graphql::guard::Visitor;
use crate::graphql::operation::select;
use crate::model::caller::CurrentSession;
use crate::model::session_event::SessionEvent;
use crate::service::session_events::Following;

/// A subscription that was accepted.
pub struct Subscribed {
    operation: Operation,
    following: Following,
}

impl Subscribed {
    /// What happens next; `None` if that can't be told.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arc<SessionEvent>>> {
        self.following.poll_next(cx)
    }
}

impl Engine {
    /// Begins a subscription, from when this returns.
    pub async fn subscribe(
        &self,
        operation: Operation,
        caller: Caller,
        proof: &CurrentSession,
    ) -> Result<Subscribed, Box<Response>> {
        // Without an event nothing comes of it but what is wrong with it.
        if let Some(refused) = self.execute_for(&operation, caller, None).await {
            return Err(Box::new(refused));
        }
        let following = self.services.session_events.follow(proof.user()).await;
        let refused = |refusal| {
            let response = Failure::from(refusal).into_response();
            Box::new(finish(response, self.introspection))
        };
        Ok(Subscribed {
            operation,
            following: following.map_err(refused)?,
        })
    }

    /// What a subscription asked of an event; `None` if it left out all.
    pub async fn tell(
        &self,
        subscribed: &Subscribed,
        caller: Caller,
        event: Arc<SessionEvent>,
    ) -> Option<Response> {
        self.execute_for(&subscribed.operation, caller, Some(event))
            .await
    }

    async fn execute_for(
        &self,
        operation: &Operation,
        caller: Caller,
        event: Option<Arc<SessionEvent>>,
    ) -> Option<Response> {
        let Operation {
            request,
            document,
            roots,
            ..
        } = operation;
        let name = &request.operation_name;
        let mut asked = async_graphql::Request::new(request.query.clone())
            .variables(request.variables.clone())
            .data(Arc::new(Visitor::new(caller, roots)));
        asked.operation_name.clone_from(name);
        asked.set_parsed_query(ExecutableDocument::clone(document));
        if let Some(event) = event {
            asked = asked.data(event);
        }
        let response = self.schema.execute_stream(asked).next().await?;
        let operation = select(document, name.as_deref());
        Some(self.complete(response, operation, document, roots))
    }
}
