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
    pub(crate) fn new(issuer: String, credentials: HeaderValue, client: Client) -> Self {
        Self {
            issuer,
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
        let base = self.issuer.trim_end_matches('/');
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
        let url = metadata_url(&self.issuer);
        let metadata: Metadata = self.client.ask(get(&url)?).await?;
        // RFC 8414, section 3.3. Otherwise one server could speak for another.
        if metadata.issuer != self.issuer {
            let text = format!("{url} is of the issuer {}", metadata.issuer);
            return Err(Trouble::Nonsense(text.into()));
        }
        let is_encrypted = self.issuer.starts_with("https:");
        for url in [&metadata.jwks_uri, &metadata.introspection_endpoint] {
            if is_encrypted && !url.starts_with("https:") {
                let text = format!("{url} is not encrypted, though the issuer is");
                return Err(Trouble::Nonsense(text.into()));
            }
        }
        Ok(metadata)
    }
}

/// The well-known part stands between host and path (RFC 8414, section 3.1).
fn metadata_url(issuer: &str) -> String {
    let issuer = issuer.trim_end_matches('/');
    let path = issuer.parse::<Uri>().map(|uri| uri.path().to_owned());
    let path = path.unwrap_or_default();
    let path = path.trim_end_matches('/');
    let origin = issuer.strip_suffix(path).unwrap_or(issuer);
    format!("{origin}{METADATA}{path}")
}

fn get(url: &str) -> Result<Request<Full<Bytes>>, Trouble> {
    let request = Request::get(url).header(ACCEPT, "application/json");
    request.body(Full::default()).map_err(nonsense)
}

fn nonsense(error: hyper::http::Error) -> Trouble {
    Trouble::Nonsense(error.into())
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
            assert_eq!(metadata_url(issuer), url);
        }
    }
}
