//! What is told over an event stream (CAEP 1.0): each end of a session once, each new password once, and
//! nothing that nobody did.

use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp, eventually};
use crate::client::Request;
use crate::command_line::do_it;
use crate::following::{SOON, claim, over, with_alice};
use crate::people::{LOGOUT, Person, Session};
use crate::receiving::{CREDENTIAL_CHANGE, Event, SESSION_REVOKED, VERIFICATION};
use crate::signed_in::{to_log_out_everywhere, to_log_out_of, to_revoke};
use crate::sub_systems::{BILLING, SHOP, SubSystem, Tokens};

const DAY: u64 = 24 * 60 * 60;

/// A server where both sub-systems have a stream.
async fn with_streams() -> (TestApp, Person, [Value; 2]) {
    let (app, alice) = with_alice().await;
    let shop = SHOP.make_stream(&json!({}), &app).await;
    let billing = BILLING.make_stream(&json!({}), &app).await;
    (app, alice, [shop, billing])
}

/// All that is told; it is acknowledged.
async fn take(system: SubSystem, stream: &Value, app: &TestApp) -> Vec<Event> {
    let mut all = Vec::new();
    let mut ask = json!({ "returnImmediately": true });
    loop {
        let polled = system.poll(stream, &ask, app).await;
        if polled.events.is_empty() {
            return all;
        }
        ask["ack"] = json!(polled.jtis());
        all.extend(polled.events);
    }
}

/// The sessions that have ended, each once, and why, by whom.
fn ended(events: &[Event]) -> Vec<(String, String, String)> {
    let ended = events
        .iter()
        .filter(|event| event.kind() == SESSION_REVOKED);
    let mut ended: Vec<_> = ended
        .map(|event| {
            (
                event.session().to_owned(),
                event.reason().to_owned(),
                event.initiator().to_owned(),
            )
        })
        .collect();
    ended.sort();
    ended
}

fn all_ended(
    sessions: &[&Session],
    reason: &str,
    initiator: &str,
) -> Vec<(String, String, String)> {
    let mut ended: Vec<_> = sessions
        .iter()
        .map(|session| (sid(session), reason.to_owned(), initiator.to_owned()))
        .collect();
    ended.sort();
    ended
}

fn sid(session: &Session) -> String {
    let claims = crate::forgery::Token::apart(&session.token).claims;
    claims["sid"].as_str().expect("a text").to_owned()
}

async fn at(system: SubSystem, person: &Person, app: &TestApp) -> Session {
    person.log_in_at(system.client_id, "BODY", app).await
}

#[tokio::test]
async fn an_event_says_who_did_what_to_whose_session() {
    let (app, alice, [shop, _]) = with_streams().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let request = Request::graphql(LOGOUT, &Value::Null).bearer(&tokens.access);
    app.send(request).await.data();
    let events = SHOP.fetch(&shop, &app).await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    let iat = event.claims["iat"].as_i64().expect("a number");
    assert!((app.now() - iat).abs() < 60, "{iat}");
    assert_eq!(
        event.claims,
        json!({
            "iss": ISSUER,
            "aud": "shop",
            "jti": event.jti,
            "iat": iat,
            "txn": event.claims["txn"],
            "sub_id": {
                "format": "complex",
                "user": { "format": "iss_sub", "iss": ISSUER, "sub": claim(&tokens, "sub") },
                "session": { "format": "opaque", "id": claim(&tokens, "sid") },
            },
            "events": { SESSION_REVOKED: {
                "event_timestamp": iat,
                "initiating_entity": "user",
                "reason_admin": { "en": "LOGGED_OUT" },
            } },
        })
    );
    let keys = app
        .send(Request::get("/.well-known/jwks.json"))
        .await
        .json();
    let header = &event.header;
    assert_eq!(header["typ"], "secevent+jwt");
    assert_eq!(header["kid"], keys["keys"][0]["kid"]);
    // Told again, it says the same.
    assert_eq!(SHOP.fetch(&shop, &app).await, events);
}

#[tokio::test]
async fn each_way_to_log_out_tells_of_each_session_once() {
    let (app, alice, [shop, billing]) = with_streams().await;
    let [first, second] = [at(SHOP, &alice, &app).await, at(SHOP, &alice, &app).await];
    let elsewhere = at(BILLING, &alice, &app).await;
    app.send(to_revoke(&second.id).bearer(&first.token))
        .await
        .data();
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(ended(&told), all_ended(&[&second], "REVOKED", "user"));
    // The one that asks is kept.
    let third = at(SHOP, &alice, &app).await;
    let (_, kept) = first.log_out_elsewhere(&app).await;
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(
        ended(&told),
        all_ended(&[&third], "LOGGED_OUT_EVERYWHERE", "user")
    );
    let also = take(BILLING, &billing, &app).await;
    assert_eq!(
        ended(&also),
        all_ended(&[&elsewhere], "LOGGED_OUT_EVERYWHERE", "user")
    );
    assert_eq!(told[0].claims["txn"], also[0].claims["txn"], "of one cause");
    let fourth = at(SHOP, &alice, &app).await;
    let elsewhere = at(BILLING, &alice, &app).await;
    let id = app.application_id("shop").await;
    app.send(to_log_out_of(&id).bearer(&elsewhere.token))
        .await
        .data();
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(
        ended(&told),
        all_ended(&[&kept, &fourth], "LOGGED_OUT_OF_APPLICATION", "user")
    );
    assert_eq!(take(BILLING, &billing, &app).await, []);
    let fifth = at(SHOP, &alice, &app).await;
    app.send(to_log_out_everywhere(&json!({})).bearer(&fifth.token))
        .await
        .data();
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(
        ended(&told),
        all_ended(&[&fifth], "LOGGED_OUT_EVERYWHERE", "user")
    );
    let told = take(BILLING, &billing, &app).await;
    assert_eq!(
        ended(&told),
        all_ended(&[&elsewhere], "LOGGED_OUT_EVERYWHERE", "user")
    );
}

#[tokio::test]
async fn a_new_password_is_told_once_beside_the_sessions_that_it_ended() {
    let (app, mut alice, [shop, billing]) = with_streams().await;
    let [first, second] = [at(SHOP, &alice, &app).await, at(SHOP, &alice, &app).await];
    let new = "nine yellow kettles sing";
    first.change_password(&mut alice, new, &app).await;
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(
        ended(&told),
        all_ended(&[&second], "PASSWORD_CHANGED", "user")
    );
    let changes: Vec<_> = told
        .iter()
        .filter(|event| event.kind() == CREDENTIAL_CHANGE)
        .collect();
    assert_eq!(changes.len(), 1);
    let sub = crate::forgery::Token::apart(&first.token).claims["sub"].clone();
    assert_eq!(
        changes[0].claims["sub_id"],
        json!({ "format": "iss_sub", "iss": ISSUER, "sub": sub })
    );
    assert_eq!(
        changes[0].payload(),
        &json!({
            "credential_type": "password",
            "change_type": "update",
            "event_timestamp": changes[0].claims["iat"],
            "initiating_entity": "user",
            "reason_admin": { "en": "PASSWORD_CHANGED" },
        })
    );
    assert_eq!(told[0].claims["txn"], told[1].claims["txn"], "of one cause");
    // She was never there.
    assert_eq!(take(BILLING, &billing, &app).await, []);
}

#[tokio::test]
async fn what_operators_do_is_told_as_theirs() {
    let (app, alice, [shop, _]) = with_streams().await;
    let bob = Person::signed_up("bob", &app).await;
    let hers = at(SHOP, &alice, &app).await;
    do_it(&app, &["user", "logout", "alice"], "").await;
    let told = take(SHOP, &shop, &app).await;
    let reason = told.first().expect("it is told").reason().to_owned();
    assert_eq!(ended(&told), all_ended(&[&hers], &reason, "admin"));
    let hers = at(SHOP, &alice, &app).await;
    do_it(&app, &["user", "suspend", "alice"], "").await;
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(ended(&told), all_ended(&[&hers], "SUSPENDED", "admin"));
    let his = [at(SHOP, &bob, &app).await, at(SHOP, &bob, &app).await];
    do_it(&app, &["user", "delete", "bob"], "").await;
    let told = take(SHOP, &shop, &app).await;
    let reason = told.first().expect("it is told").reason().to_owned();
    assert_eq!(
        ended(&told),
        all_ended(&[&his[0], &his[1]], &reason, "admin")
    );
}

#[tokio::test]
async fn the_sessions_of_an_application_that_was_disabled_are_told_when_it_is_back() {
    let (app, alice, [shop, _]) = with_streams().await;
    let [first, second] = [at(SHOP, &alice, &app).await, at(SHOP, &alice, &app).await];
    do_it(&app, &["application", "disable", "shop"], "").await;
    do_it(&app, &["application", "enable", "shop"], "").await;
    let ask = json!({ "returnImmediately": true });
    eventually(SOON, "enabled again, and marked", async || {
        let answer = app.send(SHOP.to_poll(&shop, &ask)).await;
        answer.status == 200
            && answer.json()["sets"]
                .as_object()
                .is_some_and(|sets| sets.len() == 2)
    })
    .await;
    let told = take(SHOP, &shop, &app).await;
    assert_eq!(
        ended(&told),
        all_ended(&[&first, &second], "REVOKED", "admin")
    );
}

#[tokio::test]
async fn a_theft_is_told_as_policy() {
    let (app, alice, [shop, _]) = with_streams().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let next = tokens.refreshed(&app).await;
    next.refreshed(&app).await;
    app.advance_seconds(120);
    tokens.assert_not_refreshed("REUSED", &app).await;
    let told = take(SHOP, &shop, &app).await;
    let sid = claim(&tokens, "sid").as_str().expect("a text").to_owned();
    let reused = ("REFRESH_TOKEN_REUSED".to_owned(), "policy".to_owned());
    assert_eq!(ended(&told), [(sid, reused.0, reused.1)]);
}

#[tokio::test]
async fn what_ran_out_is_not_told_nor_a_token_alone() {
    let (app, alice, [shop, _]) = with_streams().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&tokens.access, &app).await;
    let request = Request::graphql(LOGOUT, &Value::Null);
    at(SHOP, &alice, &app).await;
    app.advance_seconds(400 * DAY);
    let late = app.another_node(|_| {}).await;
    assert_eq!(late.send(request.bearer(&tokens.access)).await.status, 200);
    assert_eq!(take(SHOP, &shop, &late).await, []);
}

#[tokio::test]
async fn what_is_undone_is_not_told() {
    use sea_orm::ConnectionTrait as _;
    let (app, alice, [shop, _]) = with_streams().await;
    let session = at(SHOP, &alice, &app).await;
    // The last that a logout everywhere writes.
    let hinder = if app.is_on_sqlite() {
        "CREATE TRIGGER hindered BEFORE UPDATE OF cutoff ON users BEGIN SELECT RAISE(ABORT, 'no'); END"
    } else {
        "ALTER TABLE users ADD CONSTRAINT hindered CHECK (cutoff = 0)"
    };
    let allow = if app.is_on_sqlite() {
        "DROP TRIGGER hindered"
    } else {
        "ALTER TABLE users DROP CONSTRAINT hindered"
    };
    let database = app.database().await;
    database
        .execute_unprepared(hinder)
        .await
        .expect("it is there");
    let answer = app
        .send(to_log_out_everywhere(&json!({})).bearer(&session.token))
        .await;
    assert!(answer.json().get("errors").is_some(), "{}", answer.text());
    assert_eq!(take(SHOP, &shop, &app).await, []);
    assert_eq!(session.me(&app).await.status, 200);
    database
        .execute_unprepared(allow)
        .await
        .expect("it is there");
    app.send(to_log_out_everywhere(&json!({})).bearer(&session.token))
        .await
        .data();
    assert_eq!(take(SHOP, &shop, &app).await.len(), 1);
}

#[tokio::test]
async fn who_was_away_for_days_is_told_all_in_order_and_after_the_retention_nothing() {
    let (app, alice, [shop, billing]) = with_streams().await;
    let mut sessions = Vec::new();
    for _ in 0..130 {
        let tokens = over(&alice, SHOP, &app).await;
        sessions.push(claim(&tokens, "sid").as_str().expect("a text").to_owned());
    }
    over(&alice, BILLING, &app).await;
    app.advance_seconds(6 * DAY);
    // One that starts sweeps at once.
    let app = app.restarted(|_| {}).await;
    let told = take(SHOP, &shop, &app).await;
    let told: Vec<_> = told
        .iter()
        .map(|event| event.session().to_owned())
        .collect();
    assert_eq!(told, sessions);
    assert_eq!(SHOP.fetch(&shop, &app).await, []);
    assert_eq!(BILLING.fetch(&billing, &app).await.len(), 1);
    app.advance_seconds(2 * DAY);
    let app = app.restarted(|_| {}).await;
    eventually(SOON, "forgotten", async || {
        BILLING.fetch(&billing, &app).await.is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_stream_carries_what_its_application_asked_for() {
    let (app, mut alice) = with_alice().await;
    let wished = json!({ "events_requested": [CREDENTIAL_CHANGE] });
    let stream = SHOP.make_stream(&wished, &app).await;
    let first = at(SHOP, &alice, &app).await;
    over(&alice, SHOP, &app).await;
    first
        .change_password(&mut alice, "nine yellow kettles sing", &app)
        .await;
    let kinds = async || {
        let events = SHOP.fetch(&stream, &app).await;
        events
            .iter()
            .map(|event| event.kind().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, [CREDENTIAL_CHANGE]);
    // What it doesn't want any more is not held for it; what it asked to be told is.
    assert_eq!(
        SHOP.ask_for_verification(&stream, "x", &app).await.status,
        204
    );
    let body = json!({ "stream_id": stream["stream_id"], "events_requested": [SESSION_REVOKED] });
    let answer = app.send(SHOP.to_send("PATCH", "/ssf/stream", &body)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(kinds().await, [VERIFICATION]);
    over(&alice, SHOP, &app).await;
    assert_eq!(kinds().await, [VERIFICATION, SESSION_REVOKED]);
}
