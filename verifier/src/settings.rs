//! What a verifier is told before it starts.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::runtime::Handle;

use crate::client::Client;
use crate::server::Server;
use crate::token::Expected;
use crate::verifier::Verifier;

/// The longest bound on how old the feed may be: beyond it a logout would be a matter of luck.
const LONGEST_BOUND: Duration = Duration::from_mins(5);

/// The shortest: below it the feed's own heartbeat would be too slow.
const SHORTEST_BOUND: Duration = Duration::from_secs(1);

/// No more leeway than the server may be configured to.
const LONGEST_LEEWAY: Duration = Duration::from_secs(5);

/// What to do with a token when what is known of revocations is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenStale {
    /// Ask the server about each token, by introspection.
    Ask,
    /// Refuse with 503.
    Refuse,
}

/// The settings of a [`Verifier`].
#[must_use]
#[derive(Clone)]
pub struct Settings {
    issuer: String,
    audience: String,
    server: Option<String>,
    credentials: Option<(String, HeaderValue)>,
    pub(crate) freshness_bound: Duration,
    pub(crate) when_stale: WhenStale,
    leeway: Duration,
    connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
}

/// The settings can't be used.
#[derive(Debug)]
pub enum Unusable {
    /// It is no URL with `http` or `https` and a host, or has a query.
    Issuer,
    /// The same of [`Settings::server`].
    Server,
    /// Client id and secret are missing: the feed tells nothing to who has none.
    Credentials,
    /// It is outside of 1 second to 5 minutes.
    FreshnessBound,
    /// It is more than 5 seconds.
    Leeway,
    /// There is no tokio runtime here to follow the feed in.
    Runtime,
    /// The machine's certificates can't be read.
    Certificates(std::io::Error),
}

impl Settings {
    pub(crate) const fn new(issuer: String, audience: String) -> Self {
        Self {
            issuer,
            audience,
            server: None,
            credentials: None,
            freshness_bound: Duration::from_secs(5),
            when_stale: WhenStale::Ask,
            leeway: Duration::ZERO,
            connect_timeout: Duration::from_secs(1),
            request_timeout: Duration::from_secs(2),
        }
    }

    /// Where the server is reached, if not at its issuer: a URL that leads there by another way, such as
    /// that of a network of your own. Without TLS, whoever is on that way chooses whose tokens are taken.
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.server = Some(url.into());
        self
    }

    /// The confidential application that we are.
    pub fn credentials(mut self, client_id: impl Into<String>, secret: &str) -> Self {
        let client_id = client_id.into();
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        // RFC 6749, section 2.3.1.
        let pair = STANDARD.encode(format!("{}:{}", encode(&client_id), encode(secret)));
        let mut value =
            HeaderValue::try_from(format!("Basic {pair}")).expect("base64 is allowed in a header");
        value.set_sensitive(true);
        self.credentials = Some((client_id, value));
        self
    }

    /// How old the newest word of the feed may be for tokens to be judged by it: so long, at most, a
    /// logout is not seen here. More than the feed's heartbeat (`feed.heartbeat_seconds`, at most 3), or
    /// it will seem too old between any two. 5 seconds, unless this is called.
    pub const fn freshness_bound(mut self, bound: Duration) -> Self {
        self.freshness_bound = bound;
        self
    }

    /// What to do beyond that. [`WhenStale::Ask`], unless this is called.
    pub const fn when_stale(mut self, choice: WhenStale) -> Self {
        self.when_stale = choice;
        self
    }

    /// How long after its `exp` a token is taken: up to 5 seconds; none, unless this is called, as at the
    /// server. (What begins no more than 5 seconds from now is taken in any case: our clock may be behind.)
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How long to wait for a connection, and for an answer. 1 and 2 seconds, unless this is called.
    pub const fn timeouts(mut self, connect: Duration, request: Duration) -> Self {
        self.connect_timeout = connect;
        self.request_timeout = request;
        self
    }

    /// Starts the verifier: from now on it keeps the keys and follows the feed, in tasks of the
    /// runtime that this is called in. The server need not be there yet.
    pub fn start(self) -> Result<Verifier, Unusable> {
        is_encrypted(&self.issuer).ok_or(Unusable::Issuer)?;
        let base = self.server.as_ref().unwrap_or(&self.issuer);
        let is_encrypted = is_encrypted(base).ok_or(Unusable::Server)?;
        let credentials = self.credentials.clone();
        let (client_id, credentials) = credentials.ok_or(Unusable::Credentials)?;
        if !(SHORTEST_BOUND..=LONGEST_BOUND).contains(&self.freshness_bound) {
            return Err(Unusable::FreshnessBound);
        }
        if self.leeway > LONGEST_LEEWAY {
            return Err(Unusable::Leeway);
        }
        Handle::try_current().map_err(|_| Unusable::Runtime)?;
        let client = Client::new(is_encrypted, self.connect_timeout, self.request_timeout)
            .map_err(Unusable::Certificates)?;
        let expected = Expected {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            client_id,
            leeway_seconds: i64::try_from(self.leeway.as_secs()).unwrap_or_default(),
        };
        let server = Server::new(self.issuer.clone(), base.clone(), credentials, client);
        Ok(Verifier::start(server, expected, &self))
    }
}

fn is_encrypted(issuer: &str) -> Option<bool> {
    let uri: Uri = issuer.parse().ok()?;
    if uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
        return None;
    }
    match uri.scheme_str()? {
        "https" => Some(true),
        "http" => Some(false),
        _ => None,
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer => "the issuer is not a URL with http or https",
            Self::Server => "the server is not a URL with http or https",
            Self::Credentials => "client id and secret are missing",
            Self::FreshnessBound => "the freshness bound is not between 1 second and 5 minutes",
            Self::Leeway => "the leeway is more than 5 seconds",
            Self::Runtime => "there is no tokio runtime to follow the feed in",
            Self::Certificates(_) => "the machine's certificates can't be read",
        })
    }
}

impl std::error::Error for Unusable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Certificates(error) => Some(error),
            _ => None,
        }
    }
}
