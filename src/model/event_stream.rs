//! The event stream of an application (Shared Signals Framework 1.0): what it is told, when it asks.

use time::OffsetDateTime;

use super::id::{ApplicationId, StreamId};
use super::outbox::EventKind;

/// An application's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventStream {
    pub id: StreamId,
    pub application: ApplicationId,
    pub state: StreamState,
    pub wishes: Wishes,
    /// When a verification was last asked for.
    pub verified_at: Option<OffsetDateTime>,
}

/// How a stream stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamState {
    pub status: StreamStatus,
    pub reason: Option<String>,
}

/// What its application says of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The kinds of events that it wants, by their names, whatever they are; none: all that there are.
    pub events: Option<Vec<String>>,
    pub description: Option<String>,
}

impl Wishes {
    /// What the stream carries.
    #[must_use]
    pub fn granted(&self) -> Vec<EventKind> {
        let wanted = |kind: &EventKind| {
            let events = self.events.as_ref();
            events.is_none_or(|events| events.iter().any(|uri| uri == kind.uri()))
        };
        EventKind::OFFERED.into_iter().filter(wanted).collect()
    }
}

/// Whether a stream is told of anything (SSF 1.0, section 8.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamStatus {
    Enabled,
    /// Events are held, and told later.
    Paused,
    /// Events are neither told nor held.
    Disabled,
}

impl StreamStatus {
    const ALL: [Self; 3] = [Self::Enabled, Self::Paused, Self::Disabled];

    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}
