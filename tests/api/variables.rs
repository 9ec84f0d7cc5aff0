//! Variables: each has its type, or the request is refused before anything of it ran.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Request;
use crate::graphql_over_http::assert_request_error;
use crate::people::{LOGIN, SIGN_UP};

fn query(text: &str) -> Request {
    Request::graphql(text, &Value::Null)
}

#[tokio::test]
async fn variables_have_the_types_that_they_were_given() {
    let app = TestApp::start().await;
    let ask = |input: Value| Request::graphql(LOGIN, &json!({ "input": input }));
    for input in [
        Value::Null,
        json!("alice"),
        json!([]),
        json!({}),
        json!({ "identifier": "alice" }),
        json!({ "identifier": null, "password": "x" }),
        json!({ "identifier": 1, "password": "x" }),
        json!({ "identifier": ["alice"], "password": { "x": 1 } }),
        json!({ "identifier": "alice", "password": "x", "admin": true }),
    ] {
        let what = input.to_string();
        assert_request_error(&app, &what, &ask(input), "GRAPHQL_VALIDATION_FAILED").await;
    }
    let missing = Request::graphql(LOGIN, &json!({}));
    assert_request_error(&app, "no variable", &missing, "GRAPHQL_VALIDATION_FAILED").await;
    let literal = query("mutation { login(input: \"alice\") { __typename } }");
    assert_request_error(&app, "a literal", &literal, "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn a_request_with_a_bad_variable_does_nothing_at_all() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let document = "mutation M($input: LoginInput!) {
        logout { __typename } login(input: $input) { __typename }
    }";
    for variables in [
        json!({}),
        json!({ "input": "alice" }),
        json!({ "input": [] }),
    ] {
        let request = Request::graphql(document, &variables).bearer(&session.token);
        let answer = app.send(request).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        session.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_null_where_none_may_be_does_nothing_at_all() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    for document in [
        "mutation($p: String) { logout { __typename }
         login(input: { identifier: \"a\", password: $p }) { __typename } }",
        "mutation($p: LoginInput) { logout { __typename } login(input: $p) { __typename } }",
    ] {
        for variables in [json!({}), json!({ "p": null })] {
            let request = Request::graphql(document, &variables).bearer(&session.token);
            let answer = app.send(request).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
            session.assert_live(&app).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_repeats_nothing_of_what_may_be_a_password() {
    let app = TestApp::start().await;
    let password = "nine orange llamas";
    for input in [
        json!(password),
        json!([password]),
        json!({ "identifier": 1, "password": password }),
        json!({ "identifier": "alice", "password": [password] }),
        json!({ "identifier": "alice", "password": { "x": password } }),
        json!({ "identifier": "alice", "password": password, "again": password }),
    ] {
        let variables = json!({ "input": input });
        for document in [LOGIN, SIGN_UP] {
            let answer = app.send(Request::graphql(document, &variables)).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
            assert!(!answer.text().contains("llamas"), "{}", answer.text());
        }
    }
    for document in [
        "mutation { login(input: \"nine orange llamas\") { __typename } }",
        "mutation { login(input: [\"nine orange llamas\"]) { __typename } }",
        "mutation { login(input: { identifier: 1, password: \"nine orange llamas\" }) { __typename } }",
        "mutation { login(input: { password: \"nine orange llamas\" }) { __typename } }",
        "mutation { login(input: { identifier: \"a\", password: \"nine orange llamas }) { x } }",
        "mutation { login(input: { identifier: \"a\", password: \"nine orange llamas\" }) { x } }",
    ] {
        let answer = app.send(query(document)).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(!answer.text().contains("llamas"), "{}", answer.text());
    }
}
