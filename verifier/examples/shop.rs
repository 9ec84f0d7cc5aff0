//! A sub-system: it shows their orders to those who may read them, and sees when they log out.

use std::env;

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use cardea_verifier::{Caller, Refusal, Verifier};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let verifier = Verifier::new(read("ISSUER")?, read("AUDIENCE")?)
        .credentials(read("CLIENT_ID")?, &read("CLIENT_SECRET")?)
        .start()?;
    let shop = Router::new()
        .route("/", get(welcome))
        .route("/orders", get(orders))
        .with_state(verifier);
    axum::serve(TcpListener::bind(read("LISTEN")?).await?, shop).await?;
    Ok(())
}

async fn welcome(caller: Caller) -> String {
    format!("welcome, {}\n", caller.user_id())
}

async fn orders(caller: Caller) -> Result<String, Refusal> {
    caller.require("orders:read")?;
    Ok(format!("the orders of {}\n", caller.user_id()))
}

fn read(name: &str) -> anyhow::Result<String> {
    env::var(name).with_context(|| format!("set {name}"))
}
