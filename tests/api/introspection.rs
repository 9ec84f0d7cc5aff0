//! Introspection: complete where it is switched on, and nothing to be learnt where it is not.

use std::collections::BTreeSet;

use cardea::config::Config;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, Request};

/// The standard query of graphql-js, with everything that GraphiQL asks for switched on.
const STANDARD: &str = include_str!("introspection.graphql");

#[tokio::test]
async fn the_standard_query_passes_all_limits() {
    let app = TestApp::start().await;
    let answer = app.ask(STANDARD).await;
    let schema = &answer.data()["__schema"];
    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["mutationType"]["name"], "Mutation");
    let types = schema["types"].as_array().expect("a list");
    let of_name = |name: &str| {
        types
            .iter()
            .find(|kind| kind["name"] == name)
            .expect("a type")
    };
    assert_eq!(of_name("User")["interfaces"][0]["name"], "Node");
    assert_eq!(
        of_name("UUID")["specifiedByURL"],
        "https://datatracker.ietf.org/doc/html/rfc9562"
    );
    assert_eq!(of_name("LoginInput")["isOneOf"], json!(false));
    let input = of_name("LoginInput")["inputFields"]
        .as_array()
        .expect("a list");
    let members: BTreeSet<_> = input
        .iter()
        .filter_map(|field| field["name"].as_str())
        .collect();
    assert_eq!(
        members,
        BTreeSet::from(["identifier", "password", "clientId", "transport"])
    );
    let users = of_name("AuthenticationResult")["possibleTypes"]
        .as_array()
        .map(Vec::len);
    assert_eq!(users, Some(2));
}

#[tokio::test]
async fn types_are_told_by_name_as_well() {
    let app = TestApp::start().await;
    let query = "query($name: String!) { __type(name: $name) { name kind fields { name } } }";
    let answer = app
        .send(Request::graphql(query, &json!({ "name": "Session" })))
        .await;
    assert_eq!(answer.data()["__type"]["kind"], "OBJECT");
}

#[tokio::test]
async fn a_misspelling_is_explained_to_who_may_look() {
    let app = TestApp::start().await;
    let answer = app.ask("{ authSettings { issuers } }").await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("issuers"), "{}", answer.text());
}

fn off(config: &mut Config) {
    config.graphql.introspection = Some(false);
}

#[tokio::test]
async fn where_strangers_may_come_it_is_off_unless_switched_on() {
    for (what, is_on, change) in [
        ("at home", true, (|_| {}) as fn(&mut Config)),
        ("behind a proxy", false, |config| {
            config.http.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
        }),
        ("under a public name", false, |config| {
            config.tokens.issuer = Some(crate::app::ISSUER.to_owned());
        }),
        ("on all addresses", false, |config| {
            config.http.listen = ([0, 0, 0, 0], 0).into();
        }),
    ] {
        let app = TestApp::with(|config| {
            config.tokens.issuer = None;
            config.graphql = cardea::config::Graphql::default();
            change(config);
        })
        .await;
        let schema = app.ask("{ __schema { queryType { name } } }").await;
        assert_eq!(schema.text().contains("\"Query\""), is_on, "{what}");
        let page = app.send(Request::get("/")).await;
        assert_eq!(page.status == 200, is_on, "{what}");
    }
}

/// Whether an answer tells of the schema what its question did not.
fn tells(answer: &Answer, question: &str) -> Option<&'static str> {
    const WORDS: [&str; 17] = [
        "AuthSettings",
        "authSettings",
        "signUpEnabled",
        "passwordPolicy",
        "LoginInput",
        "identifier",
        "SignUpInput",
        "displayName",
        "LogoutPayload",
        "endedSessionIds",
        "currentSession",
        "EmailAddress",
        "String",
        "Boolean",
        "Query",
        "Mutation",
        "mean",
    ];
    let text = answer.text();
    WORDS
        .into_iter()
        .find(|word| text.contains(word) && !question.contains(word))
}

#[tokio::test]
async fn switched_off_the_schema_tells_nothing() {
    let app = TestApp::with(off).await;
    for question in [
        "{ __schema { types { name } } }",
        "{ __schema { queryType { fields { name } } } }",
        "{ a: __schema { types { name } } }",
        "{ ...F } fragment F on Query { __schema { types { name } } }",
        "{ ... { __schema { types { name } } } }",
        "{ ... on Query { __type(name: \"User\") { fields { name } } } }",
        "{ __type(name: \"User\") { fields { name } } }",
        "{ ...F } fragment F on Query { b: __type(name: \"LoginInput\") { inputFields { name } } }",
        "mutation { __schema { types { name } } }",
        STANDARD,
    ] {
        let answer = app.ask(question).await;
        assert_eq!(
            tells(&answer, question),
            None,
            "{question}: {}",
            answer.text()
        );
        let data = &answer.json()["data"];
        let empty = data
            .as_object()
            .is_none_or(|data| data.values().all(Value::is_null));
        assert!(empty, "{question}: {}", answer.text());
    }
}

#[tokio::test]
async fn switched_off_a_guess_is_told_nothing_but_that_it_is_wrong() {
    let app = TestApp::with(off).await;
    for question in [
        "{ m }",
        "{ mee { id } }",
        "{ authSetting { issuer } }",
        "{ me }",
        "{ me { emai } }",
        "{ me { id { x } } }",
        "{ me(id: 1) { id } }",
        "{ ...F } fragment F on Usr { id }",
        "query($a: Loginput) { me { id } }",
        "query($a: User) { me { id } }",
        "{ me @skp(if: true) { id } }",
        "{ me @skip(iff: true) { id } }",
        "mutation { logot { x } }",
        "mutation { logout }",
        "mutation { login }",
        "mutation { login { __typename } }",
        "mutation { login(inpt: 1) { __typename } }",
        "mutation { login(input: 1) { __typename } }",
        "mutation { login(input: \"x\") { __typename } }",
        "mutation { login(input: {}) { __typename } }",
        "mutation { login(input: { identifie: 1 }) { __typename } }",
        "mutation { signUp(input: { email: 1, password: 2 }) { __typename } }",
        "mutation { signUp(input: { email: 1, password: \"x\" }) { __typename } }",
    ] {
        for variables in [Value::Null, json!({ "a": 1 })] {
            let answer = app.send(Request::graphql(question, &variables)).await;
            assert_eq!(answer.status, 400, "{question}: {}", answer.text());
            assert_eq!(
                tells(&answer, question),
                None,
                "{question}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn switched_off_a_bad_variable_is_told_no_type() {
    let app = TestApp::with(off).await;
    let question = "mutation($a: LoginInput!) { login(input: $a) { __typename } }";
    for value in [
        json!(null),
        json!("x"),
        json!(1),
        json!([]),
        json!({}),
        json!({ "identifie": "x" }),
        json!({ "identifier": 1 }),
        json!({ "identifier": "x", "password": 1 }),
    ] {
        let answer = app
            .send(Request::graphql(question, &json!({ "a": value })))
            .await;
        assert_eq!(answer.status, 400, "{value}: {}", answer.text());
        let told = tells(&answer, &format!("{question}{value}"));
        assert_eq!(told, None, "{value}: {}", answer.text());
    }
}

#[tokio::test]
async fn switched_off_everything_else_works() {
    let app = TestApp::with(off).await;
    let alice = crate::people::Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let answer = app
        .ask_as(&session.token, "{ __typename me { __typename id } }")
        .await;
    assert_eq!(answer.data()["me"]["__typename"], "User");
}

#[tokio::test]
async fn the_playground_is_served_where_it_is_switched_on() {
    let app = TestApp::start().await;
    let page = app.send(Request::get("/")).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-eval"), "{policy}");
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));

    let app = TestApp::with(|config| config.graphql.playground = Some(false)).await;
    assert_eq!(app.send(Request::get("/")).await.status, 404);
}
