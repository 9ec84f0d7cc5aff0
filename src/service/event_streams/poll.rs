//! Fetching events (RFC 8936): what was taken is forgotten, and what awaits is told, or waited for.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::lookout::Waiting;
use super::{EventStreams, token};
use crate::model::application::Application;
use crate::model::event_stream::{EventStream, StreamStatus};
use crate::model::id::{EventId, StreamId};
use crate::model::outbox::{Channel, OutboxEvent};
use crate::model::refusal::{Fault, Refusal, Stop};
use crate::service::clients::ConfidentialClient;

/// How many events are told at once: each is signed for it.
const TOLD_AT_ONCE: u64 = 100;

/// How long an answer may wait: proxies give up after a minute, many after half of one.
const WAIT: Duration = Duration::from_secs(25);

/// How long a look may take, with the wait for a turn.
const LOOK: Duration = Duration::from_secs(10);

/// How many are forgotten in one statement.
const FORGOTTEN_AT_ONCE: usize = 500;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    /// How many at most; as many as are told at once, if it isn't said.
    pub maximum: Option<u64>,
    pub returns_immediately: bool,
    /// What was taken.
    pub acknowledged: Vec<EventId>,
    pub objections: Vec<Objection>,
}

/// An event that its application could not make sense of. It is told no more.
#[derive(Clone, Debug)]
pub struct Objection {
    pub event: EventId,
    pub error: String,
    pub description: String,
}

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum NotPolled {
    #[error("the application has no such stream")]
    NoSuchStream,
    /// The application was disabled, or has another secret, since it asked.
    #[error("the application is not let in any more")]
    NotLetIn,
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// What is told: the signed tokens, in their order.
#[derive(Clone, Debug, Default)]
pub struct Polled {
    pub tokens: Vec<(EventId, String)>,
    pub is_more: bool,
}

impl EventStreams {
    pub async fn poll(
        &self,
        client: &ConfidentialClient,
        stream: &str,
        poll: Poll,
    ) -> Result<Polled, NotPolled> {
        let application = client.shared();
        if !self.heed(client, stream, &poll).await? {
            return Err(NotPolled::NoSuchStream);
        }
        let maximum = poll.maximum.unwrap_or(TOLD_AT_ONCE).min(TOLD_AT_ONCE);
        let wait = if poll.returns_immediately || maximum == 0 {
            Duration::ZERO
        } else {
            WAIT
        };
        let end = Instant::now() + wait;
        let mut waiting = self.0.lookout.watch();
        let mut place = None;
        loop {
            waiting.look_anew();
            let looked_at = Instant::now();
            let looked = self.look(client, stream, maximum).await?;
            let (stream, events) = looked.ok_or(NotPolled::NoSuchStream)?;
            if !self.is_let_in(&application) {
                return Err(NotPolled::NotLetIn);
            }
            let is_over = looked_at >= end || self.0.closing.is_cancelled();
            if !events.is_empty() || is_over {
                return Ok(self.tell(&application, stream, events, maximum).await?);
            }
            // Who doesn't wait takes nobody's place.
            if place.is_none() {
                place = Some(self.0.places.take(application.id).map_err(Stop::from)?);
                self.0.lookout.join();
            }
            self.wait(&mut waiting, stream.id, &application, end).await;
        }
    }

    /// Forgets what was taken, if there is such a stream; says whether there is.
    async fn heed(
        &self,
        client: &ConfidentialClient,
        stream: &str,
        poll: &Poll,
    ) -> Result<bool, Stop> {
        self.in_turn(async {
            let Some(stream) = self.find(client, stream).await? else {
                return Ok(false);
            };
            self.note_objections(&stream, &poll.objections).await?;
            let objected = poll.objections.iter().map(|objection| objection.event);
            let ids: Vec<_> = poll.acknowledged.iter().copied().chain(objected).collect();
            let tables = self.0.database.tables();
            for some in ids.chunks(FORGOTTEN_AT_ONCE) {
                let forgotten = tables
                    .delete_from_outbox(stream.application, Channel::Stream, some)
                    .await?;
                self.0.metrics.acknowledged(forgotten);
            }
            Ok(true)
        })
        .await
    }

    /// Of what isn't there, nothing is noted: nobody fills the log with what was never told.
    async fn note_objections(
        &self,
        stream: &EventStream,
        objections: &[Objection],
    ) -> Result<(), Stop> {
        let tables = self.0.database.tables();
        for some in objections.chunks(FORGOTTEN_AT_ONCE) {
            let ids: Vec<_> = some.iter().map(|objection| objection.event).collect();
            let awaiting = tables.awaiting(stream.application, Channel::Stream, &ids);
            let awaiting = awaiting.await?;
            for objection in some.iter().filter(|one| awaiting.contains(&one.event)) {
                self.0.metrics.objected();
                note(stream, objection);
            }
        }
        Ok(())
    }

    /// What awaits, and perhaps one more than is wanted. Of a stream that is paused, nothing.
    async fn look(
        &self,
        client: &ConfidentialClient,
        stream: &str,
        maximum: u64,
    ) -> Result<Option<(EventStream, Vec<OutboxEvent>)>, Stop> {
        self.in_turn(async {
            let Some(stream) = self.find(client, stream).await? else {
                return Ok(None);
            };
            let events = match stream.state.status {
                StreamStatus::Enabled => {
                    let tables = self.0.database.tables();
                    let events = tables.outbox(stream.application, Channel::Stream, maximum + 1);
                    events.await?
                }
                StreamStatus::Paused | StreamStatus::Disabled => Vec::new(),
            };
            Ok(Some((stream, events)))
        })
        .await
    }

    pub(super) async fn in_turn<T>(
        &self,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        let work = async {
            let _turn = self.0.looks.take().await?;
            work.await
        };
        let done = tokio::time::timeout(LOOK, work).await;
        done.map_err(|_| Refusal::StoreUnavailable)?
    }

    async fn tell(
        &self,
        application: &Arc<Application>,
        stream: EventStream,
        mut events: Vec<OutboxEvent>,
        maximum: u64,
    ) -> Result<Polled, Stop> {
        let maximum = usize::try_from(maximum).unwrap_or(usize::MAX);
        let is_more = events.len() > maximum;
        events.truncate(maximum);
        if events.is_empty() {
            let tokens = Vec::new();
            return Ok(Polled { tokens, is_more });
        }
        self.0.metrics.told(events.len());
        let (key, issuer) = (self.0.keys.current(), self.0.issuer.clone());
        let application = Arc::clone(application);
        // A hundred signatures may take longer than others can wait for this thread.
        let signing = tokio::task::spawn_blocking(move || {
            let letter = token::Letter {
                issuer: &issuer,
                audience: &application.client_id,
                stream: stream.id,
            };
            let sign = |event: &OutboxEvent| (event.id, letter.signed(event, &key));
            events.iter().map(sign).collect()
        });
        let tokens = signing.await.map_err(|panic| Fault {
            doing: "signing events",
            source: Box::new(panic),
        })?;
        Ok(Polled { tokens, is_more })
    }

    /// Until there is reason to look again, or it is the end of all.
    async fn wait(
        &self,
        waiting: &mut Waiting,
        stream: StreamId,
        application: &Application,
        end: Instant,
    ) {
        let reason = async {
            while let Ok(is_concerned) = waiting.next(stream).await {
                if is_concerned || !self.is_let_in(application) {
                    return;
                }
            }
        };
        tokio::select! {
            () = reason => {}
            () = tokio::time::sleep_until(end) => {}
            () = self.0.closing.cancelled() => {}
        }
    }

    /// Whether the application would still be let in.
    fn is_let_in(&self, application: &Application) -> bool {
        let now = self.0.registry.find(application.id);
        now.is_some_and(|now| now.enabled && now.secret_hash == application.secret_hash)
    }
}

/// As its application says it, and not the token.
fn note(stream: &EventStream, objection: &Objection) {
    let (stream, event) = (stream.id, objection.event);
    let (error, description) = (&objection.error, &objection.description);
    tracing::warn!(%stream, %event, ?error, ?description, "an application objects to an event");
}
