//! Guesses at a sub-system's secret have an end, for the address that they come from; the sub-system itself does not notice.

use cardea::config::Config;

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::following::Stream;
use crate::login_throttling::{ELSEWHERE, HOME, STRANGER, from, proxied};
use crate::sub_systems::{
    BILLING, INTROSPECT, PUBLIC, REVOKE, SHOP, Tokens, assert_error, basic, form,
};

const BURST: u32 = 5;
const INTERVAL_SECONDS: u64 = 60;

fn strict(config: &mut Config) {
    config.limits.address_burst = BURST;
    config.limits.address_interval_milliseconds = INTERVAL_SECONDS * 1000;
    config.applications = vec![SHOP.application(), BILLING.application()];
}

fn guess(path: &str) -> Request {
    let wrong = basic(SHOP.client_id, "not the secret");
    form(path, &[("token", "x")]).header("Authorization", &wrong)
}

#[track_caller]
fn assert_too_many(answer: &Answer) {
    assert_error(answer, 429, "temporarily_unavailable");
    let seconds = answer
        .header("retry-after")
        .and_then(|text| text.parse().ok());
    assert!(seconds.is_some_and(|seconds: u64| (1..=INTERVAL_SECONDS).contains(&seconds)));
}

async fn hammer(app: &TestApp, address: &str) {
    for index in 0..BURST {
        let path = [INTROSPECT, REVOKE][index as usize % 2];
        let answer = app.send(from(address, guess(path))).await;
        assert_error(&answer, 401, "invalid_client");
    }
    for path in [INTROSPECT, REVOKE] {
        assert_too_many(&app.send(from(address, guess(path))).await);
    }
}

#[tokio::test]
async fn beyond_the_limit_a_guess_is_not_told_whether_it_was_right() {
    let (app, _) = proxied(strict).await;
    hammer(&app, STRANGER).await;
    assert_too_many(&app.send(from(STRANGER, SHOP.to_introspect("x"))).await);
    // A name that nobody has counts as well, and is told the same.
    let nobody = form(INTROSPECT, &[("token", "x"), ("client_id", "nobody")]);
    assert_too_many(&app.send(from(STRANGER, nobody)).await);
    app.advance_seconds(INTERVAL_SECONDS);
    let answer = app.send(from(STRANGER, SHOP.to_introspect("x"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn others_do_not_notice() {
    let (app, alice) = proxied(strict).await;
    hammer(&app, STRANGER).await;
    for address in [HOME, ELSEWHERE] {
        let answer = app.send(from(address, SHOP.to_introspect("x"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    // Nor do people who sign in from there, or the public application that they use.
    let tokens = Tokens::of(&alice, PUBLIC, &app).await;
    let revoke = [("token", tokens.access.as_str()), ("client_id", PUBLIC)];
    let answer = app.send(from(STRANGER, form(REVOKE, &revoke))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_sub_system_that_is_known_is_not_locked_out_from_behind_its_own_address() {
    let (app, _) = proxied(strict).await;
    let shop = from(HOME, SHOP.to_introspect("x"));
    assert_eq!(app.send(shop.clone()).await.status, 200);
    hammer(&app, HOME).await;
    assert_eq!(app.send(shop).await.status, 200);
    // One that has not been there yet is a guesser like any other.
    assert_too_many(&app.send(from(HOME, BILLING.to_introspect("x"))).await);
}

#[tokio::test]
async fn a_sub_system_that_goes_on_asking_stays_known() {
    let (app, _) = proxied(strict).await;
    let shop = || from(HOME, SHOP.to_introspect("x"));
    for _ in 0..2 {
        assert_eq!(app.send(shop()).await.status, 200);
        app.advance_seconds(3500);
    }
    hammer(&app, HOME).await;
    assert_eq!(app.send(shop()).await.status, 200);
    // An hour of silence ends it.
    let (app, _) = proxied(strict).await;
    assert_eq!(app.send(shop()).await.status, 200);
    app.advance_seconds(3601);
    hammer(&app, HOME).await;
    assert_too_many(&app.send(shop()).await);
}

#[tokio::test]
async fn so_does_one_that_goes_on_listening() {
    let (app, _) = proxied(strict).await;
    let request = from(HOME, SHOP.to_follow(""));
    let mut stream = Stream::open(request, &app).await;
    for _ in 0..3 {
        stream.next().await;
        app.advance_seconds(3500);
        stream.next().await;
    }
    hammer(&app, HOME).await;
    let shop = from(HOME, SHOP.to_introspect("x"));
    assert_eq!(app.send(shop).await.status, 200);
}

#[tokio::test]
async fn right_secrets_are_not_counted_however_many() {
    let (app, _) = proxied(strict).await;
    let request = from(HOME, SHOP.to_introspect("x"));
    let many = vec![request; 8 * BURST as usize];
    for answer in app.send_at_once(many).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    hammer(&app, HOME).await;
}

#[tokio::test]
async fn guesses_at_the_same_time_are_all_counted() {
    let (app, _) = proxied(strict).await;
    let many = (0..40).map(|_| from(STRANGER, guess(INTROSPECT))).collect();
    let answers = app.send_at_once(many).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(looked_at, BURST as usize);
    for answer in answers.iter().filter(|answer| answer.status != 401) {
        assert_too_many(answer);
    }
}
