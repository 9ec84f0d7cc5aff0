//! The server as its metadata describes it (RFC 8414), and what is asked of it.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::client::{Client, Trouble};

/// Where the metadata is.
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// Where the feed is, from the issuer on.
const FEED: &str = "/revocations";

/// The one server whose tokens we take.
pub(crate) struct Server {
    issuer: String,
    /// Where it is reached: mostly the same.
    base: String,
    /// `Authorization: Basic`: not to be printed.
    credentials: HeaderValue,
    client: Client,
    metadata: OnceCell<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
    introspection_endpoint: String,
}

#[derive(Deserialize)]
struct KeyAnswer {
    keys: Vec<Value>,
}

/// RFC 7662, section 2.2.
#[derive(Deserialize)]
pub(crate) struct Introspected {
    pub(crate) active: bool,
    pub(crate) jti: Option<String>,
}

impl Server {
    pub(crate) fn new(
        issuer: String,
        base: String,
        credentials: HeaderValue,
        client: Client,
    ) -> Self {
        Self {
            issuer,
            base,
            credentials,
            client,
            metadata: OnceCell::new(),
        }
    }

    /// The keys as they stand now.
    pub(crate) async fn keys(&self) -> Result<Vec<Value>, Trouble> {
        let metadata = self.metadata().await?;
        let answer: KeyAnswer = self.client.ask(get(&metadata.jwks_uri)?).await?;
        Ok(answer.keys)
    }

    /// Whether a token is good.
    pub(crate) async fn introspect(&self, token: &str) -> Result<Introspected, Trouble> {
        let metadata = self.metadata().await?;
        let body = format!("token={}", utf8_percent_encode(token, NON_ALPHANUMERIC));
        let request = Request::post(&metadata.introspection_endpoint)
            .header(AUTHORIZATION, &self.credentials)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Full::new(Bytes::from(body)));
        self.client.ask(request.map_err(nonsense)?).await
    }

    /// The feed from there on: ledger and position.
    pub(crate) async fn follow(
        &self,
        from: Option<(String, i64)>,
    ) -> Result<Response<hyper::body::Incoming>, Trouble> {
        let base = self.base.trim_end_matches('/');
        let url = from.map_or_else(
            || format!("{base}{FEED}"),
            |(ledger, position)| {
                let ledger = utf8_percent_encode(&ledger, NON_ALPHANUMERIC);
                format!("{base}{FEED}?after={position}&ledger={ledger}")
            },
        );
        let request = Request::get(url)
            .header(AUTHORIZATION, &self.credentials)
            .header(ACCEPT, "text/event-stream")
            .body(Full::default());
        let response = self.client.open(request.map_err(nonsense)?).await?;
        let media = response.headers().get(CONTENT_TYPE);
        let media = media
            .and_then(|media| media.to_str().ok())
            .unwrap_or_default();
        if !media.starts_with("text/event-stream") {
            return Err(Trouble::Nonsense("this is no stream of events".into()));
        }
        Ok(response)
    }

    async fn metadata(&self) -> Result<&Metadata, Trouble> {
        self.metadata
            .get_or_try_init(|| self.fetch_metadata())
            .await
    }

    async fn fetch_metadata(&self) -> Result<Metadata, Trouble> {
        let url = metadata_url(&self.issuer, &self.base);
        let mut metadata: Metadata = self.client.ask(get(&url)?).await?;
        // RFC 8414, section 3.3. Otherwise one server could speak for another.
        if metadata.issuer != self.issuer {
            let text = format!("{url} is of the issuer {}", metadata.issuer);
            return Err(Trouble::Nonsense(text.into()));
        }
        let is_encrypted = self.issuer.starts_with("https:") || self.base.starts_with("https:");
        for url in [&mut metadata.jwks_uri, &mut metadata.introspection_endpoint] {
            if let Some(reached) = self.reached(url) {
                *url = reached;
            } else if is_encrypted && !url.starts_with("https:") {
                let text = format!("{url} is not encrypted, though the issuer is");
                return Err(Trouble::Nonsense(text.into()));
            }
        }
        Ok(metadata)
    }

    /// What lies under the issuer is asked for where the server is reached.
    fn reached(&self, url: &str) -> Option<String> {
        let path = url.strip_prefix(self.issuer.trim_end_matches('/'))?;
        let base = self.base.trim_end_matches('/');
        path.starts_with('/').then(|| format!("{base}{path}"))
    }
}

fn get(url: &str) -> Result<Request<Full<Bytes>>, Trouble> {
    let request = Request::get(url).header(ACCEPT, "application/json");
    request.body(Full::default()).map_err(nonsense)
}

fn nonsense(error: hyper::http::Error) -> Trouble {
    Trouble::Nonsense(error.into())
}

/// The well-known part stands between host and path of the issuer (RFC 8414, section 3.1). A base of
/// another name leads to the server itself.
fn metadata_url(issuer: &str, base: &str) -> String {
    let path = match issuer.parse::<Uri>() {
        Ok(uri) if issuer == base => uri.path().trim_end_matches('/').to_owned(),
        _ => String::new(),
    };
    let base = base.trim_end_matches('/');
    let origin = base.strip_suffix(&path).unwrap_or(base);
    format!("{origin}{METADATA}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_is_where_rfc_8414_puts_it() {
        for (issuer, url) in [
            (
                "https://a.example",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "http://a.example:8080/sso",
                "http://a.example:8080/.well-known/oauth-authorization-server/sso",
            ),
        ] {
            assert_eq!(metadata_url(issuer, issuer), url);
        }
    }

    #[test]
    fn by_another_way_it_is_at_that_ways_end() {
        for base in [
            "http://10.0.0.7:8080/cardea",
            "http://10.0.0.7:8080/cardea/",
        ] {
            let url = metadata_url("https://a.example/sso", base);
            assert_eq!(url, format!("http://10.0.0.7:8080/cardea{METADATA}"));
        }
    }
}
