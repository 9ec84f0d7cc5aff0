//! Sessions that the cut-off of their application has ended, and nobody has marked yet: whoever did
//! it may have died before.

use std::time::Duration;

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::app::{TestApp, eventually};
use crate::command_line::do_it;
use crate::my_sessions::Page;
use crate::people::{Person, Session};
use crate::signed_in::{ended_by, ids, to_log_out_everywhere, to_revoke};

/// Disables the application, and takes back that its sessions were marked as ended.
async fn disable_and_die(app: &TestApp, client_id: &str) {
    do_it(app, &["application", "disable", client_id], "").await;
    let application = app.application(client_id).await;
    let database = app.database().await;
    let quoted = if app.is_on_sqlite() {
        format!("x'{}'", application.simple())
    } else {
        format!("'{application}'")
    };
    let forget = format!(
        "UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE application_id = {quoted}"
    );
    let done = database.execute_unprepared(&forget).await;
    assert!(done.expect("the table is there").rows_affected() > 0);
}

/// Alice, signed in at the shop, which was disabled half-way, and elsewhere.
async fn scene() -> (TestApp, Person, Session, Session) {
    let (app, alice) = TestApp::with_user("alice").await;
    do_it(&app, &["application", "create", "shop"], "").await;
    let dead = alice.log_in_at("shop", "BODY", &app).await;
    let live = alice.log_in(&app).await;
    disable_and_die(&app, "shop").await;
    (app, alice, dead, live)
}

#[tokio::test]
async fn they_are_shown_and_counted_as_ended() {
    let (app, _, dead, live) = scene().await;
    let of = async |state: &str| Page::of(&app, &live.token, json!({ "state": state })).await;
    let (active, ended) = (of("ACTIVE").await, of("ENDED").await);
    assert_eq!(active.ids(), std::slice::from_ref(&live.id));
    assert_eq!(active.0["totalCount"], 1);
    assert_eq!(ended.ids(), std::slice::from_ref(&dead.id));
    assert_eq!(ended.0["totalCount"], 1);
    assert_eq!(ended.each("state"), ["ENDED"]);
    assert_eq!(ended.each("endReason"), ["REVOKED"]);
    assert!(ended.each("endedAt")[0].is_string(), "{:?}", ended.0);
}

#[tokio::test]
async fn nobody_ends_them_again() {
    let (app, _, dead, live) = scene().await;
    let answer = app.send(to_revoke(&dead.id).bearer(&live.token)).await;
    assert_eq!(ended_by(&answer), Vec::<String>::new());
    let shown = &answer.data()["revokeSession"]["session"];
    assert_eq!(
        (&shown["state"], &shown["endReason"]),
        (&json!("ENDED"), &json!("REVOKED"))
    );
    let everywhere = to_log_out_everywhere(&json!({})).bearer(&live.token);
    assert_eq!(ended_by(&app.send(everywhere).await), ids(&[&live]));
}

#[tokio::test]
async fn no_live_session_has_to_go_for_them() {
    let app = TestApp::with(|config| config.sessions.maximum_per_user = 3).await;
    let alice = Person::signed_up("alice", &app).await;
    do_it(&app, &["application", "create", "shop"], "").await;
    let live = alice.log_in(&app).await;
    for _ in 0..2 {
        alice.log_in_at("shop", "BODY", &app).await;
    }
    disable_and_die(&app, "shop").await;
    let newest = alice.log_in(&app).await;
    live.assert_live(&app).await;
    newest.assert_live(&app).await;
}

#[tokio::test]
async fn a_server_that_starts_marks_them() {
    let (app, alice, dead, _) = scene().await;
    let app = app.restarted(|_| {}).await;
    let database = app.database().await;
    let unmarked = async || {
        let query = "SELECT count(*) AS number FROM sessions WHERE ended_at IS NULL";
        let query = sea_orm::Statement::from_string(database.get_database_backend(), query);
        let row = database
            .query_one_raw(query)
            .await
            .expect("the table is there");
        let number: i64 = row
            .and_then(|row| row.try_get("", "number").ok())
            .expect("a number");
        number
    };
    eventually(Duration::from_secs(5), "marked", async || {
        unmarked().await == 1
    })
    .await;
    let live = alice.log_in(&app).await;
    let ended = Page::of(&app, &live.token, json!({ "state": "ENDED" })).await;
    assert_eq!(ended.ids(), [dead.id]);
}
