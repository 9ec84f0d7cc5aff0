//! A key that can't be looked for is an outage, not a bad token.

use std::time::Duration;

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::forgery::{Key, Token, encode};
use crate::outages::{RECOVERY, assert_unavailable};
use crate::people::{LOGOUT, Person};
use crate::postgres_server::PostgresServer;
use crate::stores::Stores;

#[tokio::test]
async fn a_key_that_can_not_be_looked_for_is_no_bad_token() {
    let postgres = PostgresServer::start();
    let app = TestApp::on(Stores::kept_in(&postgres).await, |config| {
        config.database.timeout_milliseconds = 300;
        // The index answers all the while: this is about the keys.
        config.revocation.lease_milliseconds = 60_000;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let unknown = |number: u8| {
        let token = Token::apart(&session.token).with_header("kid", encode(&[number; 32]));
        token.signed_by(&Key::foreign())
    };
    let me = "{ authSettings { issuer } currentSession { id } }";
    app.ask_as(&unknown(1), me)
        .await
        .assert_unauthenticated("MALFORMED");
    postgres.pause();
    let many = (2..20).map(|number| {
        let token = unknown(number);
        Request::graphql(me, &serde_json::Value::Null).bearer(&token)
    });
    let begun = std::time::Instant::now();
    for answer in app.send_at_once(many.collect()).await {
        assert_unavailable(&answer);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    // Whether there is something to end can't be said, either.
    assert_unavailable(&app.ask_as(&unknown(20), LOGOUT).await);
    // What names no key at all needs no look, and a known key none either.
    let nameless = Token::apart(&session.token).with_header("kid", "unknown");
    let nameless = nameless.signed_by(&Key::foreign());
    app.ask_as(&nameless, me)
        .await
        .assert_unauthenticated("MALFORMED");
    let forged = Token::apart(&session.token).signed_by(&Key::foreign());
    app.ask_as(&forged, me)
        .await
        .assert_unauthenticated("MALFORMED");
    postgres.resume();
    eventually(RECOVERY * 2, "looked for again", async || {
        app.ask_as(&unknown(21), me).await.status == 401
    })
    .await;
    session.assert_live(&app).await;
}
