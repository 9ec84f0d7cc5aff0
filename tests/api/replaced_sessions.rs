//! Signing in where somebody is signed in already: the session that the cookie named until then ends.

use crate::app::TestApp;
use crate::client::Request;
use crate::cookies::PREFIX;
use crate::people::{Person, Session};
use crate::refresh_cookies::in_browser;
use crate::three_applications::{BILLING, SHOP};

async fn two_people() -> (TestApp, Person, Person) {
    let app = TestApp::with_applications().await;
    let alice = Person::signed_up("alice", &app).await;
    let bob = Person::signed_up("bob", &app).await;
    (app, alice, bob)
}

#[tokio::test]
async fn a_login_over_a_cookie_ends_the_session_that_it_named_and_no_other() {
    let (app, alice, bob) = two_people().await;
    let elsewhere = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let billing = alice.log_in_at(BILLING, "COOKIE", &app).await;
    let first = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let other = app.another_node(|_| {}).await;
    let browser = |login: Request, session: &Session| in_browser(login, &[session, &billing]);

    let again = browser(alice.to_log_in_at(SHOP, "COOKIE"), &first);
    let second = Session::of(&other.send(again).await);
    first.assert_over(&app, "REVOKED").await;
    // Whoever it was.
    let login = browser(bob.to_log_in_at(SHOP, "COOKIE"), &second);
    let third = Session::of(&app.send(login).await);
    second.assert_over(&other, "REVOKED").await;
    for session in [&elsewhere, &billing, &third] {
        session.assert_live(&app).await;
    }
    // What is over already stands in nobody's way.
    let login = browser(alice.to_log_in_at(SHOP, "COOKIE"), &second);
    Session::of(&app.send(login).await).assert_live(&app).await;
    third.assert_live(&app).await;
}

#[tokio::test]
async fn a_login_that_replaces_no_cookie_ends_nothing() {
    let (app, alice, bob) = two_people().await;
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let wrong = Person {
        password: "not her password at all".to_owned(),
        ..alice.clone()
    };
    for login in [
        wrong.to_log_in_at(SHOP, "COOKIE"),
        bob.to_log_in_at(SHOP, "BODY"),
        bob.to_log_in_at(BILLING, "COOKIE"),
    ] {
        app.send(in_browser(login, &[&session])).await;
        session.assert_live(&app).await;
    }
    // Another application's token, and what nobody issued, name nothing here.
    let billing = bob.log_in_at(BILLING, "BODY", &app).await;
    for token in [billing.refresh.text(), "x", ""] {
        let cookie = format!("{PREFIX}{SHOP}={token}");
        let login = bob.to_log_in_at(SHOP, "COOKIE").header("Cookie", &cookie);
        Session::of(&app.send(login).await).assert_live(&app).await;
    }
    billing.assert_live(&app).await;
}

#[tokio::test]
async fn of_several_cookies_of_one_name_all_that_they_name_ends() {
    let (app, alice, bob) = two_people().await;
    let own = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let planted = bob.log_in_at(SHOP, "COOKIE", &app).await;
    let login = in_browser(alice.to_log_in_at(SHOP, "COOKIE"), &[&planted, &own]);
    let now = Session::of(&app.send(login).await);
    own.assert_over(&app, "REVOKED").await;
    planted.assert_over(&app, "REVOKED").await;
    now.assert_live(&app).await;
}
