//! Applications that can't be told of logouts, or not now: what waits keeps its order, and nobody else waits.

use std::time::Duration;

use cardea::config::Application;
use cardea_entity::logout_deliveries::{Column, Entity, Model};
use cardea_entity::outbox_events;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::command_line::run;
use crate::people::Person;
use crate::receivers::{
    Manner, Receiver, SOON, called_at, over, with_receivers, with_shop_and_billing,
};
use crate::sub_systems::{BILLING, SHOP};

/// An hour of it: no pause is as long.
pub(crate) fn an_hour_later(app: &TestApp) {
    app.advance_seconds(3600);
}

async fn some_over(count: usize, person: &Person, app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(over(person, SHOP, app).await);
    }
    all
}

#[tokio::test]
async fn who_was_down_for_an_hour_is_told_of_all_in_order() {
    let (mut shop, billing) = (Receiver::closed(), Receiver::start());
    let (app, alice) = with_shop_and_billing(&shop, &billing).await;
    let mut ended = some_over(5, &alice, &app).await;
    failed(&app, 1).await;
    an_hour_later(&app);
    failed(&app, 2).await;
    ended.extend(some_over(2, &alice, &app).await);
    shop.open();
    an_hour_later(&app);
    shop.assert_told(&ended).await;
    // Each token is fresh.
    let iat = shop.calls()[0].claims()["iat"].as_i64().expect("a number");
    assert!((app.now() - iat).abs() < 60, "{iat}");
    let told = over(&alice, BILLING, &app).await;
    billing.assert_told(&[told]).await;
    shop.assert_told(&ended).await;
}

/// Waits until so many attempts in a row have failed, and nobody is called.
pub(crate) async fn failed(app: &TestApp, times: i32) {
    standing(app, |row| {
        row.failures >= times && row.claimed_until.is_none()
    })
    .await;
}

/// The row of an application that was called, as soon as one is like this.
async fn standing(app: &TestApp, is_so: impl Fn(&Model) -> bool) -> Model {
    let database = app.database().await;
    let begun = Instant::now();
    loop {
        let rows = Entity::find().all(&database).await;
        let mut rows = rows.expect("the table is there").into_iter();
        if let Some(row) = rows.find(&is_so) {
            return row;
        }
        assert!(begun.elapsed() < SOON, "it does not come to that");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_failure_holds_the_order_and_is_told_again_under_the_same_name() {
    for manner in [500, 503, 401, 404, 429, 302] {
        let (app, alice, shop, _) = with_receivers().await;
        shop.answer(Manner::Status(manner));
        let ended = some_over(3, &alice, &app).await;
        let first = shop.called(1).await.remove(0);
        failed(&app, 1).await;
        shop.answer(Manner::Status(200));
        an_hour_later(&app);
        shop.assert_told(&ended).await;
        let calls = shop.calls();
        let before = calls.iter().filter(|call| call.manner == first.manner);
        for call in before {
            assert_eq!(call.claim("jti"), first.claim("jti"));
        }
        let again = calls.iter().find(|call| call.manner == Manner::Status(200));
        let again = again.expect("it was told");
        assert_eq!(again.claim("jti"), first.claim("jti"));
        assert_ne!(again.claims()["iat"], first.claims()["iat"]);
    }
}

#[tokio::test]
async fn what_an_application_refuses_is_not_told_again_and_holds_nothing_up() {
    let (app, alice, shop, _) = with_receivers().await;
    shop.answer(Manner::Status(400));
    let refused = some_over(3, &alice, &app).await;
    let calls = shop.called(3).await;
    shop.answer(Manner::Status(200));
    let taken = over(&alice, SHOP, &app).await;
    shop.assert_told(std::slice::from_ref(&taken)).await;
    an_hour_later(&app);
    let last = over(&alice, SHOP, &app).await;
    shop.assert_told(&[taken, last]).await;
    let told: Vec<_> = calls.iter().map(|call| call.claim("sid")).collect();
    assert_eq!(told, refused);
    assert_eq!(shop.calls().len(), 5);
}

#[tokio::test]
async fn each_failure_has_its_pause() {
    let (app, alice, shop, _) = with_receivers().await;
    shop.answer(Manner::Status(500));
    let ended = some_over(3, &alice, &app).await;
    failed(&app, 1).await;
    an_hour_later(&app);
    failed(&app, 2).await;
    let calls = shop.calls().len();
    // The first one is taken, the second one not: that is the first failure in a row again.
    shop.answer_in_turn([Manner::Status(200), Manner::Status(500)]);
    an_hour_later(&app);
    shop.called(calls + 2).await;
    let row = standing(&app, |row| row.claimed_until.is_none() && row.failures == 1).await;
    let pause = row.retry_at.expect("it waits") - app.clock().now();
    assert!(pause <= Duration::from_secs(2), "{pause}");
    shop.answer(Manner::Status(200));
    an_hour_later(&app);
    shop.assert_told(&ended).await;
    let row = standing(&app, |row| row.claimed_until.is_none() && row.failures == 0).await;
    assert_eq!(row.retry_at, None);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (app, alice, shop, billing) = with_receivers().await;
    shop.answer(Manner::Redirect(billing.uri()));
    let ended = over(&alice, SHOP, &app).await;
    failed(&app, 1).await;
    shop.answer(Manner::Status(200));
    an_hour_later(&app);
    shop.assert_told(&[ended]).await;
    assert_eq!(billing.calls().len(), 0);
}

#[tokio::test]
async fn whoever_hangs_holds_up_nobody_else() {
    let (app, alice, shop, billing) = with_receivers().await;
    shop.answer(Manner::Hang);
    let hanging = over(&alice, SHOP, &app).await;
    shop.called(1).await;
    let begun = Instant::now();
    let told = over(&alice, BILLING, &app).await;
    billing.assert_told(&[told]).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "it waited");
    failed(&app, 1).await;
    shop.answer(Manner::Status(200));
    an_hour_later(&app);
    shop.assert_told(&[hanging]).await;
}

#[tokio::test]
async fn however_many_hang_everybody_has_a_turn() {
    let (hanging, shop) = (Receiver::start(), Receiver::start());
    hanging.answer(Manner::Hang);
    let systems: Vec<_> = (0..40).map(|number| format!("system{number}")).collect();
    let app = TestApp::with(|config| {
        let described = |client_id: &String| Application {
            client_id: client_id.clone(),
            backchannel_logout_uri: Some(hanging.uri()),
            ..Application::default()
        };
        config.applications = systems.iter().map(described).collect();
        config.applications.push(called_at(SHOP, &shop.uri()));
        config.sessions.maximum_per_user = 1000;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    for client_id in &systems {
        let session = alice.log_in_at(client_id, "BODY", &app).await;
        session.log_out(&app).await;
    }
    hanging.called(32).await;
    let told = over(&alice, SHOP, &app).await;
    shop.assert_told(&[told]).await;
}

#[tokio::test]
async fn an_answer_without_end_is_an_answer() {
    let (app, alice, shop, _) = with_receivers().await;
    shop.answer(Manner::Chatter);
    let ended = some_over(3, &alice, &app).await;
    let calls = shop.called(3).await;
    let told: Vec<_> = calls.iter().map(|call| call.claim("sid")).collect();
    assert_eq!(told, ended);
}

#[tokio::test]
async fn two_nodes_tell_each_once_and_in_order() {
    let (app, alice, shop, _) = with_receivers().await;
    let other = app.another_node(|_| {}).await;
    let mut ended = Vec::new();
    for _ in 0..10 {
        ended.push(over(&alice, SHOP, &app).await);
        ended.push(over(&alice, SHOP, &other).await);
    }
    shop.assert_told(&ended).await;
    assert_eq!(shop.calls().len(), ended.len());
}

#[tokio::test]
async fn who_dies_between_telling_and_noting_tells_it_again_under_the_same_name() {
    let (mut app, alice, shop, _) = with_receivers().await;
    shop.answer(Manner::Hang);
    let ended = some_over(2, &alice, &app).await;
    // It has heard, and whoever told it never learns so.
    let first = shop.called(1).await.remove(0);
    app.stop().await;
    shop.answer(Manner::Status(200));
    let app = app.another_node(|_| {}).await;
    shop.assert_told(&ended).await;
    let calls = shop.calls();
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[1].claim("jti"), first.claim("jti"));
    drop(app);
}

#[tokio::test]
async fn a_process_that_died_is_replaced_when_its_claim_has_run_out() {
    let (app, alice, shop, billing) = with_receivers().await;
    let first = over(&alice, SHOP, &app).await;
    shop.assert_told(std::slice::from_ref(&first)).await;
    let until = app.clock().now() + Duration::from_secs(1000);
    claim_for_another(&app, until).await;
    let second = over(&alice, SHOP, &app).await;
    let at_billing = over(&alice, BILLING, &app).await;
    // The look that found this one found the other one, too.
    billing.assert_told(&[at_billing]).await;
    assert_eq!(shop.over(), std::slice::from_ref(&first));
    app.advance_seconds(1001);
    shop.assert_told(&[first, second]).await;
}

/// As if another process had begun to call the shop, and were not heard of again.
async fn claim_for_another(app: &TestApp, until: OffsetDateTime) {
    let database = app.database().await;
    let shop = app.application("shop").await;
    eventually(SOON, "released", async || {
        let row = Entity::find_by_id(shop).one(&database).await;
        let row = row.expect("the table is there").expect("it was called");
        row.claimed_until.is_none()
    })
    .await;
    let update = Entity::update_many()
        .col_expr(Column::ClaimedBy, Expr::value(Uuid::now_v7()))
        .col_expr(Column::ClaimedUntil, Expr::value(until))
        .filter(Column::ApplicationId.eq(shop));
    let update = update.exec(&database).await.expect("the table is there");
    assert_eq!(update.rows_affected, 1);
}

async fn tells(app: &TestApp, line: &str) -> bool {
    let metrics = app.metrics().expect("they are on");
    let request = Request::get("/metrics").accept("text/plain");
    let told = metrics.send(request).await.text();
    told.lines().any(|told| told == line)
}

#[tokio::test]
async fn what_becomes_of_the_calls_is_measured() {
    let (app, alice, shop, _) = with_receivers().await;
    for end in ["delivered", "refused", "failed"] {
        let line = format!("cardea_logout_calls_total{{end=\"{end}\"}} 0");
        assert!(tells(&app, &line).await, "{line}");
    }
    let [taken, refused, failed] = [200, 400, 503].map(Manner::Status);
    shop.answer_in_turn([taken.clone(), refused, failed, taken]);
    let ended = some_over(3, &alice, &app).await;
    standing(&app, |row| row.failures == 1).await;
    an_hour_later(&app);
    shop.called(4).await;
    for line in [
        "cardea_logout_calls_total{end=\"delivered\"} 2",
        "cardea_logout_calls_total{end=\"refused\"} 1",
        "cardea_logout_calls_total{end=\"failed\"} 1",
        "cardea_logout_calls_waiting_seconds 0",
    ] {
        eventually(SOON, line, async || tells(&app, line).await).await;
    }
    assert_eq!(shop.over(), [ended[0].clone(), ended[2].clone()]);
}

#[tokio::test]
async fn a_doctor_tells_who_could_not_be_told_for_long() {
    let (app, alice, shop, _) = with_receivers().await;
    shop.answer(Manner::Status(503));
    over(&alice, SHOP, &app).await;
    failed(&app, 1).await;
    let told = doctor(&app).await;
    assert!(
        told.contains("\"all that are called are told of logouts\""),
        "{told}"
    );
    // As if it had been an hour ago, by the clock of everybody.
    let long_ago = app.clock().now() - Duration::from_hours(1);
    let age = outbox_events::Entity::update_many()
        .col_expr(outbox_events::Column::OccurredAt, Expr::value(long_ago));
    let aged = age.exec(&app.database().await).await;
    assert_eq!(aged.expect("the table is there").rows_affected, 1);
    let told = doctor(&app).await;
    assert!(
        told.contains("`shop` has not been told of a logout for 60 min"),
        "{told}"
    );
}

async fn doctor(app: &TestApp) -> String {
    run(app, &["doctor", "--json"], "").await.said
}
