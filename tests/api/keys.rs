//! The signing keys as sub-systems see them, and as the database has them.

use std::time::Duration;

use cardea_entity::signing_keys;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::app::{TestApp, eventually};
use crate::client::{Client, Request};
use crate::command_line::do_it;
use crate::forgery::Token;
use crate::people::Session;

pub(crate) const KEYS: &str = "/.well-known/jwks.json";

/// A server looks at its clock four times a second, and has then something to do.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A key is published for ten minutes before it signs.
pub(crate) const LEAD_SECONDS: u64 = 600;

/// A key verifies for an hour and a bit after its successor took over.
pub(crate) const OVERLAP_SECONDS: u64 = 3600 + 300 + 10;

/// Runs `cardea keys` with these words, and lets the time pass after which servers heed it.
pub(crate) async fn command(app: &TestApp, words: &[&str]) -> String {
    let said = do_it(app, &[&["keys"], words].concat(), "").await;
    app.advance_seconds(10);
    said
}

/// The published keys.
pub(crate) async fn published(client: &Client) -> Vec<Value> {
    let document = client.send(Request::get(KEYS)).await.json();
    document["keys"].as_array().expect("a list").clone()
}

/// Their names, in order.
pub(crate) async fn kids(client: &Client) -> Vec<String> {
    published(client).await.iter().map(kid).collect()
}

pub(crate) fn kid(about: &Value) -> String {
    about["kid"].as_str().expect("a text").to_owned()
}

/// The key that signed a session's token.
pub(crate) fn signer(session: &Session) -> String {
    kid(&Token::apart(&session.token).header)
}

/// Waits until that many are published; the names of those that are not in this list.
pub(crate) async fn new_kids(client: &Client, count: usize, known: &[String]) -> Vec<String> {
    eventually(SOON, &format!("{count} keys"), async || {
        kids(client).await.len() == count
    })
    .await;
    let kids = kids(client).await.into_iter();
    kids.filter(|kid| !known.contains(kid)).collect()
}

/// The names of all keys that the database has.
pub(crate) async fn kept(app: &TestApp) -> Vec<String> {
    let rows = signing_keys::Entity::find()
        .all(&app.database().await)
        .await;
    let rows = rows.expect("the table is there").into_iter();
    rows.map(|row| row.kid).collect()
}
