//! What was committed and could not be confirmed: it is told as done, but not acknowledged.

use std::process::Stdio;
use std::time::Duration;

use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, DatabaseConnection, Set};
use tokio::time::sleep;
use uuid::Uuid;

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::outages::RECOVERY;
use crate::people::Person;
use crate::signed_in::to_log_out_of;
use crate::three_applications::{BILLING, SHOP};

/// Until whoever revokes waits for sure.
const UNDER_WAY: Duration = Duration::from_millis(1500);

/// Somebody who answers from memory, holds a long lease, and confirms nothing.
async fn silent_holder(database: &DatabaseConnection) {
    let lease = cardea_entity::leases::ActiveModel {
        id: Set(Uuid::now_v7()),
        answers_from: Set("memory".to_owned()),
        length_milliseconds: Set(60_000),
        renewals: Set(0),
        confirmed: Set(-1),
        epoch: Set(0),
    };
    lease.insert(database).await.expect("it has room");
}

/// Nobody can see who confirmed what.
async fn hide_leases(database: &DatabaseConnection) {
    let rename = "ALTER TABLE leases RENAME TO hidden";
    database.execute_unprepared(rename).await.expect("a table");
}

async fn show_no_leases(database: &DatabaseConnection) {
    for statement in ["ALTER TABLE hidden RENAME TO leases", "DELETE FROM leases"] {
        database
            .execute_unprepared(statement)
            .await
            .expect("a table");
    }
}

#[tokio::test]
async fn a_client_is_told_that_it_is_done_and_not_confirmed() {
    let (app, alice) = TestApp::with_user("alice").await;
    let database = app.database().await;
    let session = alice.log_in(&app).await;
    silent_holder(&database).await;
    let logout = tokio::spawn({
        let (client, request) = (app.client(), session.to_log_out());
        async move { client.send(request).await }
    });
    sleep(UNDER_WAY).await;
    assert!(!logout.is_finished(), "it did not wait");
    hide_leases(&database).await;
    let answer = logout.await.expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.code().as_deref(), Some("STORE_UNAVAILABLE"));
    let text = answer.text();
    for words in ["done", "not confirmed", "again is harmless"] {
        assert!(text.contains(words), "{text}");
    }
    show_no_leases(&database).await;
    eventually(RECOVERY, "asking again is answered", async || {
        app.send(session.to_log_out()).await.status == 200
    })
    .await;
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn a_command_says_that_it_is_done_and_not_confirmed() {
    let (app, alice) = TestApp::with_user("alice").await;
    let database = app.database().await;
    let session = alice.log_in(&app).await;
    silent_holder(&database).await;
    let mut command = app.program(&["user", "logout", "alice"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || command.output());
    sleep(UNDER_WAY).await;
    assert!(!output.is_finished(), "it did not wait");
    hide_leases(&database).await;
    let output = output.await.expect("it ends").expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for words in ["this is done", "not confirmed"] {
        assert!(told.contains(words), "{told}");
    }
    show_no_leases(&database).await;
    eventually(RECOVERY, "dead", async || {
        session.me(&app).await.status == 401
    })
    .await;
}

#[tokio::test]
async fn who_finds_nothing_left_to_end_waits_for_what_ended_it() {
    let app = TestApp::with_applications().await;
    let alice = Person::signed_up("alice", &app).await;
    let database = app.database().await;
    let asking = alice.log_in_at(SHOP, "BODY", &app).await;
    let there = alice.log_in_at(BILLING, "BODY", &app).await;
    let billing = app.application_id(BILLING).await;
    silent_holder(&database).await;
    let sent = |request: Request| {
        let client = app.client();
        tokio::spawn(async move { client.send(request).await })
    };
    let of_one = sent(there.to_log_out());
    eventually(RECOVERY, "committed", async || {
        there.me(&app).await.status == 401
    })
    .await;
    let of_all = sent(to_log_out_of(&billing).bearer(&asking.token));
    sleep(UNDER_WAY).await;
    assert!(!of_one.is_finished() && !of_all.is_finished());
    let silent = "DELETE FROM leases WHERE confirmed = -1";
    let gone = database.execute_unprepared(silent).await;
    assert_eq!(gone.expect("a table").rows_affected(), 1);
    for logout in [of_one, of_all] {
        assert_eq!(logout.await.expect("an answer").status, 200);
    }
}
