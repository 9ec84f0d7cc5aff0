//! The shop: shows their orders to those who are signed in, and refunds to those who may see them.

use std::env;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Method};
use axum::routing::get;
use axum::{Json, Router};
use cardea_verifier::{Caller, Refusal, Verifier, WhenStale};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

/// What browsers ask beforehand they need not ask again so soon.
const PREFLIGHT_AGE: Duration = Duration::from_hours(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let verifier = Verifier::new(read("ISSUER")?, read("AUDIENCE")?)
        .server(read("SERVER")?)
        .credentials(read("CLIENT_ID")?, &read("CLIENT_SECRET")?)
        // What isn't known because the feed is late: Cardea is asked.
        .when_stale(WhenStale::Ask)
        .start()?;
    let shop = Router::new()
        .route("/orders", get(orders))
        .route("/refunds", get(refunds))
        .with_state(verifier)
        .layer(page(&read("PAGE")?)?);
    axum::serve(TcpListener::bind(read("LISTEN")?).await?, shop).await?;
    Ok(())
}

async fn orders(caller: Caller) -> Json<Value> {
    Json(json!({ "orders": ["a lamp", "two chairs"], "of": caller.user_id() }))
}

async fn refunds(caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.require("refunds:read")?;
    Ok(Json(
        json!({ "refunds": ["one chair"], "of": caller.user_id() }),
    ))
}

/// The one origin whose scripts may ask us.
fn page(origin: &str) -> anyhow::Result<CorsLayer> {
    Ok(CorsLayer::new()
        .allow_origin(origin.parse::<HeaderValue>()?)
        .allow_methods([Method::GET])
        .allow_headers([AUTHORIZATION])
        .max_age(PREFLIGHT_AGE))
}

fn read(name: &str) -> anyhow::Result<String> {
    env::var(name).with_context(|| format!("set {name}"))
}
