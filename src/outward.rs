//! Requests that we make: forms that are posted to applications, bounded in time and in size, and
//! going nowhere else.

use std::error::Error;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Request, Response};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

/// What we call ourselves.
const AGENT: &str = concat!("cardea/", env!("CARGO_PKG_VERSION"));

/// So much of an answer is read that nobody looks at, and for so long: the connection is good for the
/// next request then.
const MAXIMUM_BODY: usize = 64 * 1024;
const BODY_PATIENCE: Duration = Duration::from_millis(500);

/// How long an idle connection is kept: less than the five seconds for which Node does, by default.
const IDLE: Duration = Duration::from_secs(4);

type Pool = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Posts forms over HTTP/1.1, over TLS where the URL says so, by no proxy, and follows no redirect.
#[derive(Clone)]
pub struct Poster {
    /// The machine's certificates are read when they are wanted.
    pool: Arc<LazyLock<Pool>>,
    patience: Duration,
}

/// Why nobody has answered.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("this is no URL to call")]
    NoUrl(#[source] hyper::http::Error),
    #[error("it can't be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    #[error("it does not answer in time")]
    TimedOut,
}

impl Poster {
    /// Nobody is waited for longer than this.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self {
            pool: Arc::new(LazyLock::new(open)),
            patience,
        }
    }

    /// The status of the answer.
    pub async fn post(&self, url: &str, form: String) -> Result<u16, Unanswered> {
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(USER_AGENT, AGENT)
            .body(Full::from(form))
            .map_err(Unanswered::NoUrl)?;
        let response = timeout(self.patience, self.pool.request(request)).await;
        let response = response.map_err(|_| Unanswered::TimedOut)?;
        let response = response.map_err(|error| Unanswered::Unreachable(error.into()))?;
        let status = response.status().as_u16();
        read_to_the_end(response).await;
        Ok(status)
    }
}

fn open() -> Pool {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls())
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .build(https)
}

/// With the machine's own certificates. Without any, nobody is trusted; what is called over plain HTTP,
/// on this machine, is called all the same.
fn tls() -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = || {
        ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("this provider has the suites of these versions")
    };
    match builder().with_native_roots() {
        Ok(trusting) => trusting.with_no_client_auth(),
        Err(error) => {
            let error = &error as &dyn Error;
            tracing::warn!(
                error,
                "this machine has no certificates of authorities: nobody can be called over https"
            );
            let nobody = RootCertStore::empty();
            builder()
                .with_root_certificates(nobody)
                .with_no_client_auth()
        }
    }
}

async fn read_to_the_end(response: Response<Incoming>) {
    let body = Limited::new(response.into_body(), MAXIMUM_BODY);
    // What can't be read costs the connection, and nothing else.
    drop(timeout(BODY_PATIENCE, body.collect()).await);
}
