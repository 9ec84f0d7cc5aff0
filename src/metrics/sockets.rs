//! Sockets of subscriptions.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::label::{By, Label};
use super::register::named;

/// Who follows subscriptions, and how that ends.
#[derive(Debug)]
pub struct Sockets {
    open: Gauge,
    ends: By<SocketEnd, Counter>,
    events: Counter,
}

/// How a socket came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketEnd {
    /// Its client closed it.
    Client,
    /// Nothing could be sent, or nothing came, any more.
    Gone,
    /// This close code was sent.
    Code(u16),
}

impl Label for SocketEnd {
    const NAME: &'static str = "code";
    const ALL: &'static [Self] = &[
        Self::Client,
        Self::Gone,
        Self::Code(1001),
        Self::Code(1002),
        Self::Code(1007),
        Self::Code(1008),
        Self::Code(1009),
        Self::Code(1011),
        Self::Code(1013),
        Self::Code(4400),
        Self::Code(4401),
        Self::Code(4403),
        Self::Code(4406),
        Self::Code(4408),
        Self::Code(4409),
        Self::Code(4429),
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gone => "gone",
            Self::Code(1001) => "1001",
            Self::Code(1002) => "1002",
            Self::Code(1007) => "1007",
            Self::Code(1008) => "1008",
            Self::Code(1009) => "1009",
            Self::Code(1013) => "1013",
            Self::Code(4400) => "4400",
            Self::Code(4401) => "4401",
            Self::Code(4403) => "4403",
            Self::Code(4406) => "4406",
            Self::Code(4408) => "4408",
            Self::Code(4409) => "4409",
            Self::Code(4429) => "4429",
            Self::Code(_) => "1011",
        }
    }
}

/// A socket that is open until this is dropped.
#[derive(Debug)]
pub struct OpenSocket(Gauge);

impl Sockets {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            open: named(
                registry,
                "sockets",
                "Sockets of subscriptions that are open",
                Gauge::default(),
            ),
            ends: named(
                registry,
                "socket_ends",
                "Sockets that came to an end, by the close code that was sent, or by who ended it",
                By::new(Counter::default),
            ),
            events: named(
                registry,
                "subscription_events",
                "Events that were sent to subscribers",
                Counter::default(),
            ),
        }
    }

    #[must_use]
    pub fn opened(&self) -> OpenSocket {
        self.open.inc();
        OpenSocket(self.open.clone())
    }

    pub fn ended(&self, end: SocketEnd) {
        self.ends.of(end).inc();
    }

    pub fn told(&self) {
        self.events.inc();
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}
