//! A server in the tests' hands: its keys, its feed, and what it answers when it is asked.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use cardea_verifier::{Claims, Settings, Verifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;

use crate::signer::Signer;

pub(crate) const AUDIENCE: &str = "https://shop.example.com";
pub(crate) const LEDGER: &str = "01a20153-7a10-7d44-9c0e-5f2d8b1e6a34";

/// `Basic shop:s3cret!`, the mark encoded as in a form.
const CREDENTIALS: &str = "Basic c2hvcDpzM2NyZXQlMjE=";

/// Whatever doesn't come within this doesn't come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) issuer: String,
    pub(crate) base: String,
    pub(crate) signer: Arc<Signer>,
    shared: Arc<Shared>,
    streams: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Stream>>>,
}

struct Shared {
    issuer: String,
    keys: Mutex<Vec<Value>>,
    looks: Mutex<u32>,
    /// What followers get instead of a stream, one after the other.
    refusals: Mutex<VecDeque<(StatusCode, Option<u32>)>>,
    followers: mpsc::UnboundedSender<Stream>,
    answer: Mutex<(StatusCode, Value)>,
    questions: Mutex<Vec<String>>,
    /// It takes what is asked, and says nothing.
    is_silent: AtomicBool,
}

/// One that follows, and what it asked for.
pub(crate) struct Stream {
    pub(crate) query: String,
    body: mpsc::Sender<io::Result<Bytes>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_as(None).await
    }

    /// One that is reached at [`Self::base`], and calls itself otherwise.
    pub(crate) async fn start_as(issuer: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let issuer = issuer.map_or_else(|| base.clone(), str::to_owned);
        let signer = Arc::new(Signer::new());
        let (followers, streams) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            keys: Mutex::new(vec![signer.jwk()]),
            looks: Mutex::default(),
            refusals: Mutex::default(),
            followers,
            answer: Mutex::new((StatusCode::SERVICE_UNAVAILABLE, Value::Null)),
            questions: Mutex::default(),
            is_silent: AtomicBool::default(),
        });
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/.well-known/jwks.json", get(keys))
            .route("/revocations", get(follow))
            .route("/oauth2/introspect", post(introspect))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            issuer,
            base,
            signer,
            shared,
            streams: Arc::new(tokio::sync::Mutex::new(streams)),
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        Verifier::new(&self.issuer, AUDIENCE).credentials("shop", "s3cret!")
    }

    /// A verifier that has heard of the ledger up to 100, and how that came.
    pub(crate) async fn followed(&self) -> (Verifier, Stream) {
        self.followed_by(self.settings()).await
    }

    pub(crate) async fn followed_by(&self, settings: Settings) -> (Verifier, Stream) {
        let verifier = settings.start().expect("good settings");
        let stream = self.next_stream().await;
        assert_eq!(stream.query, "");
        stream.tell(100, &[]).await;
        timeout(PATIENCE, verifier.ready())
            .await
            .expect("it comes in time");
        (verifier, stream)
    }

    /// The next that comes to follow.
    pub(crate) async fn next_stream(&self) -> Stream {
        let mut streams = self.streams.lock().await;
        let stream = timeout(PATIENCE, streams.recv()).await;
        stream
            .expect("somebody follows")
            .expect("the server is there")
    }

    pub(crate) fn refuse_next(&self, status: StatusCode, retry_after: Option<u32>) {
        let mut refusals = self.shared.refusals.lock().expect("nobody panicked");
        refusals.push_back((status, retry_after));
    }

    /// What it says of every token that it is asked about.
    pub(crate) fn answer(&self, status: StatusCode, answer: Value) {
        *self.shared.answer.lock().expect("nobody panicked") = (status, answer);
    }

    /// What is asked from now on has no answer, even when it speaks again.
    pub(crate) fn fall_silent(&self) {
        self.shared.is_silent.store(true, Ordering::SeqCst);
    }

    pub(crate) fn speak_again(&self) {
        self.shared.is_silent.store(false, Ordering::SeqCst);
    }

    pub(crate) fn questions(&self) -> Vec<String> {
        self.shared
            .questions
            .lock()
            .expect("nobody panicked")
            .clone()
    }

    pub(crate) fn publish(&self, keys: Vec<Value>) {
        *self.shared.keys.lock().expect("nobody panicked") = keys;
    }

    pub(crate) fn looks(&self) -> u32 {
        *self.shared.looks.lock().expect("nobody panicked")
    }

    /// What a token says that was issued now, at this position.
    pub(crate) fn claims(&self, session: &str, rev: i64) -> Claims {
        Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52".to_owned(),
            sid: session.to_owned(),
            jti: "ngI5v02XV96UylzlLJxxCQ".to_owned(),
            iat: whole_now(),
            exp: whole_now() + 300,
            nbf: None,
            auth_time: whole_now(),
            amr: vec!["pwd".to_owned()],
            client_id: "shop".to_owned(),
            scope: Some("orders:read".to_owned()),
            rev,
        }
    }

    pub(crate) fn token(&self, session: &str, rev: i64) -> String {
        self.signer.sign(&self.claims(session, rev))
    }
}

impl Shared {
    async fn mind_silence(&self) {
        if self.is_silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

impl Stream {
    /// That the ledger is there now, with these rows before.
    pub(crate) async fn tell(&self, position: i64, rows: &[Value]) {
        self.send(&event(LEDGER, position, now(), rows)).await;
    }

    pub(crate) async fn send(&self, text: &str) {
        let bytes = Bytes::from(text.to_owned());
        self.body.send(Ok(bytes)).await.expect("it is followed");
    }

    /// The same, though it may have been left by now.
    pub(crate) async fn send_or_leave(&self, text: String) {
        let _ = self.body.send(Ok(Bytes::from(text))).await;
    }

    /// Breaks off, as a connection does.
    pub(crate) async fn cut(self) {
        let error = io::Error::other("cut");
        self.body.send(Err(error)).await.expect("it is followed");
    }

    /// Waits until nobody reads it any more.
    pub(crate) async fn left(&self) {
        timeout(PATIENCE, self.body.closed())
            .await
            .expect("the follower leaves");
    }
}

/// An event as the feed writes it.
pub(crate) fn event(ledger: &str, position: i64, time: f64, rows: &[Value]) -> String {
    let data = json!({
        "ledger": ledger,
        "position": position,
        "more": false,
        "time": time,
        "revocations": rows,
    });
    format!("event: revocations\nid: {ledger}/{position}\ndata: {data}\n\n")
}

/// A session that was logged out of there.
pub(crate) fn logout(session: &str, position: i64) -> Value {
    json!({
        "position": position,
        "effect": "dead",
        "cut_off": false,
        "subject": { "sid": session },
        "reason": "LOGGED_OUT",
        "expires_at": whole_now() + 3600,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is no server of ours with a clock"
)]
pub(crate) fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("it is later than 1970").as_secs_f64()
}

#[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
fn whole_now() -> i64 {
    now() as i64
}

async fn metadata(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.mind_silence().await;
    let issuer = &shared.issuer;
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
    }))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    *shared.looks.lock().expect("nobody panicked") += 1;
    Json(json!({ "keys": *shared.keys.lock().expect("nobody panicked") }))
}

async fn follow(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    assert_eq!(headers[AUTHORIZATION], CREDENTIALS);
    if let Some((status, retry)) = shared.refusals.lock().expect("nobody panicked").pop_front() {
        return match retry {
            Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())]).into_response(),
            None => status.into_response(),
        };
    }
    let (body, stream) = mpsc::channel(16);
    let query = query.unwrap_or_default();
    let _ = shared.followers.send(Stream { query, body });
    let body = Body::from_stream(ReceiverStream::new(stream));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn introspect(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    assert_eq!(headers[AUTHORIZATION], CREDENTIALS);
    shared.questions.lock().expect("nobody panicked").push(body);
    shared.mind_silence().await;
    let (status, answer) = shared.answer.lock().expect("nobody panicked").clone();
    (status, Json(answer)).into_response()
}
