//! Limits: whatever is deep, wide or long is refused with a short answer, and the server goes on.

use serde_json::json;

use crate::app::TestApp;
use crate::client::{Answer, Request};

/// Longer answers than this would be the attacker's gain.
pub(crate) const BOUNDED: usize = 8_192;

/// With as long a body as can be configured, so that it isn't the length that is refused.
pub(crate) async fn roomy() -> TestApp {
    TestApp::with(|config| config.http.body_limit_bytes = 1 << 20).await
}

pub(crate) async fn assert_refused(app: &TestApp, what: &str, request: Request) {
    let answer = app.send(request).await;
    assert!(
        (400..500).contains(&answer.status),
        "{what}: {} {}",
        answer.status,
        short(&answer)
    );
    assert!(
        answer.body.len() <= BOUNDED,
        "{what}: {} bytes",
        answer.body.len()
    );
    let message = answer.json();
    assert!(message.get("data").is_none(), "{what}: {}", short(&answer));
    let errors = message["errors"].as_array().map_or(0, Vec::len);
    assert!((1..=10).contains(&errors), "{what}: {errors} errors");
    for error in message["errors"].as_array().into_iter().flatten() {
        assert!(error["extensions"]["code"].is_string(), "{what}: {error}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.len() > 10),
            "{what}: {error}"
        );
    }
    let still = app.ask("{ __typename }").await;
    assert_eq!(
        still.data(),
        json!({ "__typename": "Query" }),
        "after {what}"
    );
}

pub(crate) fn short(answer: &Answer) -> String {
    answer.text().chars().take(500).collect()
}

pub(crate) async fn assert_query_refused(app: &TestApp, what: &str, query: &str) {
    let body = json!({ "query": query }).to_string();
    assert!(body.len() <= 1 << 20, "{what}: it would be the length");
    assert_refused(app, what, Request::post(body)).await;
}

#[tokio::test]
async fn a_thousand_of_anything_are_too_many() {
    let app = roomy().await;
    for (what, query) in thousands().into_iter().chain(thousands_at_the_top()) {
        assert_query_refused(&app, what, &query).await;
    }
}

/// What it is that there are a thousand of, and the query.
fn thousands() -> [(&'static str, String); 11] {
    let many = |what: fn(usize) -> String| (0..1000).map(what).collect::<Vec<_>>().join(" ");
    let directives = "@skip(if:false)".repeat(1000);
    [
        (
            "aliases of __typename",
            format!("{{{}}}", many(|n| format!("a{n}:__typename"))),
        ),
        (
            "aliases of a field",
            format!("{{{}}}", many(|n| format!("a{n}:me{{id}}"))),
        ),
        (
            "aliases further down",
            format!("{{me{{{}}}}}", many(|n| format!("a{n}:id"))),
        ),
        (
            "aliases in fragments",
            format!("{{{}}}", many(|n| format!("...{{a{n}:__typename}}"))),
        ),
        (
            "aliases of logout",
            format!(
                "mutation{{{}}}",
                many(|n| format!("a{n}:logout{{__typename}}"))
            ),
        ),
        (
            "the same field",
            format!("{{{}}}", many(|_| "__typename".to_owned())),
        ),
        (
            "spreads",
            format!(
                "{{{}}} fragment F on Query {{__typename}}",
                many(|_| "...F".to_owned())
            ),
        ),
        ("directives on a field", format!("{{me{directives}{{id}}}}")),
        (
            "directives on a spread",
            format!("{{...F{directives}}} fragment F on Query {{me{{id}}}}"),
        ),
        (
            "directives on an operation",
            format!("query{directives}{{me{{id}}}}"),
        ),
        (
            "directives of nobody's",
            format!("{{me{}{{id}}}}", "@x".repeat(1000)),
        ),
    ]
}

fn thousands_at_the_top() -> [(&'static str, String); 5] {
    let many = |what: fn(usize) -> String| (0..1000).map(what).collect::<Vec<_>>().join(" ");
    [
        ("operations", many(|n| format!("query Q{n}{{__typename}}"))),
        (
            "fragments",
            format!(
                "{{me{{id}}}} {}",
                many(|n| format!("fragment F{n} on Query{{me{{id}}}}"))
            ),
        ),
        (
            "arguments",
            format!("{{me({}){{id}}}}", many(|n| format!("a{n}:1"))),
        ),
        (
            "unknown fields",
            format!("{{{}}}", many(|n| format!("f{n}"))),
        ),
        (
            "unknown fields that look alike",
            format!("{{{}}}", many(|n| format!("me{n}{{id}}"))),
        ),
    ]
}

#[tokio::test]
async fn ten_thousand_variables_are_too_many() {
    let app = roomy().await;
    let many = |what: fn(usize) -> String| (0..10_000).map(what).collect::<Vec<_>>().join(",");
    let declared = format!("query({}){{__typename}}", many(|n| format!("$v{n}:Int")));
    assert_query_refused(&app, "declared", &declared).await;
    let needed = format!("query({}){{__typename}}", many(|n| format!("$v{n}:Int!")));
    assert_query_refused(&app, "needed", &needed).await;
    let unknown = format!("query({}){{__typename}}", many(|n| format!("$v{n}:T{n}")));
    assert_query_refused(&app, "of unknown types", &unknown).await;
    let used = format!("{{me(a:[{}]){{id}}}}", many(|n| format!("$v{n}")));
    assert_query_refused(&app, "used", &used).await;
    let defaults = format!(
        "query($a:[Int]=[{}]){{__typename}}",
        many(|n| n.to_string())
    );
    assert_query_refused(&app, "values of a default", &defaults).await;
    let given = many(|n| format!("\"v{n}\":{n}"));
    let body = format!("{{\"query\":\"{{__typename}}\",\"variables\":{{{given}}}}}");
    assert_refused(&app, "given", Request::post(body)).await;
}

/// Fragments of which each spreads the next one twice: 2^depth fields out of a few lines.
pub(crate) fn bomb(depth: usize) -> String {
    let fragments = (0..depth).map(|level| {
        let next = level + 1;
        format!(" fragment F{level} on Query {{...F{next} ...F{next}}}")
    });
    let fragments = fragments.collect::<Vec<_>>().concat();
    format!("{{...F0}}{fragments} fragment F{depth} on Query {{__typename}}")
}

#[tokio::test]
async fn fragments_neither_explode_nor_run_in_circles() {
    let app = roomy().await;
    for depth in [20, 30, 60, 200] {
        assert_query_refused(&app, "a bomb", &bomb(depth)).await;
    }
    let chain = |length: usize| {
        let fragments =
            (0..length).map(|level| format!(" fragment F{level} on Query {{...F{}}}", level + 1));
        format!("{{...F0}}{}", fragments.collect::<Vec<_>>().concat())
    };
    for (what, query) in [
        ("itself", "{...F} fragment F on Query {...F}".to_owned()),
        (
            "itself, further down",
            "{me{...F}} fragment F on User {id ...F}".to_owned(),
        ),
        (
            "each other",
            "{...A} fragment A on Query {...B} fragment B on Query {...A}".to_owned(),
        ),
        (
            "in inline fragments",
            "{...A} fragment A on Query {...{...A}}".to_owned(),
        ),
        (
            "unused circles",
            "{__typename} fragment A on Query {...B} fragment B on Query {...A}".to_owned(),
        ),
        (
            "a long circle",
            format!("{} fragment F500 on Query {{...F0}}", chain(500)),
        ),
        (
            "a long chain",
            format!("{} fragment F3000 on Query {{__typename}}", chain(3000)),
        ),
        (
            "deep within",
            "{currentSession{...S}} fragment S on Session {user{id} ...S}".to_owned(),
        ),
    ] {
        assert_query_refused(&app, what, &query).await;
    }
    let operations = (0..30).map(|n| format!("query Q{n} {{...F0}} "));
    let many: String = operations.collect::<String>() + bomb(25).trim_start_matches("{...F0}");
    let body = json!({ "query": many, "operationName": "Q0" });
    assert_refused(
        &app,
        "many operations of a bomb",
        Request::post(body.to_string()),
    )
    .await;
}

#[tokio::test]
async fn long_words_and_many_of_them_are_refused() {
    let app = roomy().await;
    let long = "a".repeat(200_000);
    for (what, query) in [
        ("a long name", format!("{{{long}}}")),
        (
            "a long variable",
            format!("query(${long}:Int){{__typename}}"),
        ),
        ("a long directive", format!("{{me@{long}{{id}}}}")),
        ("a long type", format!("query($a:{long}){{__typename}}")),
        (
            "a long fragment",
            format!("{{...{long}}} fragment {long} on Query {{__typename}}"),
        ),
        (
            "a long number",
            format!("{{me(a:{}){{id}}}}", "9".repeat(200_000)),
        ),
        ("a long text", format!("{{me(a:\"{long}\"){{id}}}}")),
        ("a text that does not end", format!("{{me(a:\"{long}")),
        ("a block that does not end", format!("{{me(a:\"\"\"{long}")),
        (
            "many escapes",
            format!("{{me(a:\"{}\"){{id}}}}", "\\u0041".repeat(30_000)),
        ),
        ("many tokens", format!("{{{}}}", "a ".repeat(100_000))),
        ("many commas", format!("{{me{}}}", ",".repeat(400_000))),
        ("many comments", format!("{{me{}}}", "#\n".repeat(200_000))),
        ("a wild mixture", "!$&()...:=@[]{|}".repeat(5000)),
    ] {
        assert_query_refused(&app, what, &query).await;
    }
    let body = json!({ "query": "{__typename}", "operationName": long }).to_string();
    assert_refused(&app, "a long operation name", Request::post(body)).await;
}
