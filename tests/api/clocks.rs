//! Clocks that jump ahead and are set back: what was swept meanwhile brings nobody back.

use std::time::Duration;

use crate::app::TestApp;
use crate::client::Client;
use crate::people::{ME, Person};

/// Longer than any row of the ledger is kept.
const JUMP_SECONDS: u64 = 2 * 3600;

/// The ledger is swept while the clock is ahead; then it is set back, and only the ledger
/// remembers.
async fn jump_ahead_and_back(app: TestApp) -> TestApp {
    app.advance_seconds(JUMP_SECONDS);
    app.sweep_ledger().await;
    app.set_back_seconds(JUMP_SECONDS);
    app.restarted(|_| {}).await
}

/// Dead, whether it is remembered why or not.
async fn assert_gone(token: &str, client: &Client) {
    let answer = client.ask_as(token, ME).await;
    let reason = answer.extension("reason").unwrap_or_default();
    assert_ne!(reason, "", "{}", answer.text());
    answer.assert_unauthenticated(&reason);
}

#[tokio::test]
async fn a_logged_out_token_stays_dead_though_its_row_was_swept_too_early() {
    let (app, alice) = TestApp::with_user("alice").await;
    let gone = alice.log_in(&app).await;
    gone.end(&app).await;
    let app = jump_ahead_and_back(app).await;
    for _ in 0..2 {
        assert_gone(&gone.token, &app).await;
    }
    let app = app.restarted(|_| {}).await;
    assert_gone(&gone.token, &app).await;
}

#[tokio::test]
async fn a_node_that_runs_through_it_forgets_no_logout() {
    let (app, alice) = TestApp::with_user("alice").await;
    let other = app.another_node(|_| {}).await;
    let gone = alice.log_in(&app).await;
    gone.end(&app).await;
    app.advance_seconds(JUMP_SECONDS);
    app.sweep_ledger().await;
    // Time for both to hear of it, and to forget. One that does not remembers the logout.
    tokio::time::sleep(Duration::from_millis(500)).await;
    app.set_back_seconds(JUMP_SECONDS);
    for node in [&app, &other] {
        assert_gone(&gone.token, node).await;
    }
}

#[tokio::test]
async fn who_was_logged_out_elsewhere_stays_out_and_who_logs_in_again_is_in() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let (one, two) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let (ended, three) = one.log_out_elsewhere(&app).await;
    assert_eq!(ended, std::slice::from_ref(&two.id));
    three.assert_live(&app).await;
    let app = jump_ahead_and_back(app).await;
    for gone in [&one, &two] {
        assert_gone(&gone.token, &app).await;
    }
    // The row was kept for the longest of all lifetimes: it stands in nobody's way meanwhile.
    three.assert_live(&app).await;
    for person in [&alice, &bob] {
        person.log_in(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn whose_token_can_no_longer_be_told_from_a_dead_one_refreshes_it() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
    kept.assert_live(&app).await;
    let app = jump_ahead_and_back(app).await;
    kept.me(&app).await.assert_unauthenticated("EXPIRED");
    kept.refreshed(&app).await.assert_live(&app).await;
    assert_gone(&gone.token, &app).await;
    gone.assert_not_refreshed(&app, "REVOKED").await;
}
