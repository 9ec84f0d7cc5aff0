//! Known devices: while a stranger hammers an account, its owner gets in by a cookie, or from where
//! he has logged in before; and they have limits, too.

use serde_json::json;

use crate::client::{Answer, Request};
use crate::cookies::Cookie;
use crate::login_throttling::{
    BURST, ELSEWHERE, HOME, INTERVAL, STRANGER, code, from, guess, hammer, proxied, retry_after,
};
use crate::people::{Person, Session};

/// The cookie that an answer has the browser keep, as it sends it back.
fn device_cookie(answer: &Answer) -> String {
    let mut cookie = Cookie::device_of(answer).expect("a login sets it");
    cookie.attributes.sort();
    let expected = [
        "HttpOnly",
        "Max-Age=31536000",
        "Path=/",
        "SameSite=Strict",
        "Secure",
    ];
    assert_eq!(cookie.attributes, expected);
    format!("{}={}", cookie.name, cookie.value)
}

fn showing(cookie: &str, request: Request) -> Request {
    request.header("Cookie", cookie)
}

#[tokio::test]
async fn the_owner_gets_in_while_a_stranger_hammers_the_account() {
    let (app, alice) = proxied(|_| {}).await;
    let cookie = device_cookie(&app.send(from(HOME, alice.to_log_in())).await);
    assert_eq!(
        hammer(&app, from(STRANGER, guess(&alice.email))).await,
        BURST
    );
    // The right password is of no use to who is not known, wherever he is.
    for address in [STRANGER, ELSEWHERE] {
        let told = retry_after(&app.send(from(address, alice.to_log_in())).await);
        assert!((INTERVAL - 60..=INTERVAL).contains(&told), "{told}");
    }
    for _ in 0..3 {
        let at_home = app.send(from(HOME, alice.to_log_in())).await;
        Session::of(&at_home).assert_live(&app).await;
        let on_the_road = showing(&cookie, from(ELSEWHERE, alice.to_log_in()));
        Session::of(&app.send(on_the_road).await)
            .assert_live(&app)
            .await;
        retry_after(&app.send(from(STRANGER, guess(&alice.email))).await);
    }
}

#[tokio::test]
async fn nor_does_a_stranger_behind_the_same_address_keep_a_known_device_out() {
    let (app, alice) = proxied(|config| config.limits.address_burst = 5).await;
    let cookie = device_cookie(&app.send(from(HOME, alice.to_log_in())).await);
    for number in 0..5 {
        let name = format!("nobody{number}");
        assert_eq!(
            code(&app.send(from(HOME, guess(&name))).await),
            "INVALID_CREDENTIALS"
        );
    }
    // Who shows no device is one of many behind that address.
    retry_after(&app.send(from(HOME, alice.to_log_in())).await);
    let shown = showing(&cookie, from(HOME, alice.to_log_in()));
    let session = Session::of(&app.send(shown).await);
    session.assert_live(&app).await;
}

#[tokio::test]
async fn a_device_is_its_users_and_has_an_end_of_its_own() {
    let (app, alice) = proxied(|_| {}).await;
    let bob = Person::signed_up("bob", &app).await;
    let cookie = device_cookie(&app.send(from(HOME, alice.to_log_in())).await);
    for name in [&alice.email, &bob.email] {
        hammer(&app, from(STRANGER, guess(name))).await;
    }
    let again = showing(&cookie, from(ELSEWHERE, alice.to_log_in()));
    let renewed = device_cookie(&app.send(again.clone()).await);
    assert_ne!(
        renewed,
        device_cookie(&app.send(from(HOME, alice.to_log_in())).await)
    );
    let as_bob = showing(&cookie, from("198.51.100.2", bob.to_log_in()));
    retry_after(&app.send(as_bob).await);
    for wrong in [
        cookie[..cookie.len() - 1].to_owned(),
        cookie.replace("_device=", "_device=A"),
        format!("{cookie}; {cookie}"),
        "__Host-cardea_device=".to_owned(),
        cookie.replace("__Host-", ""),
    ] {
        let request = showing(&wrong, from("198.51.100.3", alice.to_log_in()));
        retry_after(&app.send(request).await);
    }
    // The old and the renewed cookie are one device.
    let guesses = showing(&renewed, from("198.51.100.4", guess(&alice.email)));
    assert_eq!(hammer(&app, guesses).await, 20);
    retry_after(&app.send(again).await);
    // At home he has nothing to do with that.
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
}

#[tokio::test]
async fn a_network_that_an_account_is_known_at_is_not_told_by_its_size() {
    let (app, alice) = proxied(|_| {}).await;
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    let known = hammer(&app, from(HOME, guess(&alice.email))).await;
    let unknown = hammer(&app, from(HOME, guess("nobody"))).await;
    assert_eq!(known, unknown);
    // And it has an end, for the owner as well; who is elsewhere has nothing to do with it.
    retry_after(&app.send(from(HOME, alice.to_log_in())).await);
    Session::of(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
}

#[tokio::test]
async fn a_network_is_forgotten_after_a_month() {
    let (app, alice) = proxied(|_| {}).await;
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    for (days, is_known) in [(29, true), (31, false)] {
        app.advance_seconds(days * 24 * 3600);
        hammer(&app, from(STRANGER, guess(&alice.email))).await;
        let answer = app.send(from(HOME, alice.to_log_in())).await;
        let got_in = answer.data()["login"]["__typename"] == "Authenticated";
        assert_eq!(got_in, is_known, "{days}");
    }
}

#[tokio::test]
async fn of_ipv6_the_network_is_what_counts() {
    let (app, alice) = proxied(|config| config.limits.address_burst = 3).await;
    Session::of(&app.send(from("2001:db8:1:2::1", alice.to_log_in())).await);
    hammer(&app, from("2001:db8:9::9", guess(&alice.email))).await;
    hammer(&app, from("2001:db8:8::8", guess(&alice.email))).await;
    hammer(&app, from("2001:db8:7::7", guess(&alice.email))).await;
    hammer(&app, from("2001:db8:6::6", guess(&alice.email))).await;
    let neighbour = from("2001:db8:1:3::1", alice.to_log_in());
    retry_after(&app.send(neighbour).await);
    let at_home = from("2001:db8:1:2:aaaa::1", alice.to_log_in());
    Session::of(&app.send(at_home).await);
    for (number, answer) in ["INVALID_CREDENTIALS", "TOO_MANY_ATTEMPTS"]
        .into_iter()
        .enumerate()
    {
        for guessed in 0..3 {
            let address = format!("2001:db8:5:5::{number}:{guessed}");
            let request = from(&address, guess(&format!("nobody{number}{guessed}")));
            assert_eq!(code(&app.send(request).await), answer);
        }
    }
}

const CHANGE: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
    tokens { accessToken } userErrors { code }
} }";

fn change(session: &Session, current: &str, new: &str) -> Request {
    let input = json!({ "currentPassword": current, "newPassword": new });
    Request::graphql(CHANGE, &json!({ "input": input })).bearer(&session.token)
}

#[tokio::test]
async fn a_session_can_not_be_used_to_guess_the_password() {
    let (app, alice) = proxied(|_| {}).await;
    let stolen = alice.log_in(&app).await;
    let session = alice.log_in(&app).await;
    let new = "nine orange toasters";
    for _ in 0..20 {
        let answer = app.send(change(&stolen, "not the password", new)).await;
        let errors = &answer.data()["changePassword"]["userErrors"];
        assert_eq!(errors[0]["code"], "PASSWORD_INCORRECT");
    }
    let answer = app.send(change(&stolen, &alice.password, new)).await;
    answer.assert_refused_with_retry();
    // The owner's session, and the account, have nothing to do with that.
    let answer = app.send(change(&session, &alice.password, new)).await;
    assert_eq!(answer.data()["changePassword"]["userErrors"], json!([]));
}

impl Answer {
    #[track_caller]
    fn assert_refused_with_retry(&self) {
        assert_eq!(self.status, 429, "{}", self.text());
        assert_eq!(self.code().as_deref(), Some("RATE_LIMITED"));
        assert!(self.json()["data"].is_null());
        let told = self.json()["errors"][0]["extensions"]["retryAfter"].as_i64();
        assert!(told.is_some_and(|seconds| (1..=INTERVAL).contains(&seconds)));
        let header = self
            .header("retry-after")
            .and_then(|text| text.parse().ok());
        assert_eq!(told, header);
    }
}
