//! Login throttling: a stranger's guesses have an end, and don't keep the owner out.

use std::time::{Duration, Instant};

use cardea::config::Config;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::{Person, Session, credentials};
use crate::redis_server::RedisServer;

const HOME: &str = "203.0.113.1";
const ELSEWHERE: &str = "198.51.100.77";
const STRANGER: &str = "192.0.2.66";

/// Wrong passwords that an account bears, and the seconds until it bears one more.
const BURST: usize = 10;
const INTERVAL: i64 = 900;

/// Behind a proxy that tells where each request comes from.
async fn proxied(change: impl FnOnce(&mut Config)) -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
        change(config);
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

fn from(address: &str, request: Request) -> Request {
    request.header("X-Forwarded-For", address)
}

fn guess(identifier: &str) -> Request {
    credentials(identifier, "not the password")
}

#[track_caller]
fn code(answer: &Answer) -> String {
    let login = &answer.data()["login"];
    let code = login["code"].as_str();
    code.unwrap_or_else(|| panic!("{login}")).to_owned()
}

/// Seconds after which one who was told to come back may.
#[track_caller]
fn retry_after(answer: &Answer) -> i64 {
    assert_eq!(code(answer), "TOO_MANY_ATTEMPTS", "{}", answer.text());
    let seconds = answer.data()["login"]["retryAfter"].as_i64();
    seconds.expect("it is told")
}

/// Guesses until told to stop; says how often a password was looked at.
async fn hammer(app: &TestApp, guess: Request) -> usize {
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

/// The cookie that an answer has the browser keep, as it sends it back.
fn device_cookie(answer: &Answer) -> String {
    let mut cookies = answer.headers.iter().filter_map(|(name, value)| {
        let is_ours = name == "set-cookie" && value.starts_with("__Host-cardea_device=");
        is_ours.then_some(value)
    });
    let cookie = cookies.next().expect("a login sets it");
    let mut attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    attributes.sort_unstable();
    let expected = [
        "HttpOnly",
        "Max-Age=31536000",
        "Path=/",
        "SameSite=Strict",
        "Secure",
    ];
    assert_eq!(attributes, expected);
    assert_eq!(cookies.next(), None);
    cookie.split(';').next().expect("a value").to_owned()
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
        let logins = (0..60).map(|number| match same_place {
            true => from(HOME, alice.to_log_in()),
            false => from(&format!("192.0.2.{number}"), alice.to_log_in()),
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

/// Nodes that count in this Redis, whatever they check tokens in.
async fn counting_in(redis: &RedisServer) -> (TestApp, Person) {
    let url = redis.url();
    proxied(|config| {
        config.redis.url = Some(url.into());
        config.redis.timeout_milliseconds = 300;
    })
    .await
}

#[tokio::test]
async fn nodes_with_a_redis_count_together() {
    let redis = RedisServer::start();
    let (a, alice) = counting_in(&redis).await;
    let b = a.another_node(|_| {}).await;
    for number in 0..BURST {
        let node = [&a, &b][number % 2];
        let answer = node.send(from(STRANGER, guess("alice"))).await;
        assert_eq!(code(&answer), "INVALID_CREDENTIALS");
    }
    for node in [&a, &b] {
        retry_after(&node.send(from(STRANGER, guess(&alice.email))).await);
    }
    // Nobody learns from Redis who was asked for, and from where.
    let keys = redis.keys().await;
    assert!(
        keys.iter()
            .any(|key| key.starts_with("cardea:limit:account:"))
    );
    for key in keys {
        let parts: Vec<_> = key.split(':').collect();
        assert_eq!(
            (parts[0], parts.len(), parts.last().map(|name| name.len())),
            ("cardea", 4, Some(32))
        );
        let seconds = redis.seconds_to_live(&key).await;
        assert!((1..=INTERVAL * 10).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn without_its_redis_a_node_counts_alone_and_goes_on_serving() {
    let mut redis = RedisServer::start();
    let (app, alice) = counting_in(&redis).await;
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    redis.kill();
    assert_eq!(
        hammer(&app, from(STRANGER, guess(&alice.email))).await,
        BURST
    );
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    retry_after(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
    redis.start_again();
    // What was counted meanwhile was this process's own.
    crate::app::eventually(
        Duration::from_secs(5),
        "it counts there again",
        async || {
            app.send(from(STRANGER, guess(&alice.email))).await;
            !redis.keys().await.is_empty()
        },
    )
    .await;
}

#[tokio::test]
async fn a_redis_that_is_silent_delays_nobody_for_long() {
    let redis = RedisServer::start();
    let (app, alice) = counting_in(&redis).await;
    redis.pause();
    let begun = Instant::now();
    let logins = (0..20).map(|_| from(HOME, alice.to_log_in()));
    for answer in app.send_at_once(logins.collect()).await {
        Session::of(&answer);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    redis.resume();
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
