//! Requests to the server: bounded in time and in size, and going nowhere else.

use std::error::Error;
use std::time::Duration;
use std::{fmt, io};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

/// More than this is no key set, no metadata and no answer to a question.
const MAXIMUM_BODY: usize = 256 * 1024;

/// Nobody is asked to stay away for longer.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// How long an idle connection is kept: less than a server keeps one, as a rule.
const IDLE: Duration = Duration::from_secs(30);

/// Speaks HTTP/1.1, over TLS where the URL says so.
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    request_timeout: Duration,
}

/// Why there is no answer. None of it is the token's fault.
#[derive(Debug)]
pub(crate) enum Trouble {
    Unreachable(Box<dyn Error + Send + Sync>),
    TimedOut,
    Refused {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    Nonsense(Box<dyn Error + Send + Sync>),
}

impl Client {
    /// With the machine's own certificates, which only a URL with `https` needs.
    pub(crate) fn new(
        is_encrypted: bool,
        connect_timeout: Duration,
        request_timeout: Duration,
    ) -> io::Result<Self> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let tls = if is_encrypted {
            tls.with_native_roots()?
        } else {
            tls.with_root_certificates(RootCertStore::empty())
        };
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(connect_timeout));
        http.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(https);
        Ok(Self {
            pool,
            request_timeout,
        })
    }

    /// What the answer says, if it is 200.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<T, Trouble> {
        let answer = async {
            let response = self.send(request).await?;
            let body = Limited::new(response.into_body(), MAXIMUM_BODY);
            let body = body.collect().await.map_err(Trouble::Nonsense)?;
            serde_json::from_slice(&body.to_bytes())
                .map_err(|error| Trouble::Nonsense(error.into()))
        };
        let answer = timeout(self.request_timeout, answer).await;
        answer.unwrap_or(Err(Trouble::TimedOut))
    }

    /// The stream that an answer is, if it is 200.
    pub(crate) async fn open(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Trouble> {
        let response = timeout(self.request_timeout, self.send(request)).await;
        response.unwrap_or(Err(Trouble::TimedOut))
    }

    /// No redirect is followed: what is asked goes to whom it was meant for.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Trouble> {
        let response = self.pool.request(request).await;
        let response = response.map_err(|error| unreached(error.into()))?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let retry_after = response.headers().get(RETRY_AFTER);
        let seconds = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        Err(Trouble::Refused {
            status: response.status(),
            retry_after: seconds.map(|told| Duration::from_secs(told).min(LONGEST_RETRY)),
        })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => {
                write!(f, "the server can't be reached: {}", chain(&**error))
            }
            Self::TimedOut => f.write_str("the server doesn't answer in time"),
            Self::Refused { status, .. } => write!(f, "the server answers {status}"),
            Self::Nonsense(error) => {
                write!(f, "the server's answer can't be read: {}", chain(&**error))
            }
        }
    }
}

/// A connection that wasn't made in time is silence as well.
fn unreached(error: Box<dyn Error + Send + Sync>) -> Trouble {
    let is_late = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    let is_late = causes(&*error).any(|error| error.downcast_ref().is_some_and(is_late));
    if is_late {
        return Trouble::TimedOut;
    }
    Trouble::Unreachable(error)
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = causes(error).map(ToString::to_string);
    causes.collect::<Vec<_>>().join(": ")
}

/// The error, and what caused it.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
