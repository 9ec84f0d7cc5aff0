//! Making, changing and deleting a stream. What is no longer wanted is not held either.

use std::time::Duration;

use tokio::time::Instant;

use super::{EventStreams, Extent};
use crate::model::event_stream::{EventStream, StreamState, StreamStatus, Wishes};
use crate::model::id::ApplicationId;
use crate::model::outbox::EventKind;
use crate::model::refusal::{Refusal, Stop};
use crate::service::clients::ConfidentialClient;

/// How many events are forgotten in one statement.
const AT_ONCE: u64 = 1000;

/// Between two such statements: others write, too.
const BREATH: Duration = Duration::from_millis(5);

/// How long a request goes on forgetting.
const PATIENCE: Duration = Duration::from_secs(5);

impl EventStreams {
    /// A new stream; `None`, if the application has one.
    pub async fn create(
        &self,
        client: &ConfidentialClient,
        wishes: &Wishes,
    ) -> Result<Option<EventStream>, Stop> {
        let application = client.shared();
        if self.own(client).await?.is_some() {
            return Ok(None);
        }
        self.forget(application.id, &[]).await?;
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        if !tables.insert_event_stream(application.id, wishes).await? {
            return Ok(None);
        }
        // Somebody may just have written for the one that was there before.
        tables.empty_stream(application.id, &[], AT_ONCE).await?;
        let stream = tables.event_stream(application.id).await?;
        unit.commit().await?;
        tracing::info!(client_id = application.client_id, "event stream created");
        Ok(stream)
    }

    /// The stream with these wishes; `None`, if it is gone.
    pub async fn change(
        &self,
        stream: &EventStream,
        wishes: &Wishes,
        extent: Extent,
    ) -> Result<Option<EventStream>, Stop> {
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        if !tables.set_stream_wishes(stream, wishes, extent).await? {
            return Ok(None);
        }
        let changed = tables.event_stream(stream.application).await?;
        unit.commit().await?;
        if let Some(changed) = &changed
            && (extent == Extent::All || wishes.events.is_some())
        {
            let mut kept = changed.wishes.granted();
            kept.push(EventKind::Verification);
            self.forget(stream.application, &kept).await?;
        }
        Ok(changed)
    }

    /// Says whether there still was such a stream.
    pub async fn set_state(&self, stream: &EventStream, state: &StreamState) -> Result<bool, Stop> {
        let (application, disabled) = (stream.application, StreamStatus::Disabled);
        let (was, is) = (stream.state.status, state.status);
        if was == disabled {
            self.forget(application, &[]).await?;
        }
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        if !tables.set_stream_state(stream, state).await? {
            return Ok(false);
        }
        if was == disabled {
            // Somebody may have written when it was just being disabled.
            tables.empty_stream(application, &[], AT_ONCE).await?;
        }
        unit.commit().await?;
        if is == disabled {
            self.begin_to_forget(application).await;
        }
        let (stream, status) = (stream.id, is.as_str());
        tracing::info!(%stream, status, "event stream set");
        Ok(true)
    }

    /// Says whether there still was such a stream.
    pub async fn delete(&self, stream: &EventStream) -> Result<bool, Stop> {
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        if !tables.delete_event_stream(stream).await? {
            return Ok(false);
        }
        unit.commit().await?;
        tracing::info!(stream = %stream.id, "event stream deleted");
        self.begin_to_forget(stream.application).await;
        Ok(true)
    }

    /// Forgets what nobody is told any more, as far as that goes now. Whoever wants a stream again begins
    /// with the rest.
    async fn begin_to_forget(&self, application: ApplicationId) {
        if let Err(stop) = self.forget(application, &[]).await {
            let error = &stop as &dyn std::error::Error;
            tracing::debug!(error, "not all that awaited is forgotten yet");
        }
    }

    /// Forgets what awaits being fetched, but for these kinds: some at once, so that nobody else's work
    /// waits for all of it. If it takes too long, whoever asks again goes on with it.
    async fn forget(&self, application: ApplicationId, but: &[EventKind]) -> Result<(), Stop> {
        let end = Instant::now() + PATIENCE;
        let tables = self.0.database.tables();
        while tables.empty_stream(application, but, AT_ONCE).await? == AT_ONCE {
            if Instant::now() > end {
                return Err(Refusal::StoreUnavailable.into());
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }
}
