//! Who is at the other end of a socket, and what is asked in their name.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response;
use tokio::time::{Instant, sleep};

use super::close::Close;
use super::settings;
use crate::graphql::error::code_of;
use crate::graphql::{Caller, Code, Failure, OperationKind, Subscribed};
use crate::http::State;
use crate::http::graphql::Parameters;
use crate::model::caller::{CurrentSession, RefreshCookies};
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::session_event::SessionEvent;

/// Between two attempts at what a silent store kept from being known.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Client<'c> {
    pub(super) state: &'c State,
    pub(super) caller: Caller,
}

impl Client<'_> {
    /// The guard's own check. What can't be known is waited for, but not for ever.
    pub(super) async fn prove(
        &self,
        refused: impl FnOnce(Refusal) -> Close,
    ) -> Result<CurrentSession, Close> {
        let Caller { bearer, origin, .. } = &self.caller;
        let sessions = &self.state.0.services.sessions;
        let begun = Instant::now();
        loop {
            let refusal = match sessions.authenticate(bearer, origin).await {
                Ok(Some(proof)) => return Ok(proof),
                Ok(None) => Unauthenticated::Missing.into(),
                Err(Stop::Refused(refusal)) => refusal,
                Err(Stop::Failed(fault)) => {
                    let error = &fault as &dyn std::error::Error;
                    tracing::error!(error, "fault");
                    return Err(Close::Internal);
                }
            };
            let is_outage = matches!(
                refusal,
                Refusal::StoreUnavailable | Refusal::Overloaded { .. }
            );
            if !is_outage || begun.elapsed() > self.patience() {
                return Err(refused(refusal));
            }
            sleep(PAUSE).await;
        }
    }

    /// Begins a subscription, beside so many others.
    pub(super) async fn subscribe(
        &self,
        parameters: Parameters,
        proof: &CurrentSession,
        others: usize,
    ) -> Result<Subscribed, Box<Response>> {
        let refused = |code, text: &str| Box::new(Failure::new(code, text).into_response());
        if others >= settings(self.state).maximum_subscriptions {
            let text = "this socket has as many subscriptions as it may; complete one first";
            return Err(refused(Code::BadUserInput, text));
        }
        let engine = &self.state.0.engine;
        let operation = engine.prepare(parameters.into())?;
        if operation.kind() != OperationKind::Subscription {
            let text = "a socket takes subscriptions alone; send queries and mutations by POST";
            return Err(refused(Code::BadUserInput, text));
        }
        engine.subscribe(operation, self.caller(), proof).await
    }

    /// What a subscription asked of an event; `None` if that was nothing.
    pub(super) async fn tell(
        &self,
        subscribed: &Subscribed,
        event: Arc<SessionEvent>,
    ) -> Result<Option<Response>, Close> {
        let begun = Instant::now();
        loop {
            let engine = &self.state.0.engine;
            let told = engine.tell(subscribed, self.caller(), Arc::clone(&event));
            match told.await {
                Some(response) if is_unavailable(&response) => {
                    if begun.elapsed() > self.patience() {
                        return Err(Close::TryAgainLater("STORE_UNAVAILABLE"));
                    }
                    sleep(PAUSE).await;
                }
                response => return Ok(response),
            }
        }
    }

    fn patience(&self) -> Duration {
        self.state.0.limits.request_timeout
    }

    fn caller(&self) -> Caller {
        Caller {
            bearer: self.caller.bearer.clone(),
            cookies: RefreshCookies::default(),
            origin: self.caller.origin.clone(),
        }
    }
}

pub(super) fn is_unavailable(response: &Response) -> bool {
    let code = response.errors.first().and_then(code_of);
    matches!(code, Some(Code::StoreUnavailable | Code::Overloaded))
}
