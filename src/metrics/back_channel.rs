//! Calls to applications at the end of sessions.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use time::Duration;

use super::label::{By, Label};
use super::register::named;

/// Who is told of logouts, and how long that takes.
#[derive(Debug)]
pub struct BackChannel {
    calls: By<CallEnd, Counter>,
    waiting: Gauge,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    Delivered,
    /// The application wants no such token.
    Refused,
    /// It is made again.
    Failed,
}

impl Label for CallEnd {
    const NAME: &'static str = "end";
    const ALL: &'static [Self] = &[Self::Delivered, Self::Refused, Self::Failed];

    fn value(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl BackChannel {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            calls: named(
                registry,
                "logout_calls",
                "Calls of this process to tell an application of the end of a session, by how they ended",
                By::new(Counter::default),
            ),
            waiting: named(
                registry,
                "logout_calls_waiting_seconds",
                "Seconds since the oldest end of a session that an application has not been told of; 0 if there is none",
                Gauge::default(),
            ),
        }
    }

    pub fn ended(&self, end: CallEnd) {
        self.calls.of(end).inc();
    }

    /// The oldest event has waited for so long.
    pub fn waits(&self, time: Duration) {
        self.waiting.set(time.whole_seconds().max(0));
    }

    pub fn nothing_waits(&self) {
        self.waiting.set(0);
    }
}
