//! One socket's life: its client says who it is, subscribes, and is told what happens, for as long as
//! its token is good.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until, timeout};

use super::client::{Client, is_unavailable};
use super::close::Close;
use super::message::{FromClient, ToClient};
use super::places::UserPlace;
use super::settings;
use super::subscriptions::Subscriptions;
use super::wire::Wire;
use crate::graphql::Caller;
use crate::http::graphql::Parameters;
use crate::http::{State, caller};
use crate::model::caller::Bearer;
use crate::model::session_event::SessionEvent;

/// Between two checks of a token about which nothing was heard: it may expire.
const INTERVAL: Duration = Duration::from_secs(1);

/// The least between two checks that a word of the ledger asks for: a storm of logouts is no reason to
/// check everybody at each.
const LEAST: Duration = Duration::from_millis(100);

pub(super) struct Connection<'c> {
    state: &'c State,
    wire: &'c mut Wire,
    client: Client<'c>,
    subscriptions: Subscriptions,
    pinged_at: Instant,
}

/// What a connection has to do next.
enum Next {
    Check,
    Tell(usize, Option<Arc<SessionEvent>>),
    Heed(FromClient),
}

impl<'c> Connection<'c> {
    pub(super) fn new(state: &'c State, wire: &'c mut Wire, caller: Caller) -> Self {
        Self {
            state,
            wire,
            client: Client { state, caller },
            subscriptions: Subscriptions::default(),
            pinged_at: Instant::now(),
        }
    }

    /// Until its end.
    pub(super) async fn run(mut self) -> Close {
        match self.live().await {
            Ok(never) => match never {},
            Err(close) => close,
        }
    }

    async fn live(&mut self) -> Result<Infallible, Close> {
        let _place = self.begin().await?;
        let revocations = &self.state.0.services.revocations;
        let mut word = revocations.word();
        loop {
            // Noted before the check: what is heard while it goes on asks for another one.
            let position = revocations.position();
            self.client.prove(Close::of).await?;
            self.keep_alive().await?;
            self.wire.check_length()?;
            let checked_at = Instant::now();
            let heard = async {
                sleep_until(checked_at + LEAST).await;
                revocations.moved_from(&mut word, position).await;
            };
            tokio::pin!(heard);
            loop {
                let next = tokio::select! {
                    () = &mut heard => Next::Check,
                    () = sleep_until(checked_at + INTERVAL) => Next::Check,
                    (index, event) = self.subscriptions.next() => Next::Tell(index, event),
                    message = self.wire.read() => Next::Heed(message?),
                };
                match next {
                    Next::Check => break,
                    Next::Tell(index, event) => self.tell(index, event).await?,
                    Next::Heed(message) => self.heed(message).await?,
                }
            }
        }
    }

    /// `connection_init`, and its answer.
    async fn begin(&mut self) -> Result<UserPlace, Close> {
        let seconds = settings(self.state).init_timeout_seconds;
        let init = timeout(Duration::from_secs(seconds), self.await_init());
        let payload = init.await.map_err(|_| Close::InitTimeout)??;
        let header = &self.client.caller.bearer;
        self.client.caller.bearer = shown(&payload.unwrap_or_default(), header);
        let proof = self.client.prove(Close::of_init).await?;
        let place = self.state.0.sockets.0.places.take_of(proof.user());
        let place = place.ok_or(Close::TooMany("sockets"))?;
        self.wire.send(&ToClient::ConnectionAck).await?;
        Ok(place)
    }

    async fn await_init(&mut self) -> Result<Option<Map<String, Value>>, Close> {
        loop {
            match self.wire.read().await? {
                FromClient::ConnectionInit { payload } => return Ok(payload),
                FromClient::Ping { payload } => {
                    self.wire.send(&ToClient::Pong { payload }).await?;
                }
                FromClient::Subscribe { .. } => return Err(Close::Unauthorized(None)),
                FromClient::Pong { .. } | FromClient::Complete { .. } => {}
            }
        }
    }

    async fn heed(&mut self, message: FromClient) -> Result<(), Close> {
        match message {
            FromClient::ConnectionInit { .. } => Err(Close::TooManyInits),
            FromClient::Ping { payload } => self.wire.send(&ToClient::Pong { payload }).await,
            FromClient::Pong { .. } => Ok(()),
            FromClient::Subscribe { id, .. } if self.subscriptions.has(&id) => {
                Err(Close::SubscriberExists(id))
            }
            FromClient::Subscribe { id, payload } => self.subscribe(id, payload).await,
            FromClient::Complete { id } => {
                self.subscriptions.remove(&id);
                Ok(())
            }
        }
    }

    async fn subscribe(&mut self, id: String, parameters: Parameters) -> Result<(), Close> {
        let proof = self.client.prove(Close::of).await?;
        let others = self.subscriptions.len();
        match self.client.subscribe(parameters, &proof, others).await {
            Ok(subscribed) => {
                self.subscriptions.add(id, subscribed);
                Ok(())
            }
            Err(response) if is_unavailable(&response) => {
                Err(Close::TryAgainLater("STORE_UNAVAILABLE"))
            }
            Err(response) => {
                let payload = &response.errors;
                self.wire.send(&ToClient::Error { id: &id, payload }).await
            }
        }
    }

    /// Tells a subscriber of an event, if its token is good. That is looked at when all is ready to be
    /// sent, and nothing is waited for after it: what was ended before is told nothing.
    async fn tell(&mut self, index: usize, event: Option<Arc<SessionEvent>>) -> Result<(), Close> {
        let event = event.ok_or(Close::TryAgainLater("events were lost; subscribe again"))?;
        let (id, subscribed) = self.subscriptions.get(index);
        let response = self.client.tell(subscribed, event).await?;
        self.client.prove(Close::of).await?;
        let Some(response) = response else {
            let id = id.clone();
            self.subscriptions.remove(&id);
            return self.wire.send(&ToClient::Complete { id: &id }).await;
        };
        self.state.0.services.metrics.sockets.told();
        self.wire.send(&ToClient::next(id, &response)).await
    }

    /// Asks whether the client is there, now and then.
    async fn keep_alive(&mut self) -> Result<(), Close> {
        let interval = Duration::from_secs(settings(self.state).ping_seconds);
        if self.wire.silence() > interval * 2 {
            return Err(Close::Gone);
        }
        if self.pinged_at.elapsed() < interval {
            return Ok(());
        }
        self.pinged_at = Instant::now();
        self.wire.send(&ToClient::Ping).await
    }
}

/// The token of a `connection_init`, or of the upgrade's header. Of two that differ, which one counts?
fn shown(payload: &Map<String, Value>, header: &Bearer) -> Bearer {
    let mut named = payload
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let Some((_, value)) = named.next() else {
        return header.clone();
    };
    let value = value.as_str().filter(|_| named.next().is_none());
    match value.map_or(Bearer::Malformed, caller::bearer_of) {
        own if *header == Bearer::Absent || own == *header => own,
        _ => Bearer::Malformed,
    }
}
