//! A scope is granted while its application loses it: nobody holds it afterwards.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use crate::app::TestApp;
use crate::command_line::{do_it, run};

#[tokio::test]
async fn a_scope_that_is_granted_while_the_application_loses_it_does_not_come_back() {
    let (app, _alice) = TestApp::with_user("alice").await;
    let create = [
        "application",
        "create",
        "shop",
        "--scope",
        "a",
        "--scope",
        "b",
    ];
    do_it(&app, &create, "").await;
    let database = app.database().await;
    let holding = database.begin().await.expect("a transaction");
    // Whoever changes a grant takes the user's row first, and waits.
    let hold = "UPDATE users SET cutoff = cutoff";
    holding.execute_unprepared(hold).await.expect("a table");
    let pause = || tokio::time::sleep(Duration::from_millis(700));
    let grant = run(&app, &["grant", "add", "alice", "shop", "b"], "");
    let change = async {
        pause().await;
        do_it(&app, &["application", "update", "shop", "--scope", "a"], "").await
    };
    let release = async {
        pause().await;
        pause().await;
        holding.commit().await.expect("nobody is in its way");
    };
    let (granted, ..) = tokio::join!(grant, change, release);
    let known = granted.succeeded || granted.complained.contains("has no scope `b`");
    assert!(known, "{}", granted.complained);
    assert_eq!(do_it(&app, &["grant", "show", "alice"], "").await, "");
    let give_back = [
        "application",
        "update",
        "shop",
        "--scope",
        "a",
        "--scope",
        "b",
    ];
    do_it(&app, &give_back, "").await;
    assert_eq!(do_it(&app, &["grant", "show", "alice"], "").await, "");
}
