//! Applications that can't be told of logouts, or not now: what waits keeps its order, and nobody else waits.

use std::time::Duration;

use cardea::config::Application;
use cardea_entity::logout_deliveries::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use crate::app::{TestApp, eventually};
use crate::people::Person;
use crate::receivers::{
    Manner, Receiver, SOON, called_at, over, with_receivers, with_shop_and_billing,
};
use crate::sub_systems::{BILLING, SHOP};

/// An hour of it: no pause is as long.
fn an_hour_later(app: &TestApp) {
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

/// Waits until so many attempts in a row have failed.
async fn failed(app: &TestApp, times: i32) {
    let database = app.database().await;
    eventually(SOON, "failed", async || {
        let rows = Entity::find().all(&database).await;
        let rows = rows.expect("the table is there");
        rows.iter().any(|row| row.failures >= times)
    })
    .await;
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
