//! The feed of revocations (`GET /revocations`): what a sub-system is told, from where, and how soon.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::command_line::do_it;
use crate::following::{SOON, claim, copy_rows, over, position, rev, rows, subjects, with_alice};
use crate::forgery::Token;
use crate::people::{LOGOUT, Person};
use crate::signed_in::{to_log_out_everywhere, to_log_out_of};
use crate::sub_systems::{BILLING, PUBLIC, SHOP, Tokens};

/// Waits until it is told of so many rows from the beginning on; what another process does is told soon.
async fn heard(app: &TestApp, count: usize) -> Vec<Value> {
    eventually(SOON, "told", async || {
        SHOP.hear_all(app).await.0.len() >= count
    })
    .await;
    let (rows, _) = SHOP.hear_all(app).await;
    assert_eq!(rows.len(), count, "{rows:?}");
    rows
}

#[tokio::test]
async fn from_the_beginning_all_is_told_that_concerns_the_application() {
    let (app, alice) = with_alice().await;
    let nothing = SHOP.hear("?wait=0", &app).await;
    assert_eq!(rows(&nothing), Vec::<Value>::new());
    let first = over(&alice, SHOP, &app).await;
    over(&alice, BILLING, &app).await;
    let second = over(&alice, SHOP, &app).await;
    let told = SHOP.hear("?wait=0", &app).await;
    assert_eq!(
        subjects(&told),
        [
            json!({ "sid": claim(&first, "sid") }),
            json!({ "sid": claim(&second, "sid") })
        ]
    );
    assert_eq!(told["more"], false);
    assert_eq!(position(&told), position(&nothing) + 3);
    assert_eq!(told["ledger"], nothing["ledger"]);
    let time = told["time"].as_f64().expect("a number");
    #[expect(clippy::cast_precision_loss, reason = "seconds of this era")]
    let now = app.now() as f64;
    assert!((time - now).abs() < 10.0, "{told}");
    let row = &rows(&told)[0];
    let (expires_at, exp) = (row["expires_at"].as_i64(), claim(&first, "exp").as_i64());
    assert!(expires_at > exp, "{row}");
    assert_eq!(
        (&row["effect"], &row["cut_off"], &row["reason"]),
        (&json!("dead"), &json!(false), &json!("REVOKED"))
    );
    assert_eq!(row["position"], position(&nothing) + 1);
}

#[tokio::test]
async fn who_comes_back_is_told_what_came_after() {
    let (app, alice) = with_alice().await;
    over(&alice, SHOP, &app).await;
    let told = SHOP.hear("?wait=0", &app).await;
    let (after, ledger) = (position(&told), told["ledger"].as_str().expect("a text"));
    let again = format!("?after={after}&ledger={ledger}&wait=0");
    let nothing = SHOP.hear(&again, &app).await;
    assert_eq!((rows(&nothing).len(), position(&nothing)), (0, after));
    let second = over(&alice, SHOP, &app).await;
    let told = SHOP.hear(&again, &app).await;
    assert_eq!(subjects(&told), [json!({ "sid": claim(&second, "sid") })]);
    // The same again: nothing is told only once.
    assert_eq!(rows(&SHOP.hear(&again, &app).await), rows(&told));
}

#[tokio::test]
async fn who_waits_is_told_at_once_whichever_node_did_it() {
    let (app, alice) = with_alice().await;
    let other = app.another_node(|_| {}).await;
    for node in [&app, &other] {
        let tokens = Tokens::of(&alice, "shop", node).await;
        let (_, after) = SHOP.hear_all(node).await;
        let client = app.client();
        let waiting = tokio::spawn(async move {
            let told = SHOP.hear(&format!("?after={after}&wait=20"), &client).await;
            (told, Instant::now())
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        SHOP.revoke(&tokens.refresh, node).await;
        let done_at = Instant::now();
        let (told, told_at) = waiting.await.expect("no panic");
        assert_eq!(subjects(&told), [json!({ "sid": claim(&tokens, "sid") })]);
        let late = told_at.saturating_duration_since(done_at);
        assert!(late < Duration::from_secs(2), "{late:?}");
    }
}

#[tokio::test]
async fn who_waits_in_vain_is_told_so_at_the_end() {
    let (app, alice) = with_alice().await;
    over(&alice, SHOP, &app).await;
    let (_, after) = SHOP.hear_all(&app).await;
    let begun = Instant::now();
    let told = SHOP.hear(&format!("?after={after}&wait=1"), &app).await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!((rows(&told).len(), position(&told)), (0, after));
    // Somebody else's logout moves the position, and no more.
    let client = app.client();
    let waiting =
        tokio::spawn(async move { SHOP.hear(&format!("?after={after}&wait=20"), &client).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    over(&alice, BILLING, &app).await;
    let told = waiting.await.expect("no panic");
    assert_eq!((rows(&told).len(), position(&told)), (0, after + 1));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// One row: its subject, and whether it is a cut-off, with its reason.
#[track_caller]
fn assert_row(row: &Value, subject: &Value, effect: &str, is_cut_off: bool, reason: &str) {
    assert_eq!(&row["subject"], subject, "{row}");
    assert_eq!(row["effect"], effect, "{row}");
    assert_eq!(row["cut_off"], is_cut_off, "{row}");
    assert_eq!(row["reason"], reason, "{row}");
}

#[tokio::test]
async fn each_kind_of_logout_is_told() {
    let (app, alice) = with_alice().await;
    let sub = claim(&Tokens::of(&alice, "shop", &app).await, "sub");
    let tokens = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&tokens.access, &app).await;
    let kept = Tokens::of(&alice, "shop", &app).await;
    app.send(Request::graphql(LOGOUT, &Value::Null).bearer(&kept.access))
        .await
        .data();
    let shop = app.application_id("shop").await;
    let session = alice.log_in(&app).await;
    app.send(to_log_out_of(&shop).bearer(&session.token))
        .await
        .data();
    app.send(to_log_out_everywhere(&json!({})).bearer(&session.token))
        .await
        .data();
    let rows = heard(&app, 4).await;
    assert_row(
        &rows[0],
        &json!({ "jti": claim(&tokens, "jti") }),
        "dead",
        false,
        "REVOKED",
    );
    assert_row(
        &rows[1],
        &json!({ "sid": claim(&kept, "sid") }),
        "dead",
        false,
        "LOGGED_OUT",
    );
    let grant = json!({ "sub": sub, "client_id": "shop" });
    assert_row(&rows[2], &grant, "dead", true, "LOGGED_OUT_OF_APPLICATION");
    assert_row(
        &rows[3],
        &json!({ "sub": sub }),
        "dead",
        true,
        "LOGGED_OUT_EVERYWHERE",
    );
    for row in &rows[2..] {
        assert!(row["position"].as_i64() > Some(rev(&kept)), "{row}");
    }
    // Billing never saw her.
    assert_eq!(BILLING.hear_all(&app).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn what_operators_do_is_told() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let (sub, kid) = (
        claim(&tokens, "sub"),
        Token::apart(&tokens.access).header["kid"].clone(),
    );
    do_it(&app, &["application", "disable", "shop"], "").await;
    do_it(&app, &["application", "enable", "shop"], "").await;
    do_it(&app, &["keys", "revoke", kid.as_str().expect("a text")], "").await;
    do_it(&app, &["user", "suspend", "alice"], "").await;
    eventually(SOON, "enabled again", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 200
    })
    .await;
    let rows = heard(&app, 3).await;
    assert_row(
        &rows[0],
        &json!({ "client_id": "shop" }),
        "dead",
        true,
        "REVOKED",
    );
    assert_row(&rows[1], &json!({ "kid": kid }), "dead", false, "REVOKED");
    assert_row(&rows[2], &json!({ "sub": sub }), "dead", true, "SUSPENDED");
    // A key signs for all.
    let told = BILLING.hear("?wait=0", &app).await;
    assert_eq!(subjects(&told), [json!({ "kid": kid })]);
}

#[tokio::test]
async fn a_change_of_scopes_is_told_as_stale() {
    let app = TestApp::with(|config| {
        let mut shop = SHOP.application();
        shop.scopes = vec!["orders:read".to_owned()];
        config.applications = vec![shop, BILLING.application()];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    do_it(&app, &["grant", "add", "alice", "shop", "orders:read"], "").await;
    let rows = heard(&app, 1).await;
    let grant = json!({ "sub": claim(&tokens, "sub"), "client_id": "shop" });
    assert_row(&rows[0], &grant, "stale", true, "REVOKED");
    assert_eq!(BILLING.hear_all(&app).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn a_user_is_told_of_where_they_were_and_a_deleted_one_everywhere() {
    let (app, alice) = with_alice().await;
    let bob = Person::signed_up("bob", &app).await;
    let at_shop = Tokens::of(&alice, "shop", &app).await;
    let public = Tokens::of(&bob, PUBLIC, &app).await;
    let follow = [SHOP, BILLING].map(|system| system.hear("?wait=0", &app));
    let after = position(&follow.into_iter().next().expect("one").await);
    for name in ["alice", "bob"] {
        do_it(&app, &["user", "logout", name], "").await;
    }
    heard(&app, 1).await;
    let alice_alone = [json!({ "sub": claim(&at_shop, "sub") })];
    // From memory or from the ledger.
    for query in ["?wait=0".to_owned(), format!("?wait=0&after={after}")] {
        assert_eq!(subjects(&SHOP.hear(&query, &app).await), alice_alone);
        assert_eq!(
            subjects(&BILLING.hear(&query, &app).await),
            Vec::<Value>::new()
        );
    }
    // Her sessions are gone, and nobody knows any more where they were.
    do_it(&app, &["user", "delete", "bob"], "").await;
    let gone = json!({ "sub": claim(&public, "sub") });
    eventually(SOON, "told", async || {
        let told = BILLING.hear("?wait=0", &app).await;
        subjects(&told) == [gone.clone(), gone.clone()]
    })
    .await;
}

#[tokio::test]
async fn what_is_much_comes_in_parts() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let mut stream = SHOP.stream("", &app).await;
    stream.next().await;
    do_it(&app, &["user", "logout", "alice"], "").await;
    heard(&app, 1).await;
    copy_rows(&app, 2500).await;
    let (all, end) = SHOP.hear_all(&app).await;
    assert_eq!((all.len(), end), (2501, 2501));
    let positions: Vec<_> = all
        .iter()
        .filter_map(|row| row["position"].as_i64())
        .collect();
    assert_eq!(positions, (1..=2501).collect::<Vec<_>>());
    let first = SHOP.hear("?wait=0", &app).await;
    assert_eq!(
        (rows(&first).len(), first["more"].clone()),
        (1000, json!(true))
    );
    assert_eq!(BILLING.hear_all(&app).await, (Vec::new(), 2501));
    // Over a stream, too, from the next word on.
    let mut heard = 0;
    while heard < 2501 {
        let event = stream.news().await;
        heard += rows(&event.data).len();
        assert!(rows(&event.data).len() <= 1000);
    }
    assert_eq!(claim(&tokens, "sub"), all[0]["subject"]["sub"]);
}
