//! The listener: connections with a cap, headers with a time, an end that waits for its guests.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::header::UPGRADE;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt as _};

use super::received::{Counting, Received};
use crate::config::Http as Settings;
use crate::metrics::Requests;

/// Headers, and what a GET carries in its URL, fit in this; a token has at most 8 KiB.
const HEADER_BYTES: usize = 32 * 1024;

/// After an error of `accept` (no more file descriptors, mostly) there is nothing to do but wait.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until it is told to stop; then finishes what is under way, within its time.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    requests: Requests,
    stop: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(settings.max_connections));
    let open = TaskTracker::new();
    let header_timeout = Duration::from_secs(settings.header_timeout_seconds);
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_header_size(HEADER_BYTES);
    loop {
        // A slot first: what can't be served waits in the kernel's queue, not in our memory.
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "can't accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let received = Received::default();
        let stream = Counting::new(tuned(stream, header_timeout), received.clone());
        let connection = protocol.serve_connection(
            TokioIo::new(stream),
            TowerToHyperService::new(of_peer(router.clone(), peer, received)),
        );
        // What becomes a socket is no connection any more: it has its own caps, and its own end.
        let connection = connection.with_upgrades();
        let (connected, stop) = (requests.connected(), stop.clone());
        open.spawn(async move {
            let mut connection = pin!(connection);
            let served = tokio::select! {
                served = connection.as_mut() => served,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // A client that hangs up or stutters is no news.
            if let Err(error) = served {
                tracing::debug!(error = &error as &dyn std::error::Error, %peer, "connection");
            }
            drop((slot, connected));
        });
    }
    drop(listener);
    open.close();
    let patience = Duration::from_secs(settings.shutdown_timeout_seconds);
    if tokio::time::timeout(patience, open.wait()).await.is_err() {
        tracing::warn!("some requests were not finished in time");
    }
}

/// The routes, for requests of one peer over one connection.
fn of_peer(
    router: Router,
    peer: SocketAddr,
    received: Received,
) -> impl Service<hyper::Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    router
        .into_service()
        .map_request(move |mut request: hyper::Request<Incoming>| {
            // An allocation each: this one for those alone who will ask for it.
            if request.headers().contains_key(UPGRADE) {
                request.extensions_mut().insert(received.clone());
            }
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        })
}

fn tuned(stream: TcpStream, patience: Duration) -> TcpStream {
    // Answers are written whole: waiting for more would only hold them back.
    drop(stream.set_nodelay(true));
    // A client that reads nothing of its answer is cut, too: it would hold its slot for ever.
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        let _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, milliseconds);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = patience;
    stream
}
