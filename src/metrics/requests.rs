//! HTTP requests and connections.

use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::label::{By, Label};
use super::register::{in_seconds, named};

/// From a check in memory to the longest that a request may take.
const BOUNDS: [Duration; 14] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_millis(2500),
    Duration::from_secs(10),
];

/// What clients ask of the public listener.
#[derive(Clone, Debug)]
pub struct Requests {
    durations: By<Class, Histogram>,
    connections: Gauge,
}

/// The class of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Informational,
    Success,
    Redirection,
    ClientError,
    ServerError,
}

impl Label for Class {
    const NAME: &'static str = "status";
    const ALL: &'static [Self] = &[
        Self::Informational,
        Self::Success,
        Self::Redirection,
        Self::ClientError,
        Self::ServerError,
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        }
    }
}

/// A connection that is open until this is dropped.
#[derive(Debug)]
pub struct Connection(Gauge);

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let unheard = Self::unheard();
        Self {
            durations: in_seconds(
                registry,
                "http_request_duration",
                "From a request's head until the head of its answer, by the class of its status",
                unheard.durations,
            ),
            connections: named(
                registry,
                "http_connections",
                "Connections of clients that are open",
                unheard.connections,
            ),
        }
    }

    /// For a listener that nobody measures.
    #[must_use]
    pub fn unheard() -> Self {
        Self {
            durations: By::new(|| Histogram::new(&BOUNDS)),
            connections: Gauge::default(),
        }
    }

    /// A request was answered.
    pub fn answered(&self, status: u16, taken: Duration) {
        let class = match status / 100 {
            1 => Class::Informational,
            2 => Class::Success,
            3 => Class::Redirection,
            4 => Class::ClientError,
            _ => Class::ServerError,
        };
        self.durations.of(class).observe(taken);
    }

    /// A client has connected.
    #[must_use]
    pub fn connected(&self) -> Connection {
        self.connections.inc();
        Connection(self.connections.clone())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
