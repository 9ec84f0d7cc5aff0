//! Nesting: ten thousand levels of anything are refused before any parser sees them.

use serde_json::Value;

use crate::client::{JSON, Request};
use crate::limits::{BOUNDED, assert_query_refused, assert_refused, bomb, roomy, short};

/// Deeper than any parser's stack.
const DEEP: usize = 10_000;

/// `open` as often as this, something in the middle, and `close` as often.
fn nest(times: usize, open: &str, middle: &str, close: &str) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

#[tokio::test]
async fn nesting_is_bounded_wherever_graphql_nests() {
    let app = roomy().await;
    for (what, query) in nested_in_operations().into_iter().chain(nested_elsewhere()) {
        assert_query_refused(&app, what, &query).await;
    }
}

/// In what it is nested, and the query.
fn nested_in_operations() -> [(&'static str, String); 12] {
    let lists = nest(DEEP, "[", "1", "]");
    let objects = nest(DEEP, "{a:", "1", "}");
    [
        ("selections", nest(DEEP, "{a", "", "}")),
        (
            "selections that exist",
            format!("{{currentSession{}}}", nest(DEEP, "{user", "{id}", "}")),
        ),
        (
            "inline fragments",
            format!("{{{}}}", nest(DEEP, "...{", "a", "}")),
        ),
        (
            "typed inline fragments",
            format!("{{{}}}", nest(DEEP, "...on Query{", "a", "}")),
        ),
        ("lists in an argument", format!("{{me(a:{lists}){{id}}}}")),
        (
            "objects in an argument",
            format!("{{me(a:{objects}){{id}}}}"),
        ),
        (
            "objects in lists",
            format!("{{me(a:{}){{id}}}}", nest(DEEP, "[{a:", "1", "}]")),
        ),
        (
            "lists in a directive",
            format!("{{me@skip(if:{lists}){{id}}}}"),
        ),
        (
            "objects in a directive",
            format!("{{me@skip(if:{objects}){{id}}}}"),
        ),
        (
            "lists as a default",
            format!("query($a:Int={lists}){{me{{id}}}}"),
        ),
        (
            "objects as a default",
            format!("query($a:Int={objects}){{me{{id}}}}"),
        ),
        (
            "lists in a type",
            format!("query($a:{}){{me{{id}}}}", nest(DEEP, "[", "Int", "]")),
        ),
    ]
}

fn nested_elsewhere() -> [(&'static str, String); 10] {
    let lists = nest(DEEP, "[", "1", "]");
    let objects = nest(DEEP, "{a:", "1", "}");
    [
        (
            "a directive of an operation",
            format!("query @a(b:{lists}){{me{{id}}}}"),
        ),
        (
            "a directive of a fragment",
            format!("{{...F}} fragment F on Query @a(b:{objects}){{id}}"),
        ),
        (
            "a directive of a variable",
            format!("query($a:Int @b(c:{lists})){{me{{id}}}}"),
        ),
        (
            "brackets that never close",
            "{a(b:".to_owned() + &"[".repeat(DEEP),
        ),
        ("braces that never close", "{a".repeat(DEEP)),
        ("parentheses", "(".repeat(DEEP)),
        ("brackets that only close", "]".repeat(DEEP)),
        (
            "braces after a text",
            format!("{{a(b:\"{}\"){}", "{".repeat(9), "{a".repeat(DEEP)),
        ),
        (
            "braces after a block text",
            format!("{{a(b:\"\"\"{}\"\"\"){}", "\"".repeat(2), "{a".repeat(DEEP)),
        ),
        (
            "braces after a comment",
            format!("#{}\n{}", "\"".repeat(3), "{a".repeat(DEEP)),
        ),
    ]
}

#[tokio::test]
async fn nesting_is_bounded_wherever_json_nests() {
    let app = roomy().await;
    let (lists, objects) = (nest(DEEP, "[", "1", "]"), nest(DEEP, "{\"a\":", "1", "}"));
    let with = |name: &str, value: &str| {
        Request::post(format!(
            "{{\"query\":\"{{__typename}}\",\"{name}\":{value}}}"
        ))
    };
    for (what, request) in [
        (
            "lists in variables",
            with("variables", &format!("{{\"a\":{lists}}}")),
        ),
        ("objects in variables", with("variables", &objects)),
        (
            "lists in extensions",
            with("extensions", &format!("{{\"a\":{lists}}}")),
        ),
        ("objects in extensions", with("extensions", &objects)),
        ("lists of nobody's", with("whatever", &lists)),
        ("objects of nobody's", with("whatever", &objects)),
        ("lists for variables", with("variables", &lists)),
        (
            "lists for a query",
            Request::post(format!("{{\"query\":{lists}}}")),
        ),
        ("a body of objects", Request::post(objects.clone())),
        ("a body of lists", Request::post(lists.clone())),
        (
            "lists that never close",
            with("variables", &"[".repeat(DEEP)),
        ),
        (
            "a body that never closes",
            Request::post("{\"a\":".repeat(DEEP)),
        ),
        ("after a text", with("b\\\"{[", &objects)),
    ] {
        assert_refused(&app, what, request).await;
    }
    let mut url = "/graphql?query=%7B__typename%7D&variables=".to_owned();
    url += &nest(2500, "{%22a%22:", "1", "}");
    assert_refused(&app, "variables in a URL", Request::get(&url)).await;
}

#[tokio::test]
async fn moderate_nesting_is_no_offence() {
    let app = roomy().await;
    let variables = format!("{{\"a\":{}}}", nest(20, "[", "1", "]"));
    let body = format!("{{\"query\":\"{{__typename}}\",\"variables\":{variables}}}");
    assert_eq!(app.send(Request::post(body)).await.status, 200);
    let deep = format!("{{{}}}", nest(10, "...{", "__typename", "}"));
    assert_eq!(app.ask(&deep).await.status, 200);
}

#[tokio::test]
async fn a_refusal_under_application_json_is_as_short() {
    let app = roomy().await;
    for query in [nest(DEEP, "{a", "", "}"), bomb(60), "@x".repeat(DEEP)] {
        let answer = app
            .send(Request::graphql(&query, &Value::Null).accept(JSON))
            .await;
        assert_eq!(answer.status, 200, "{}", short(&answer));
        assert!(answer.json().get("data").is_none());
        assert!(answer.body.len() <= BOUNDED);
    }
}
