//! Event streams while the database is away, and while the server goes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::command_line::run;
use crate::following::{SOON, over};
use crate::outages::{RECOVERY, TIMEOUT};
use crate::people::Person;
use crate::postgres_server::PostgresServer;
use crate::receiving::{Polled, STATUS, STREAM, VERIFY};
use crate::stores::Stores;
use crate::sub_systems::{SHOP, assert_error};

async fn until_somebody_waits(app: &TestApp) {
    let metrics = app.metrics().expect("it measures");
    eventually(SOON, "somebody waits", async || {
        let told = metrics.send(Request::get("/metrics")).await.text();
        told.lines().any(|line| line == "cardea_stream_pollers 1")
    })
    .await;
}

#[tokio::test]
async fn while_the_database_is_silent_each_request_says_so() {
    let postgres = PostgresServer::start();
    let app = TestApp::on(Stores::kept_in(&postgres).await, |config| {
        config.database.timeout_milliseconds = u64::try_from(TIMEOUT.as_millis()).expect("short");
        config.applications = vec![SHOP.application()];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let stream = SHOP.make_stream(&json!({}), &app).await;
    let (client, request) = (app.client(), SHOP.to_poll(&stream, &json!({})));
    let waiting = tokio::spawn(async move { client.send(request).await });
    until_somebody_waits(&app).await;
    postgres.pause();
    // Who waits is not left in the belief that nothing happens.
    let answer = tokio::time::timeout(Duration::from_secs(15), waiting).await;
    let answer = answer.expect("in time").expect("no panic");
    assert_error(&answer, 503, "temporarily_unavailable");
    let id = &stream["stream_id"];
    let named = json!({ "stream_id": id, "status": "paused" });
    for request in [
        SHOP.to_ask("GET", STREAM),
        SHOP.to_send("POST", STREAM, &json!({})),
        SHOP.to_send("PATCH", STREAM, &named),
        SHOP.to_send("POST", STATUS, &named),
        SHOP.to_send("POST", VERIFY, &named),
        SHOP.to_poll(&stream, &json!({})),
    ] {
        let begun = Instant::now();
        let answer = app.send(request).await;
        assert_error(&answer, 503, "temporarily_unavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(
            begun.elapsed() < Duration::from_secs(15),
            "{:?}",
            begun.elapsed()
        );
    }
    postgres.resume();
    eventually(RECOVERY, "there again", async || {
        app.send(SHOP.to_ask("GET", STREAM)).await.status == 200
    })
    .await;
    let read = app.send(SHOP.to_ask("GET", STREAM)).await.json();
    assert_eq!(read, json!([stream]));
    over(&alice, SHOP, &app).await;
    assert_eq!(SHOP.fetch(&stream, &app).await.len(), 1);
}

#[tokio::test]
async fn who_waits_when_the_server_goes_is_answered() {
    let mut app = TestApp::with(|config| config.applications = vec![SHOP.application()]).await;
    let stream: Value = SHOP.make_stream(&json!({}), &app).await;
    let (client, request) = (app.client(), SHOP.to_poll(&stream, &json!({})));
    let waiting = tokio::spawn(async move { client.send(request).await });
    until_somebody_waits(&app).await;
    let begun = Instant::now();
    app.stop().await;
    let polled = Polled::of(&waiting.await.expect("no panic"));
    assert_eq!((polled.events.len(), polled.is_more), (0, false));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn the_doctor_tells_of_a_stream_that_nobody_fetches() {
    use cardea_entity::outbox_events;
    use sea_orm::EntityTrait as _;
    use sea_orm::sea_query::Expr;
    let app = TestApp::with(|config| config.applications = vec![SHOP.application()]).await;
    let alice = Person::signed_up("alice", &app).await;
    SHOP.make_stream(&json!({}), &app).await;
    over(&alice, SHOP, &app).await;
    let examined = async || run(&app, &["doctor"], "").await.said;
    assert!(
        !examined().await.contains("event streams"),
        "not for a moment"
    );
    let then = app.clock().now() - Duration::from_hours(25);
    let older = outbox_events::Entity::update_many()
        .col_expr(outbox_events::Column::OccurredAt, Expr::value(then));
    let database = app.database().await;
    older.exec(&database).await.expect("the table is there");
    let said = examined().await;
    let line = said.lines().find(|line| line.contains("event streams"));
    let line = line.expect("it is told");
    assert!(
        line.contains("warning") && line.contains("`shop` has left 1 events"),
        "{line}"
    );
}

#[tokio::test]
async fn a_stream_that_nobody_fetched_for_long_is_left_in_pieces_and_begins_empty() {
    use cardea_entity::outbox_events;
    use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};
    const LEFT: usize = 2500;
    let app = TestApp::with(|config| config.applications = vec![SHOP.application()]).await;
    let alice = Person::signed_up("alice", &app).await;
    let stream = SHOP.make_stream(&json!({}), &app).await;
    over(&alice, SHOP, &app).await;
    let database = app.database().await;
    let one = outbox_events::Entity::find().one(&database).await;
    let one = one.expect("the table is there").expect("it is told");
    let like_it = std::iter::repeat_with(|| {
        let mut row = one.clone().into_active_model().reset_all();
        row.id = Set(uuid::Uuid::now_v7());
        row
    });
    let insert = outbox_events::Entity::insert_many(like_it.take(LEFT));
    insert.exec(&database).await.expect("they are new");
    SHOP.set_status(&stream, "disabled", &app).await;
    let left = outbox_events::Entity::find().all(&database).await;
    assert_eq!(left.expect("the table is there"), []);
    SHOP.set_status(&stream, "enabled", &app).await;
    assert_eq!(SHOP.fetch(&stream, &app).await, []);
}
