//! Verifying a stream: its application asks to be told something, to see that it is.

use std::time::Duration;

use super::EventStreams;
use crate::model::event_stream::{EventStream, StreamStatus};
use crate::model::outbox::{Channel, Happening};
use crate::model::refusal::Stop;
use crate::store::database::PendingEvent;

/// Between two of them.
pub const MINIMUM_INTERVAL: Duration = Duration::from_secs(10);

/// What became of the wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is told with the others, or when the stream isn't paused any more.
    Awaits,
    /// Nothing is told over a stream that is disabled.
    Disabled,
    /// So soon after the last one.
    TooSoon { retry_after: Duration },
    /// The stream is gone.
    Gone,
}

impl EventStreams {
    pub async fn verify(
        &self,
        stream: &EventStream,
        state: Option<String>,
    ) -> Result<Verified, Stop> {
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        let last = self.0.clock.now() - MINIMUM_INTERVAL;
        let is_due = tables.take_verification(stream, last).await?;
        // The row is ours from here on: nobody disables it meanwhile.
        let now = tables.event_stream(stream.application).await?;
        let Some(now) = now.filter(|now| now.id == stream.id) else {
            return Ok(Verified::Gone);
        };
        if now.state.status == StreamStatus::Disabled {
            return Ok(Verified::Disabled);
        }
        if !is_due {
            let left = now.verified_at.map(|verified_at| verified_at - last);
            let left = left.and_then(|left| Duration::try_from(left).ok());
            let retry_after = left.unwrap_or_default().min(MINIMUM_INTERVAL);
            return Ok(Verified::TooSoon { retry_after });
        }
        let event = PendingEvent {
            application: stream.application,
            channel: Channel::Stream,
            happening: Happening::Verification { state },
        };
        let position = tables.ledger_position().await?;
        tables.insert_outbox(vec![(position, event)]).await?;
        unit.commit().await?;
        Ok(Verified::Awaits)
    }
}
