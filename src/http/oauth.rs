//! What applications ask about tokens in OAuth's own way: introspection (RFC 7662) and revocation
//! (RFC 7009).

mod answer;
mod credentials;
mod form;
mod refusal;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State as Extract};
use axum::http::{HeaderMap, Method, Request, Response};
use axum::routing::any;

pub(super) use self::answer::json;
pub(super) use self::form::check_url;
pub(super) use self::refusal::Refused;

use self::form::Form;
use super::{State, caller, well_known};
use crate::model::caller::Origin;
use crate::model::refusal::{Fault, Stop};
use crate::service::clients::{Client, ConfidentialClient, RevokeOutcome};

pub(super) const INTROSPECT: &str = "/oauth2/introspect";
pub(super) const REVOKE: &str = "/oauth2/revoke";

/// A request whose client is known.
struct Asked {
    client: Client,
    form: Form,
    origin: Origin,
}

/// The routes of both endpoints: at the root, and under the issuer's path, where the metadata says
/// that they are.
pub(super) fn routes(issuer: &str) -> Router<State> {
    let at = |prefix: &str| {
        Router::new()
            .route(&format!("{prefix}{INTROSPECT}"), any(introspect))
            .route(&format!("{prefix}{REVOKE}"), any(revoke))
    };
    match well_known::path_of(issuer).as_str() {
        "" => at(""),
        path => at("").merge(at(path)),
    }
}

async fn introspect(
    Extract(state): Extract<State>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let services = Arc::clone(&state.0.services);
    in_time(&state, async {
        let Asked { client, form, .. } = asked(&state, peer, request).await?;
        let client = client.confidential().ok_or_else(Refused::client)?;
        let active = services.clients.introspect(&client, form.token()?).await?;
        Ok(answer::introspection(active, &services.settings.issuer()))
    })
    .await
}

async fn revoke(
    Extract(state): Extract<State>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    in_time(&state, async {
        let mut asked = asked(&state, peer, request).await?;
        // Whatever a disabled one could revoke is dead.
        asked.client = asked.client.enabled().ok_or_else(Refused::client)?;
        asked.form.token()?;
        match finished(&state, asked).await? {
            RevokeOutcome::Dead => Ok(answer::empty()),
            RevokeOutcome::IssuedToAnother => Err(Refused::token()),
        }
    })
    .await
}

/// A revocation that has begun is finished, whether or not its client still listens: it must not
/// stop half-way between the ledger and the index.
async fn finished(state: &State, asked: Asked) -> Result<RevokeOutcome, Refused> {
    let services = Arc::clone(&state.0.services);
    let work = async move {
        let Asked {
            client,
            form,
            origin,
        } = asked;
        let token = form.token()?;
        Ok(services.clients.revoke(&client, token, &origin).await?)
    };
    let work = tracing::Instrument::instrument(work, tracing::Span::current());
    tokio::spawn(work).await.unwrap_or_else(|panic| {
        let fault = Fault {
            doing: "revoking a token",
            source: Box::new(panic),
        };
        Err(Stop::from(fault).into())
    })
}

/// An answer, or that there is none in time.
pub(super) async fn in_time(
    state: &State,
    work: impl Future<Output = Result<Response<Body>, Refused>>,
) -> Response<Body> {
    let timeout = state.0.limits.request_timeout;
    let answer = tokio::time::timeout(timeout, work).await;
    let answer = answer.unwrap_or_else(|_| {
        tracing::warn!("a request took too long");
        Err(Refused::silence())
    });
    answer.unwrap_or_else(Refused::into_response)
}

/// What is asked, and by whom: everything that both endpoints want to be so.
async fn asked(state: &State, peer: SocketAddr, request: Request<Body>) -> Result<Asked, Refused> {
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Refused::method(Method::POST));
    }
    form::check_url(&head.uri)?;
    let form = form::read(&state.0.limits, &head.headers, body).await?;
    let credentials = credentials::shown(&head.headers, &form)?;
    let origin = origin(state, peer, &head.headers);
    let client = state.0.services.clients.authenticate(&credentials, &origin);
    Ok(Asked {
        client: client.await?.ok_or_else(Refused::client)?,
        form,
        origin,
    })
}

/// The confidential application, enabled, that a request without a form is of.
pub(super) async fn confidential(
    state: &State,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<ConfidentialClient, Refused> {
    let credentials = credentials::shown(headers, &Form::default())?;
    let known = state.0.services.clients.authenticate(&credentials, origin);
    let known = tokio::time::timeout(state.0.limits.request_timeout, known).await;
    let client = known.map_err(|_| Refused::silence())??;
    let client = client.and_then(|client| client.enabled()?.confidential());
    client.ok_or_else(Refused::client)
}

pub(super) fn origin(state: &State, peer: SocketAddr, headers: &HeaderMap) -> Origin {
    let trusted = &state.0.services.settings.http.trusted_proxies;
    Origin {
        address: Some(caller::address(peer.ip(), headers, trusted)),
        user_agent: caller::user_agent(headers),
        ..Origin::default()
    }
}
