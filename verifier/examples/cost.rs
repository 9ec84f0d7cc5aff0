//! What it costs to verify a token: one that is remembered, and one that is new.
//!
//! A line for each: its name, the median, and between what 90 of 100 lay.

#![expect(clippy::print_stdout, reason = "this is what it is for")]

#[path = "../tests/verifier/signer.rs"]
mod signer;

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use cardea_verifier::{Claims, Verifier};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::IntervalStream;

use self::signer::Signer;

const AUDIENCE: &str = "https://shop.example.com";
const HEARTBEAT: Duration = Duration::from_millis(500);
const START_LIMIT: Duration = Duration::from_secs(10);
const ROUNDS: usize = 200;
const EACH: usize = 1000;
const NEW: usize = 5000;

/// The server has threads of its own, so that what is measured is not its work.
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let signer = Signer::new();
    let router = server(&issuer, &signer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let verifier = Verifier::new(&issuer, AUDIENCE)
        .credentials("shop", "secret")
        .start()?;
    tokio::time::timeout(START_LIMIT, verifier.ready()).await?;
    let remembered = signer.sign(&claims(&issuer, 0));
    println!("token_bytes {}", remembered.len());
    verifier.verify(&remembered).await?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started_at = Instant::now();
        for _ in 0..EACH {
            black_box(verifier.verify(black_box(&remembered)).await?);
        }
        rounds.push(started_at.elapsed() / u32::try_from(EACH)?);
    }
    tell("remembered_ns", rounds);
    let tokens: Vec<_> = (1..=NEW)
        .map(|number| signer.sign(&claims(&issuer, number)))
        .collect();
    let mut each = Vec::with_capacity(NEW);
    for token in &tokens {
        let started_at = Instant::now();
        black_box(verifier.verify(black_box(token)).await?);
        each.push(started_at.elapsed());
    }
    tell("new_ns", each);
    Ok(())
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_nanos();
    println!("{what} {} {} {}", at(50), at(5), at(95));
}

fn claims(issuer: &str, number: usize) -> Claims {
    let now = seconds();
    Claims {
        iss: issuer.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52".to_owned(),
        sid: format!("01a20153-902e-769c-8605-{number:012x}"),
        jti: "ngI5v02XV96UylzlLJxxCQ".to_owned(),
        iat: now,
        exp: now + 3600,
        nbf: None,
        auth_time: now,
        amr: vec!["pwd".to_owned()],
        client_id: "shop".to_owned(),
        scope: Some("orders:read orders:write".to_owned()),
        rev: 0,
    }
}

/// Its feed has ten thousand logouts, of others.
fn server(issuer: &str, signer: &Signer) -> Router {
    let metadata = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/keys"),
        "introspection_endpoint": format!("{issuer}/introspect"),
    });
    let keys = json!({ "keys": [signer.jwk()] });
    Router::new()
        .route(
            "/.well-known/oauth-authorization-server",
            get(async || Json(metadata)),
        )
        .route("/keys", get(async || Json(keys)))
        .route("/revocations", get(follow))
}

async fn follow() -> impl IntoResponse {
    let mut is_first = true;
    let beats = IntervalStream::new(tokio::time::interval(HEARTBEAT));
    let events = beats.map(move |_| {
        let rows = if std::mem::take(&mut is_first) { (1..=10_000).map(row).collect() } else { Vec::new() };
        let answer = json!({
            "ledger": "01a20153", "position": 10_000, "more": false, "time": time(), "revocations": rows,
        });
        let event = format!("event: revocations\ndata: {answer}\n\n");
        Ok::<_, Infallible>(Bytes::from(event))
    });
    (
        [(CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(events),
    )
}

fn row(position: i64) -> serde_json::Value {
    json!({
        "position": position, "effect": "dead", "cut_off": false, "reason": "LOGGED_OUT",
        "subject": { "sid": format!("01a20153-0000-7000-8000-{position:012x}") },
        "expires_at": seconds() + 3600,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is no server of ours with a clock"
)]
fn time() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

#[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
fn seconds() -> i64 {
    time() as i64
}
