//! Cookies that somebody planted beside ours: they sign nobody in, and keep nobody signed in.

use serde_json::json;

use crate::bad_input::{alice, long};
use crate::client::Request;
use crate::people::Person;
use crate::signed_in::{ended_by, ids, logout_with, refresh_failure, refresh_with};
use crate::three_applications::{BILLING, SHOP};

#[tokio::test]
async fn of_two_cookies_of_one_name_neither_is_refreshed_and_a_logout_ends_both() {
    let (app, alice) = alice().await;
    let (one, two) = (
        alice.log_in_at(SHOP, "COOKIE", &app).await,
        alice.log_in_at(SHOP, "COOKIE", &app).await,
    );
    let twice = |request: Request| {
        let request = request.cookie(SHOP, one.refresh.text());
        request.cookie(SHOP, two.refresh.text())
    };
    let answer = app
        .send(twice(refresh_with(&json!({ "clientId": SHOP }))))
        .await;
    assert_eq!(refresh_failure(&answer).as_deref(), Some("MISSING"));
    one.assert_live(&app).await;
    two.assert_live(&app).await;
    // Which one is the browser's nobody can tell; an answer that ended neither would lie.
    let answer = app
        .send(twice(logout_with(&json!({ "clientId": SHOP }))))
        .await;
    assert_eq!(ended_by(&answer), ids(&[&one, &two]));
    one.assert_over(&app, "LOGGED_OUT").await;
    two.assert_over(&app, "LOGGED_OUT").await;
}

#[tokio::test]
async fn a_logout_ends_what_is_ours_among_cookies_of_one_name() {
    let (app, alice) = alice().await;
    let billing = alice.log_in_at(BILLING, "COOKIE", &app).await;
    let others = [billing.refresh.text().to_owned(), "junk".to_owned(), long()];
    for (index, other) in others.iter().enumerate() {
        let shop = alice.log_in_at(SHOP, "COOKIE", &app).await;
        let token = shop.refresh.text();
        let mut pair = [token, &other[..other.len().min(20_000)]];
        if index % 2 == 0 {
            pair.reverse();
        }
        let request = logout_with(&json!({ "clientId": SHOP }));
        let request = request.cookie(SHOP, pair[0]).cookie(SHOP, pair[1]);
        let answer = app.send(request.cookie(SHOP, token)).await;
        assert_eq!(ended_by(&answer), ids(&[&shop]));
        shop.assert_over(&app, "LOGGED_OUT").await;
    }
    billing.assert_live(&app).await;
}

#[tokio::test]
async fn a_cookie_behind_white_space_that_browsers_do_not_know_is_not_ours() {
    let (app, alice) = alice().await;
    let mallory = Person::signed_up("mallory", &app).await;
    let hers = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let planted = mallory.log_in_at(SHOP, "COOKIE", &app).await;
    // To a browser these have no prefix `__Host-`, so any host under our domain may set them.
    for space in ["\u{2000}", "\u{a0}", "\u{85}", "\u{3000}", "\u{2028}"] {
        let plant = |request: Request, token: &str| {
            let line = format!("{space}__Host-cardea-shop={token}");
            request.header("Cookie", &line)
        };
        let at_shop = json!({ "clientId": SHOP });
        let alone = plant(refresh_with(&at_shop), planted.refresh.text());
        let failure = refresh_failure(&app.send(alone).await);
        assert_eq!(failure.as_deref(), Some("MISSING"), "{space:?}");
        let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
        let refreshed = app.send(plant(session.to_refresh(), "junk")).await;
        let renewed = session.renewed_by(&refreshed).expect("a refresh");
        let request = logout_with(&at_shop).cookie(SHOP, renewed.refresh.text());
        let answer = app.send(plant(request, planted.refresh.text())).await;
        assert_eq!(ended_by(&answer), ids(&[&session]), "{space:?}");
        renewed.assert_over(&app, "LOGGED_OUT").await;
    }
    hers.assert_live(&app).await;
    planted.assert_live(&app).await;
}
