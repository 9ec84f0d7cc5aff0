//! Login throttling: guesses have an end, for an account and for an address, whoever makes them.

use std::time::{Duration, Instant};

use cardea::config::Config;
use serde_json::Value;

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::{Person, Session, credentials};

pub(crate) const HOME: &str = "203.0.113.1";
pub(crate) const ELSEWHERE: &str = "198.51.100.77";
pub(crate) const STRANGER: &str = "192.0.2.66";

/// Wrong passwords that an account bears, and the seconds until it bears one more.
pub(crate) const BURST: usize = 10;
pub(crate) const INTERVAL: i64 = 900;

/// Behind a proxy that tells where each request comes from.
pub(crate) async fn proxied(change: impl FnOnce(&mut Config)) -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
        change(config);
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

pub(crate) fn from(address: &str, request: Request) -> Request {
    request.header("X-Forwarded-For", address)
}

pub(crate) fn guess(identifier: &str) -> Request {
    credentials(identifier, "not the password")
}

#[track_caller]
pub(crate) fn code(answer: &Answer) -> String {
    let login = &answer.data()["login"];
    let code = login["code"].as_str();
    code.unwrap_or_else(|| panic!("{login}")).to_owned()
}

/// Seconds after which one who was told to come back may.
#[track_caller]
pub(crate) fn retry_after(answer: &Answer) -> i64 {
    assert_eq!(code(answer), "TOO_MANY_ATTEMPTS", "{}", answer.text());
    let seconds = answer.data()["login"]["retryAfter"].as_i64();
    seconds.expect("it is told")
}

/// Guesses until told to stop; says how often a password was looked at.
pub(crate) async fn hammer(app: &TestApp, guess: Request) -> usize {
    for looked_at in 0..1000 {
        let answer = app.send(guess.clone()).await;
        match code(&answer).as_str() {
            "INVALID_CREDENTIALS" => {}
            "TOO_MANY_ATTEMPTS" => return looked_at,
            other => panic!("{other}"),
        }
    }
    panic!("guesses have no end");
}

#[tokio::test]
async fn who_is_not_known_gets_in_when_the_time_that_was_told_has_passed() {
    let (app, alice) = proxied(|_| {}).await;
    hammer(&app, from(STRANGER, guess(&alice.email))).await;
    for _ in 0..2 {
        let told = retry_after(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
        app.advance_seconds(u64::try_from(told).expect("later"));
        assert_eq!(hammer(&app, from(STRANGER, guess(&alice.email))).await, 1);
    }
    let told = retry_after(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
    app.advance_seconds(u64::try_from(told).expect("later"));
    let answer = app.send(from(ELSEWHERE, alice.to_log_in())).await;
    Session::of(&answer).assert_live(&app).await;
    // Left alone, it is all as before.
    app.advance_seconds(u64::try_from(INTERVAL).expect("later") * BURST as u64);
    assert_eq!(
        hammer(&app, from(STRANGER, guess(&alice.email))).await,
        BURST
    );
}

#[tokio::test]
async fn all_spellings_of_a_name_are_one_account() {
    let (app, alice) = proxied(|_| {}).await;
    let spellings = ["alice@example.com", "ALICE@Example.com", "alice", "aLiCe"];
    let mut looked_at = 0;
    for (number, spelling) in spellings.iter().cycle().take(BURST + 4).enumerate() {
        let address = format!("192.0.2.{number}");
        let answer = app.send(from(&address, guess(spelling))).await;
        looked_at += usize::from(code(&answer) == "INVALID_CREDENTIALS");
    }
    assert_eq!(looked_at, BURST);
    retry_after(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_time_count() {
    let (app, alice) = proxied(|_| {}).await;
    let guesses = (0..60).map(|number| {
        let name = ["alice", "ALICE@example.com"][number % 2];
        from(&format!("192.0.2.{number}"), guess(name))
    });
    let answers = app.send_at_once(guesses.collect()).await;
    let looked_at = answers
        .iter()
        .filter(|answer| code(answer) == "INVALID_CREDENTIALS");
    assert_eq!(looked_at.count(), BURST);
    retry_after(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_know_the_password_are_not_counted_however_many_at_once() {
    let (app, alice) = proxied(|_| {}).await;
    for same_place in [false, true] {
        let logins = (0..60).map(|number| {
            let elsewhere = format!("192.0.2.{number}");
            from(
                if same_place { HOME } else { &elsewhere },
                alice.to_log_in(),
            )
        });
        for answer in app.send_at_once(logins.collect()).await {
            Session::of(&answer);
        }
    }
    assert_eq!(
        hammer(&app, from(STRANGER, guess(&alice.email))).await,
        BURST
    );
}

#[tokio::test]
async fn a_right_password_gives_back_its_own_attempt_and_no_other() {
    let (app, alice) = proxied(|_| {}).await;
    for number in 0..BURST - 1 {
        let address = format!("192.0.2.{number}");
        assert_eq!(
            code(&app.send(from(&address, guess("alice"))).await),
            "INVALID_CREDENTIALS"
        );
    }
    for number in 0..5 {
        let address = format!("198.51.100.{number}");
        Session::of(&app.send(from(&address, alice.to_log_in())).await);
    }
    assert_eq!(hammer(&app, from(STRANGER, guess("alice"))).await, 1);
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_limited_alike() {
    let (app, alice) = proxied(|_| {}).await;
    // Known at home, but not there.
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    let mut told = [const { Vec::new() }; 2];
    for _ in 0..BURST + 3 {
        for (told, name) in told.iter_mut().zip(["alice", "nobody@example.com"]) {
            let answer = app.send(from(STRANGER, guess(name))).await;
            let mut login = answer.data()["login"].take();
            // What is told is a whole second, of times that are not the same.
            let seconds = login["retryAfter"]
                .take()
                .as_i64()
                .map(|seconds| INTERVAL - seconds);
            assert!(
                seconds.is_none_or(|passed| (0..60).contains(&passed)),
                "{seconds:?}"
            );
            told.push((answer.status, login, seconds.is_some()));
        }
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].iter().filter(|(.., is_told)| *is_told).count(), 3);
    // However it is written: it is one nobody.
    retry_after(&app.send(from(ELSEWHERE, guess("NOBODY@example.com"))).await);
}

#[tokio::test]
async fn an_address_that_tries_many_names_is_told_to_stop() {
    let (app, alice) = proxied(|config| config.limits.address_burst = 5).await;
    for number in 0..5 {
        let answer = app
            .send(from(STRANGER, guess(&format!("nobody{number}"))))
            .await;
        assert_eq!(code(&answer), "INVALID_CREDENTIALS");
    }
    assert_eq!(
        retry_after(&app.send(from(STRANGER, alice.to_log_in())).await),
        1
    );
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    app.advance_seconds(1);
    Session::of(&app.send(from(STRANGER, alice.to_log_in())).await);
}

#[tokio::test]
async fn nobody_gets_round_it_by_headers_of_his_own() {
    let app = TestApp::with(|config| config.limits.address_burst = 5).await;
    let mut looked_at = 0;
    for number in 0..10 {
        let address = format!("192.0.2.{number}");
        let request = from(&address, guess(&format!("nobody{number}")));
        let request = request
            .header("X-Real-IP", &address)
            .header("Forwarded", &address);
        looked_at += usize::from(code(&app.send(request).await) == "INVALID_CREDENTIALS");
    }
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn an_attempt_too_many_costs_no_hash() {
    let (app, alice) = proxied(|config| {
        config.passwords.memory_kibibytes = 19_456;
        config.passwords.iterations = 6;
        config.passwords.threads = 1;
        config.passwords.queue_length = 1;
    })
    .await;
    hammer(&app, from(STRANGER, guess(&alice.email))).await;
    let guesses = (0..40).map(|_| from(STRANGER, guess(&alice.email)));
    let begun = Instant::now();
    for answer in app.send_at_once(guesses.collect()).await {
        retry_after(&answer);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn nothing_of_it_is_asked_of_those_who_are_not_signing_in() {
    let (app, alice) = proxied(|config| config.limits.address_burst = 2).await;
    let session = Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    hammer(&app, from(HOME, guess(&alice.email))).await;
    for _ in 0..5 {
        session.assert_live(&app).await;
    }
    let errors: Vec<Value> = Person::named("bob").sign_up(&app).await;
    assert_eq!(errors, Vec::<Value>::new());
}
