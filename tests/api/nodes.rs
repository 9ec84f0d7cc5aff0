//! Several servers on one set of stores: what one did, the others know.

use std::time::{Duration, Instant};

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::people::Person;

/// What the command line and other nodes revoke is in force by then.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_logout_on_one_node_is_in_force_on_the_other_within_a_second() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    for _ in 0..3 {
        let session = alice.log_in(&a).await;
        session.assert_live(&b).await;
        session.log_out(&a).await;
        let begun = Instant::now();
        eventually(SOON, "dead on the other node", async || {
            session.me(&b).await.status == 401
        })
        .await;
        session.assert_dead(&b).await;
        if !a.checks_in_memory() {
            assert!(begun.elapsed() < SOON / 2, "they share one index");
        }
    }
}

#[tokio::test]
async fn a_token_of_one_node_works_at_once_on_another_that_lags_behind() {
    let (a, alice) = TestApp::with_user("alice").await;
    // It looks so seldom that what it knows of the ledger is old.
    let b = a
        .another_node(|config| {
            config.revocation.poll_milliseconds = 500;
        })
        .await;
    for _ in 0..3 {
        let gone = alice.log_in(&a).await;
        gone.log_out(&a).await;
        let session = alice.log_in(&a).await;
        session.assert_live(&b).await;
        // And having had to look, it knows the rest.
        gone.assert_dead(&b).await;
    }
}

#[tokio::test]
async fn a_session_of_one_node_can_be_ended_on_another() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    let session = alice.log_in(&a).await;
    session.end(&b).await;
    session.assert_dead(&b).await;
    assert_eq!(session.log_out(&a).await, Vec::<String>::new());
    // Nothing was left to end there, and yet it must know by now.
    session.assert_dead(&a).await;
}

#[tokio::test]
async fn nodes_sign_with_the_same_keys_and_know_the_same_people() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    let of = async |node: &TestApp| {
        node.send(Request::get("/.well-known/jwks.json"))
            .await
            .json()
    };
    assert_eq!(of(&a).await, of(&b).await);
    alice.log_in(&b).await.assert_live(&a).await;
    let errors = alice.sign_up(&b).await;
    assert_eq!(
        crate::people::codes(&errors).len(),
        2,
        "both names are taken there"
    );
}

#[tokio::test]
async fn of_two_nodes_where_two_sign_up_at_once_one_lets_them_in() {
    let a = TestApp::start().await;
    let b = a.another_node(|_| {}).await;
    for number in 0..5 {
        let person = Person::named(&format!("person{number}"));
        let (at_a, at_b) = tokio::join!(person.sign_up(&a), person.sign_up(&b));
        let (first, second) = (at_a.is_empty(), at_b.is_empty());
        assert!(first != second, "{at_a:?} {at_b:?}");
    }
}

#[tokio::test]
async fn of_two_nodes_where_one_session_is_ended_at_once_one_ends_it() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    for _ in 0..5 {
        let session = alice.log_in(&a).await;
        let (at_a, at_b) = tokio::join!(session.log_out(&a), session.log_out(&b));
        assert_eq!([at_a, at_b].concat(), std::slice::from_ref(&session.id));
        session.assert_dead(&a).await;
        session.assert_dead(&b).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_on_nothing_agree() {
    for _ in 0..4 {
        let nodes = TestApp::together(4).await;
        let alice = Person::signed_up("alice", &nodes[0]).await;
        let session = alice.log_in(&nodes[1]).await;
        for node in &nodes {
            session.assert_live(node).await;
        }
    }
}
