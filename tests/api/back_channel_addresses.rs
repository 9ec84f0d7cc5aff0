//! Applications whose address changes: the new one is called at once, and the old one no more.

use cardea_entity::outbox_events;
use sea_orm::EntityTrait as _;

use crate::app::TestApp;
use crate::back_channel_faults::{an_hour_later, failed};
use crate::command_line::do_it;
use crate::receivers::{Manner, Receiver};

#[tokio::test]
async fn a_new_address_is_called_at_once() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (closed, open) = (Receiver::closed(), Receiver::start());
    let uri = closed.uri();
    let create = [
        "application",
        "create",
        "shop",
        "--backchannel-logout-uri",
        &uri,
    ];
    do_it(&app, &create, "").await;
    let session = alice.log_in_at("shop", "BODY", &app).await;
    session.log_out(&app).await;
    // However long it would be left alone.
    for times in 1..=7 {
        failed(&app, times).await;
        an_hour_later(&app);
    }
    failed(&app, 8).await;
    let uri = open.uri();
    let update = [
        "application",
        "update",
        "shop",
        "--backchannel-logout-uri",
        &uri,
    ];
    do_it(&app, &update, "").await;
    let calls = open.called(1).await;
    // And nobody is called who doesn't want it any more.
    let update = [
        "application",
        "update",
        "shop",
        "--clear-backchannel-logout-uri",
    ];
    do_it(&app, &update, "").await;
    let session = alice.log_in_at("shop", "BODY", &app).await;
    session.log_out(&app).await;
    let database = app.database().await;
    let waiting = outbox_events::Entity::find().all(&database).await;
    assert_eq!(waiting.expect("the table is there"), []);
    assert_eq!((calls.len(), open.calls().len()), (1, 1));
}

#[tokio::test]
async fn an_address_that_hangs_hands_its_pause_to_no_other() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (mut old, new) = (Receiver::closed(), Receiver::start());
    let shop = |command, uri: &str| {
        let flag = "--backchannel-logout-uri".to_owned();
        ["application", command, "shop"]
            .map(str::to_owned)
            .into_iter()
            .chain([flag, uri.to_owned()])
            .collect::<Vec<_>>()
    };
    do_all(&app, &shop("create", &old.uri())).await;
    alice
        .log_in_at("shop", "BODY", &app)
        .await
        .log_out(&app)
        .await;
    for times in 1..=7 {
        failed(&app, times).await;
        if times == 7 {
            old.answer(Manner::Hang);
            old.open();
        }
        an_hour_later(&app);
    }
    old.called(1).await;
    do_all(&app, &shop("update", &new.uri())).await;
    assert_eq!((new.called(1).await.len(), old.calls().len()), (1, 1));
}

async fn do_all(app: &TestApp, words: &[String]) {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    do_it(app, &words, "").await;
}
