//! A storm of logins: what doesn't fit is told so at once, and nobody else notices.

use std::time::{Duration, Instant};

use cardea_entity::sessions;
use sea_orm::EntityTrait as _;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Answer, JSON, Request};
use crate::people::{LOGIN, Person, credentials};

/// One thread that takes its time, and one place to wait.
async fn narrow() -> TestApp {
    TestApp::with(|config| {
        config.passwords.memory_kibibytes = 19_456;
        config.passwords.iterations = 6;
        config.passwords.threads = 1;
        config.passwords.queue_length = 1;
    })
    .await
}

fn is_overloaded(answer: &Answer) -> bool {
    answer.code().as_deref() == Some("OVERLOADED")
}

#[tokio::test]
async fn what_does_not_fit_the_queue_is_told_when_to_come_back() {
    let app = narrow().await;
    let alice = Person::signed_up("alice", &app).await;
    let storm = (0..30).map(|_| alice.to_log_in()).collect();
    let answers = app.send_at_once(storm).await;
    let (refused, served): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| is_overloaded(answer));
    assert!(
        !served.is_empty() && refused.len() >= 20,
        "{} served",
        served.len()
    );
    for answer in served {
        assert_eq!(answer.data()["login"]["__typename"], "Authenticated");
    }
    for answer in refused {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.json()["data"].is_null());
        let told = answer.json()["errors"][0]["extensions"]["retryAfter"].as_u64();
        let header = answer
            .header("retry-after")
            .and_then(|text| text.parse().ok());
        assert!(
            told.is_some_and(|seconds| seconds >= 1),
            "{}",
            answer.text()
        );
        assert_eq!(told, header);
    }
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn under_application_json_an_overload_is_in_the_body() {
    let app = narrow().await;
    let storm = (0..12)
        .map(|_| credentials("nobody", "not the password").accept(JSON))
        .collect();
    let answers = app.send_at_once(storm).await;
    assert!(answers.iter().any(is_overloaded));
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn sign_ups_wait_in_the_same_queue() {
    let app = narrow().await;
    let storm = (0..12)
        .map(|number| Person::named(&format!("person{number}")).to_sign_up())
        .collect();
    let answers = app.send_at_once(storm).await;
    assert!(answers.iter().any(is_overloaded));
    for answer in answers.iter().filter(|answer| !is_overloaded(answer)) {
        assert_eq!(answer.data()["signUp"]["userErrors"], json!([]));
    }
}

#[tokio::test]
async fn who_is_signed_in_does_not_notice() {
    let app = narrow().await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let storm: Vec<_> = (0..30).map(|_| alice.to_log_in()).collect();
    let storm = tokio::spawn(app.client().send_at_once(storm));
    let mut asked = 0;
    while !storm.is_finished() || asked == 0 {
        let begun = Instant::now();
        session.assert_live(&app).await;
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{:?}",
            begun.elapsed()
        );
        asked += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answers = storm.await.expect("no panic");
    assert!(answers.iter().any(is_overloaded));
}

/// Two guesses in one operation, in every disguise, for the price of one request.
const TWICE: [&str; 6] = [
    "mutation($a: LoginInput!, $b: LoginInput!) { a: login(input: $a) { __typename } b: login(input: $b) { __typename } }",
    "mutation($a: LoginInput!, $b: LoginInput!) { login(input: $a) { __typename } ...B }
     fragment B on Mutation { b: login(input: $b) { __typename } }",
    "mutation($a: LoginInput!, $b: LoginInput!) { login(input: $a) { __typename } ... { b: login(input: $b) { __typename } } }",
    "mutation($a: LoginInput!, $b: LoginInput!) { ...C ...D }
     fragment C on Mutation { a: login(input: $a) { __typename } }
     fragment D on Mutation { ... on Mutation { b: login(input: $b) { __typename } } }",
    "mutation($a: LoginInput!, $b: LoginInput!) { ...A b: login(input: $b) { __typename } }
     fragment A on Mutation { a: login(input: $a) { __typename } }",
    "mutation Twice($a: LoginInput!, $b: LoginInput!) {
        a: login(input: $a) { __typename } __typename b: login(input: $b) { __typename } logout { __typename } }",
];

#[tokio::test]
async fn one_operation_tries_one_password() {
    let (app, alice) = TestApp::with_user("alice").await;
    let right = json!({ "identifier": alice.email, "password": alice.password });
    for query in TWICE {
        let answer = app
            .send(Request::graphql(query, &json!({ "a": right, "b": right })))
            .await;
        answer.assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
    }
    let sessions = sessions::Entity::find().all(&app.database().await).await;
    assert!(sessions.expect("the table is there").is_empty());
}

#[tokio::test]
async fn one_operation_makes_one_account() {
    let app = TestApp::start().await;
    let people = [Person::named("alice"), Person::named("bob")];
    let inputs = people
        .clone()
        .map(|person| json!({ "email": person.email, "password": person.password }));
    let variables = json!({ "a": inputs[0], "b": inputs[1], "c": {
        "identifier": people[0].email, "password": people[0].password,
    } });
    for query in [
        "mutation($a: SignUpInput!, $b: SignUpInput!) {
            a: signUp(input: $a) { __typename } b: signUp(input: $b) { __typename } }",
        "mutation($a: SignUpInput!, $c: LoginInput!) {
            signUp(input: $a) { __typename } login(input: $c) { __typename } }",
        "mutation($a: SignUpInput!, $c: LoginInput!) {
            ...A login(input: $c) { __typename } } fragment A on Mutation { signUp(input: $a) { __typename } }",
    ] {
        let answer = app.send(Request::graphql(query, &variables)).await;
        answer.assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
    }
    for person in people {
        let answer = app.send(person.to_log_in()).await;
        assert_eq!(answer.data()["login"]["code"], "INVALID_CREDENTIALS");
    }
}

#[tokio::test]
async fn an_operation_that_is_not_run_does_not_count() {
    let (app, alice) = TestApp::with_user("alice").await;
    let document = format!(
        "{LOGIN} mutation Other($input: LoginInput!) {{ login(input: $input) {{ __typename }} }}"
    );
    let body = json!({
        "query": document,
        "operationName": "Other",
        "variables": { "input": { "identifier": alice.email, "password": alice.password } },
    });
    let answer = app.send(Request::post(body.to_string())).await;
    assert_eq!(answer.data()["login"]["__typename"], "Authenticated");
}
