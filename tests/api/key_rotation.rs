//! Signing keys come and go: published, signing, verifying, gone; and no session notices.

use std::collections::BTreeSet;

use cardea::config::KeyAlgorithm;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::command_line::do_it;

use crate::forgery::{Key, Token};
use crate::keys::{
    KEYS, LEAD_SECONDS, OVERLAP_SECONDS, SOON, command, kept, kids, new_kids, published, signer,
};
use crate::people::Person;

const DAY: u64 = 24 * 3600;

/// With tokens that live as long as any may.
async fn long_lived() -> (TestApp, Person) {
    let app = TestApp::with(|config| config.tokens.access_lifetime_seconds = 3600).await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[tokio::test]
async fn a_key_is_published_then_signs_then_verifies_then_is_gone() {
    let (app, alice) = long_lived().await;
    let first = kids(&app).await;
    assert_eq!(first.len(), 1, "the first key of all signs at once");
    assert_eq!(signer(&alice.log_in(&app).await), first[0]);

    app.advance_seconds(90 * DAY - LEAD_SECONDS / 2);
    let second = new_kids(&app, 2, &first).await;
    assert_eq!(signer(&alice.log_in(&app).await), first[0]);
    app.advance_seconds(LEAD_SECONDS - 30);
    let last_of_first = alice.log_in(&app).await;
    assert_eq!(signer(&last_of_first), first[0]);

    app.advance_seconds(31);
    let first_of_second = alice.log_in(&app).await;
    assert_eq!(signer(&first_of_second), second[0]);
    assert_eq!(kids(&app).await.len(), 2);
    for session in [&last_of_first, &first_of_second] {
        session.assert_live(&app).await;
    }

    // It lives to its last second, and not longer.
    app.advance_seconds(3600 - 60);
    last_of_first.assert_live(&app).await;
    app.advance_seconds(60);
    let answer = last_of_first.me(&app).await;
    answer.assert_unauthenticated("EXPIRED");
    assert_eq!(kids(&app).await.len(), 2);

    app.advance_seconds(OVERLAP_SECONDS - 3600);
    assert_eq!(kids(&app).await, second);
    eventually(SOON, "one key is kept", async || kept(&app).await == second).await;
    let answer = last_of_first.me(&app).await;
    answer.assert_unauthenticated("EXPIRED");
    alice.log_in(&app).await.assert_live(&app).await;
    // And so on.
    app.advance_seconds(90 * DAY);
    new_kids(&app, 2, &second).await;
}

#[tokio::test]
async fn the_documents_and_their_tags_follow_the_keys() {
    let app = TestApp::start().await;
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut assert_new = async |what: &str| {
        let answer = app.send(Request::get(KEYS)).await;
        let tag = answer.header("etag").expect("a tag").to_owned();
        let again = Request::get(KEYS).header("If-None-Match", &tag);
        assert_eq!(app.send(again).await.status, 304, "{what}");
        for old in &seen {
            let outdated = Request::get(KEYS).header("If-None-Match", old);
            assert_eq!(app.send(outdated).await.status, 200, "{what}");
        }
        assert!(seen.insert(tag), "{what}");
    };
    assert_new("one key").await;
    app.advance_seconds(90 * DAY);
    new_kids(&app, 2, &[]).await;
    assert_new("two keys").await;
    app.advance_seconds(LEAD_SECONDS + OVERLAP_SECONDS);
    new_kids(&app, 1, &[]).await;
    assert_new("the other key").await;
}

#[tokio::test]
async fn nobody_goes_on_with_a_key_that_left() {
    let (app, alice) = long_lived().await;
    let first = Token::apart(&alice.log_in(&app).await.token);
    let thief = Key::of_server(&app).await;
    app.advance_seconds(90 * DAY);
    new_kids(&app, 2, &[]).await;
    app.advance_seconds(LEAD_SECONDS + 1);
    // Of a session that lives: one that is over is on no list of those.
    let mut token = Token::apart(&alice.log_in(&app).await.token);
    token.header = first.header;
    let forged = |issued_at: i64| {
        let token = token.clone().with_claim("iat", issued_at);
        token.with_claim("exp", issued_at + 3600).signed_by(&thief)
    };
    // While it verifies, it is as good as any other: that is what revoking is for.
    let early = forged(app.now());
    let me = "{ me { id } }";
    assert_eq!(app.ask_as(&early, me).await.status, 200);
    app.advance_seconds(OVERLAP_SECONDS - 60);
    let late = forged(app.now());
    let answer = app.ask_as(&late, me).await;
    answer.assert_unauthenticated("MALFORMED");
    // The last one that it may have signed, and that is remembered, has expired when it leaves.
    app.advance_seconds(60);
    let answer = app.ask_as(&early, me).await;
    answer.assert_unauthenticated("EXPIRED");
    let answer = app.ask_as(&forged(app.now()), me).await;
    answer.assert_unauthenticated("MALFORMED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_nodes_that_rotate_at_once_one_makes_the_key() {
    // Such a key takes so long to make that all of them begin before the first is done.
    let a = TestApp::with(|config| config.keys.algorithm = KeyAlgorithm::Rs256).await;
    let (b, c) = (a.another_node(|_| {}).await, a.another_node(|_| {}).await);
    let mut known = kids(&a).await;
    for _ in 0..2 {
        a.advance_seconds(90 * DAY);
        let made = new_kids(&a, 2, &known).await;
        assert_eq!(made.len(), 1);
        // Their next look.
        a.advance_seconds(10);
        for node in [&b, &c] {
            assert_eq!(new_kids(node, 2, &known).await, made);
        }
        // Whoever else was about to make one has given up by then.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        assert_eq!(kept(&a).await.len(), 2);
        a.advance_seconds(LEAD_SECONDS + OVERLAP_SECONDS);
        known = made;
        eventually(SOON, "the old one is gone", async || {
            kept(&a).await == known
        })
        .await;
    }
}

#[tokio::test]
async fn a_node_that_did_not_make_the_key_takes_its_tokens_at_once() {
    let (a, alice) = TestApp::with_user("alice").await;
    for _ in 0..2 {
        let known = kept(&a).await;
        do_it(&a, &["keys", "rotate", "--now"], "").await;
        let b = a.another_node(|_| {}).await;
        let session = alice.log_in(&b).await;
        assert!(!known.contains(&signer(&session)), "it is of the new key");
        session.assert_live(&a).await;
        // Having had to look, it knows the rest.
        assert_eq!(kids(&a).await, kids(&b).await);
        session.end(&a).await;
    }
}

#[tokio::test]
async fn an_installation_from_before_keeps_its_key() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let before = kids(&app).await;
    let database = app.database().await;
    for statement in [
        "ALTER TABLE signing_keys DROP COLUMN activates_at",
        "ALTER TABLE signing_keys DROP COLUMN revoked_at",
        "DELETE FROM seaql_migrations WHERE version = 'm0010_signing_key_lifecycle'",
    ] {
        let outcome = database.execute_unprepared(statement).await;
        outcome.expect("it was there");
    }
    database.close().await.expect("it is ours");
    let app = app.restarted(|_| {}).await;
    session.assert_live(&app).await;
    assert_eq!(kids(&app).await, before);
    assert_eq!(signer(&alice.log_in(&app).await), before[0]);
    // Its age counts from when it was made.
    app.advance_seconds(90 * DAY - LEAD_SECONDS - 60);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(kids(&app).await, before);
    app.advance_seconds(61);
    new_kids(&app, 2, &before).await;
}

#[tokio::test]
async fn without_a_schedule_nothing_rotates() {
    let app = TestApp::with(|config| config.keys.rotation_days = 0).await;
    let kids_before = kids(&app).await;
    app.advance_seconds(4000 * DAY);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(kids(&app).await, kids_before);
}

#[tokio::test]
async fn a_rotation_by_command_is_published_before_it_signs() {
    let (app, alice) = TestApp::with_user("alice").await;
    let first = kids(&app).await;
    let said = command(&app, &["rotate"]).await;
    assert!(said.starts_with("Made "), "{said}");
    let second = new_kids(&app, 2, &first).await;
    assert!(said.contains(&second[0]), "{said}");
    let again = command(&app, &["rotate"]).await;
    assert!(again.starts_with("Nothing was made"), "{again}");
    assert!(again.contains(&second[0]), "{again}");
    assert_eq!(signer(&alice.log_in(&app).await), first[0]);
    // Who can't wait: the one that was waiting steps aside, and is taken all the same.
    let said = command(&app, &["rotate", "--now"]).await;
    let known = [first.clone(), second.clone()].concat();
    let third = new_kids(&app, 3, &known).await;
    assert!(said.contains(&third[0]), "{said}");
    let session = alice.log_in(&app).await;
    assert_eq!(signer(&session), third[0]);
    app.advance_seconds(LEAD_SECONDS + 1);
    assert_eq!(signer(&alice.log_in(&app).await), third[0]);
    assert_eq!(published(&app).await.len(), 3);
}

#[tokio::test]
async fn a_storm_of_unknown_keys_shares_few_looks_at_the_database() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let token = Token::apart(&session.token);
    let foreign = Key::foreign();
    let storm = (0..200_u8).map(|number| {
        let kid = crate::forgery::encode(&[number; 32]);
        let token = token.clone().with_header("kid", kid).signed_by(&foreign);
        Request::graphql("{ me { id } }", &Value::Null).bearer(&token)
    });
    let begun = std::time::Instant::now();
    for answer in app.send_at_once(storm.collect()).await {
        answer.assert_unauthenticated("MALFORMED");
        assert_eq!(answer.json()["data"], json!(null));
    }
    // One after another they would take minutes.
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    session.assert_live(&app).await;
}
