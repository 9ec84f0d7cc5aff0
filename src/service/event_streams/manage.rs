//! Making, changing and deleting a stream. What is no longer wanted is not held either.

use super::{EventStreams, Extent};
use crate::model::event_stream::{EventStream, StreamState, StreamStatus, Wishes};
use crate::model::outbox::EventKind;
use crate::model::refusal::Stop;
use crate::service::clients::ConfidentialClient;

impl EventStreams {
    /// A new stream; `None`, if the application has one.
    pub async fn create(
        &self,
        client: &ConfidentialClient,
        wishes: &Wishes,
    ) -> Result<Option<EventStream>, Stop> {
        let application = client.shared();
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        if !tables.insert_event_stream(application.id, wishes).await? {
            return Ok(None);
        }
        // Somebody may just have written for the one that was there before.
        tables.empty_stream(application.id, &[]).await?;
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
        if let Some(changed) = &changed {
            let mut kept = changed.wishes.granted();
            kept.push(EventKind::Verification);
            tables.empty_stream(stream.application, &kept).await?;
        }
        unit.commit().await?;
        Ok(changed)
    }

    /// Says whether there still was such a stream.
    pub async fn set_state(&self, stream: &EventStream, state: &StreamState) -> Result<bool, Stop> {
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        if !tables.set_stream_state(stream, state).await? {
            return Ok(false);
        }
        // When it begins again, too: somebody may have written when it was just being disabled.
        let [was, is] = [stream.state.status, state.status];
        if [was, is].contains(&StreamStatus::Disabled) {
            tables.empty_stream(stream.application, &[]).await?;
        }
        unit.commit().await?;
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
        tables.empty_stream(stream.application, &[]).await?;
        unit.commit().await?;
        tracing::info!(stream = %stream.id, "event stream deleted");
        Ok(true)
    }
}
