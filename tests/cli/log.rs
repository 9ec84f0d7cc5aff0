//! The log: at its most talkative it tells no secret, and nobody else writes a line in it.

use serde_json::{Value, json};

use crate::http::Exchange;
use crate::place::{PASSWORD, Place};
use crate::server::{LOGIN, ME, Server, credentials};

const ALICE: &str = "alice@example.com";
const JSON: &str = "log.format=json";
const EVERYTHING: &str = "log.filter=trace";

/// What would be a line of its own, if it were let.
const FORGERY: &str =
    "x\r\n{\"timestamp\":\"now\",\"level\":\"FORGED\",\"message\":\"FORGED\"}\r\n";

/// Every line as the object that it is.
fn events(log: &str) -> Vec<Value> {
    let events: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for event in &events {
        let is_text = |name: &str| event[name].is_string();
        assert!(
            ["timestamp", "level", "message"].into_iter().all(is_text),
            "{event}"
        );
    }
    events
}

/// `Authorization: Basic` of `alice:violet kettle`, and other things that a client gets wrong.
fn err(server: &Server, token: &str) {
    let basic = "Authorization: Basic YWxpY2U6dmlvbGV0IGtldHRsZQ==";
    let bearer = format!("Authorization: Bearer {token}");
    let me = json!({ "query": ME });
    server.begin(&me, &[basic]).end();
    server.begin(&me, &[&bearer, &bearer]).end();
    server.begin(&me, &[&format!("{bearer}x")]).end();
    server
        .begin(&me, &[&bearer, "Cookie: __Host-cardea-default=crumbs"])
        .end();
    server.ask("{ nothing }", &Value::Null, Some(token));
    server.ask("{ me {", &Value::Null, Some(token));
    let post = |body: &str| {
        let headers = ["Content-Type: application/json", bearer.as_str()];
        Exchange::begin(server.address, "POST /graphql", &headers, body).end()
    };
    post(&format!("{{\"query\": \"{PASSWORD}\""));
    post(&format!("[\"{PASSWORD}\"]"));
    post(&format!(
        "{{\"query\": \"{{ me }}\", \"variables\": \"{PASSWORD}\"}}"
    ));
}

/// Logs in with a refresh token in the body, uses it twice, and changes the password; gives what
/// nobody else should see of that.
fn refresh(server: &Server) -> Vec<String> {
    let input = json!({ "identifier": ALICE, "password": PASSWORD, "transport": "BODY" });
    let query = "mutation($input: LoginInput!) { login(input: $input) {
        ... on Authenticated { tokens { accessToken refreshToken } } } }";
    let answer = server.ask(query, &json!({ "input": input }), None);
    let tokens = &answer.body["data"]["login"]["tokens"];
    let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    let (access, shown) = (text("accessToken"), text("refreshToken"));
    let mut secrets = vec![shown.clone()];
    for _ in 0..2 {
        let query = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) {
            ... on Refreshed { tokens { refreshToken } } } }";
        let answer = server.ask(query, &json!({ "token": shown }), None);
        let next = &answer.body["data"]["refreshSession"]["tokens"]["refreshToken"];
        secrets.push(next.as_str().expect("a token").to_owned());
    }
    let query = "mutation($current: String!) { changePassword(input: {
        currentPassword: $current, newPassword: \"an ochre kettle that whistles\" }) { userErrors { code } } }";
    let answer = server.ask(query, &json!({ "current": PASSWORD }), Some(&access));
    let errors = &answer.body["data"]["changePassword"]["userErrors"];
    assert_eq!(*errors, json!([]), "{answer:?}");
    secrets
}

/// Everything that should not be seen, and what it is.
fn assert_untold(log: &str, secrets: &[(&str, &str)]) {
    for (name, secret) in secrets {
        assert!(!secret.is_empty(), "{name}");
        if let Some(line) = log.lines().find(|line| line.contains(secret)) {
            panic!("the log tells {name}: {line}");
        }
    }
}

#[test]
fn no_password_and_no_token_is_logged() {
    let place = Place::new();
    let server = place.serve(&[EVERYTHING, JSON]);
    server.sign_up(ALICE);
    let token = server.log_in(ALICE);
    server.try_log_in(ALICE, "a wrong password, or a typo");
    server.try_log_in("nobody@example.com", "a wrong password, or a typo");
    server.assert_live(&token, ALICE);
    err(&server, &token);
    server.log_out(&token);
    server.assert_dead(&token, "LOGGED_OUT");
    let refresh_tokens = refresh(&server);
    let master_key = place.read("data/master.key");
    let log = server.stop();
    assert!(events(&log).iter().any(|event| event["level"] == "DEBUG"));
    let parts: Vec<_> = token.split('.').collect();
    let secrets = [
        ("a password", "violet kettle"),
        ("a wrong password", "a wrong password"),
        ("a password's hash", "$argon2id$"),
        ("a token", token.as_str()),
        ("a token's claims", parts[1]),
        ("a token's signature", parts[2]),
        ("basic credentials", "YWxpY2U6dmlvbGV0"),
        ("a cookie", "crumbs"),
        ("the master key", master_key.trim()),
        ("a new password", "ochre kettle"),
    ];
    assert_untold(&log, &secrets);
    let refresh_tokens = refresh_tokens.iter();
    let refresh_tokens: Vec<_> = refresh_tokens
        .map(|token| ("a refresh token", token.as_str()))
        .collect();
    assert_untold(&log, &refresh_tokens);
}

#[test]
fn what_is_wrongly_put_into_a_url_is_not_logged() {
    let place = Place::new();
    let server = place.serve(&[EVERYTHING, JSON]);
    let query = "mutation%7Blogin(input%3A%7Bidentifier%3A%22a%22%2Cpassword%3A%22hunter2%22%7D)%7B__typename%7D%7D";
    let line = format!("GET /graphql?query={query}&access_token=hunter3");
    assert_eq!(
        Exchange::begin(server.address, &line, &[], "").end().status,
        405
    );
    let line = "GET /.well-known/jwks.json?access_token=hunter3";
    Exchange::begin(server.address, line, &[], "").end();
    let secrets = [("a password", "hunter2"), ("a token", "hunter3")];
    assert_untold(&server.stop(), &secrets);
}

#[test]
fn the_command_line_logs_no_password_either() {
    let place = Place::new();
    let talkative = ["--set", EVERYTHING, "--set", JSON];
    for (command, password) in [
        ("create", PASSWORD),
        ("set-password", "nine green lamps over"),
    ] {
        let arguments = [&["user", command, ALICE][..], &talkative].concat();
        let outcome = place.run_with(&arguments, password);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(!events(&outcome.err).is_empty());
        assert_untold(&outcome.err, &[("a password", password)]);
        assert_untold(&outcome.out, &[("a password", password)]);
    }
}

#[test]
fn a_json_line_can_not_be_forged() {
    let place = Place::new();
    let server = place.serve(&[EVERYTHING, JSON]);
    server.try_log_in(FORGERY, FORGERY);
    server.try_log_in(&format!("{FORGERY}@example.com"), FORGERY);
    let input = json!({ "input": { "email": FORGERY, "username": FORGERY, "displayName": FORGERY,
        "password": FORGERY } });
    let sign_up =
        "mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }";
    server.ask(sign_up, &input, None);
    server.ask(FORGERY, &Value::Null, None);
    server.ask(ME, &Value::Null, Some("x.y.z{\"level\":\"FORGED\"}"));
    let operation = json!({ "query": LOGIN, "operationName": FORGERY, "variables": credentials(FORGERY, FORGERY) });
    let headers = [
        "X-Request-Id: \"}FORGED",
        "User-Agent: \"}\t{\"level\":\"FORGED\"}",
        "X-Forwarded-For: FORGED",
    ];
    server.begin(&operation, &headers).end();
    Exchange::begin(
        server.address,
        "GET /%0d%0a%7B%22level%22:%22FORGED%22%7D",
        &[],
        "",
    )
    .end();
    for event in events(&server.stop()) {
        let forged = [&event["level"], &event["message"]].map(|text| text == "FORGED");
        assert_eq!(forged, [false, false], "{event}");
    }
}

#[test]
fn events_of_a_request_carry_its_id() {
    let place = Place::new();
    let server = place.serve(&[JSON]);
    server.sign_up(ALICE);
    server.log_out(&server.log_in(ALICE));
    let events = events(&server.stop());
    for message in ["signed up", "logged in", "session ended"] {
        let event = events.iter().find(|event| event["message"] == message);
        let event = event.unwrap_or_else(|| panic!("nothing says `{message}`"));
        assert_eq!(event["level"], "INFO", "{event}");
        assert!(event["user"].is_string(), "{event}");
        assert_eq!(
            event["span"]["id"].as_str().map(str::len),
            Some(32),
            "{event}"
        );
    }
}

#[test]
fn a_log_for_people_has_one_event_a_line_and_no_colours_in_a_file() {
    let place = Place::new();
    let server = place.serve(&["log.format=human"]);
    server.sign_up(ALICE);
    server.try_log_in(FORGERY, PASSWORD);
    server.log_out(&server.log_in(ALICE));
    let log = server.stop();
    assert!(!log.contains('\u{1b}') && !log.contains("FORGED"), "{log}");
    let is_event = |line: &str| line.starts_with("20") && line.contains("Z  INFO ");
    assert!(log.lines().all(is_event), "{log}");
    assert!(log.contains("session ended"), "{log}");
}
