//! `@skip` and `@include`: what a client leaves out is left out, and nothing else is.

use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::Request;

async fn data(app: &TestApp, query: &str, variables: Value) -> Value {
    let answer = app.send(Request::graphql(query, &variables)).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.data()
}

#[tokio::test]
async fn a_variable_decides_or_else_its_default() {
    let app = TestApp::start().await;
    let with = json!({ "__typename": "Query", "authSettings": { "issuer": ISSUER } });
    let without = json!({ "__typename": "Query" });
    for (default, given, is_true) in [
        ("", json!({ "a": true }), true),
        ("", json!({ "a": false }), false),
        (" = true", json!({}), true),
        (" = false", json!({}), false),
        (" = true", json!({ "a": false }), false),
        (" = false", json!({ "a": true }), true),
    ] {
        for (directive, is_there) in [("include", is_true), ("skip", !is_true)] {
            let expected = if is_there { &with } else { &without };
            for selection in [
                format!("__typename authSettings @{directive}(if: $a) {{ issuer }}"),
                format!("__typename ... @{directive}(if: $a) {{ authSettings {{ issuer }} }}"),
            ] {
                let query = format!("query($a: Boolean!{default}) {{ {selection} }}");
                let found = data(&app, &query, given.clone()).await;
                assert_eq!(&found, expected, "{query} {given}");
            }
            let query = format!(
                "query($a: Boolean!{default}) {{ __typename ...F }}
                 fragment F on Query {{ authSettings @{directive}(if: $a) {{ issuer }} }}"
            );
            let found = data(&app, &query, given.clone()).await;
            assert_eq!(&found, expected, "{query} {given}");
        }
    }
}

#[tokio::test]
async fn where_all_is_left_out_there_is_an_empty_object() {
    let app = TestApp::start().await;
    for query in [
        "{ authSettings @include(if: false) { issuer } }",
        "{ authSettings @skip(if: true) { issuer } }",
        "{ authSettings @skip(if: false) @include(if: false) { issuer } }",
        "{ ... @skip(if: true) { __typename } }",
    ] {
        assert_eq!(data(&app, query, Value::Null).await, json!({}), "{query}");
    }
}

#[tokio::test]
async fn fields_of_one_name_are_merged_in_the_order_of_the_text() {
    let app = TestApp::start().await;
    let query = "{ b: __typename authSettings { issuer } a: __typename ...F __typename }
                 fragment F on Query { authSettings { signUpEnabled } c: __typename }";
    let answer = app.ask(query).await;
    let expected = format!(
        r#"{{"data":{{"b":"Query","authSettings":{{"issuer":"{ISSUER}","signUpEnabled":true}},"a":"Query","c":"Query","__typename":"Query"}}}}"#
    );
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn a_mutation_that_is_left_out_does_nothing() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    for query in [
        "mutation { logout @skip(if: true) { __typename } __typename }",
        "mutation { ... @include(if: false) { logout { __typename } } __typename }",
        "mutation { ...F @skip(if: true) __typename } fragment F on Mutation { logout { __typename } }",
    ] {
        let answer = app.ask_as(&session.token, query).await;
        assert_eq!(
            answer.data(),
            json!({ "__typename": "Mutation" }),
            "{query}"
        );
        session.assert_live(&app).await;
    }
}
