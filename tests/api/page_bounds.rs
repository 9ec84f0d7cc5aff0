//! Pages: what can't be one is refused, and so is what would be too many.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Request;
use crate::my_sessions::{Page, ask, many, text};

#[tokio::test]
async fn what_cannot_be_a_page_is_refused_with_what_to_do() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let page = Page::of(&app, &session.token, json!({})).await;
    let cursor = text(page.info("endCursor"));
    let mut cut = cursor.clone();
    cut.pop();
    for (variables, hint) in [
        (json!({ "first": -1 }), "0 to 100"),
        (json!({ "last": -1 }), "0 to 100"),
        (json!({ "first": 101 }), "0 to 100"),
        (json!({ "last": 101 }), "0 to 100"),
        (json!({ "first": 1_000_000 }), "0 to 100"),
        (json!({ "first": i32::MAX }), "0 to 100"),
        (json!({ "first": i32::MIN }), "0 to 100"),
        (json!({ "first": 1, "last": 1 }), "one direction"),
        (json!({ "first": 1, "before": cursor }), "one direction"),
        (json!({ "after": cursor, "last": 1 }), "one direction"),
        (
            json!({ "after": cursor, "before": cursor }),
            "one direction",
        ),
        (json!({ "after": "" }), "no cursor"),
        (json!({ "after": "nonsense" }), "no cursor"),
        (json!({ "before": "1" }), "no cursor"),
        (json!({ "after": cut }), "no cursor"),
        (json!({ "after": session.id }), "no cursor"),
        (json!({ "after": "A".repeat(20_000) }), "no cursor"),
        (json!({ "after": "\0' OR 1=1 --" }), "no cursor"),
    ] {
        let answer = ask(&app, &session.token, variables.clone()).await;
        assert_eq!(answer.status, 400, "{variables}: {}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("BAD_USER_INPUT"));
        let message = text(&answer.json()["errors"][0]["message"]);
        assert!(message.contains(hint), "{variables}: {message}");
        assert!(!message.contains("1=1"), "{message}");
        assert_eq!(answer.json()["data"], Value::Null, "nothing by halves");
    }
    for variables in [
        json!({ "first": "x" }),
        json!({ "first": 1.5 }),
        json!({ "first": 3_000_000_000_i64 }),
        json!({ "first": [1] }),
        json!({ "state": "GONE" }),
        json!({ "after": {} }),
    ] {
        let answer = ask(&app, &session.token, variables.clone()).await;
        assert_eq!(answer.status, 400, "{variables}: {}", answer.text());
    }
    for id in ["", "shop", session.id.as_str(), cursor.as_str()] {
        let answer = ask(&app, &session.token, json!({ "application": id })).await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("NOT_FOUND"));
    }
}

#[tokio::test]
async fn a_page_that_is_refused_leaves_no_user_without_it() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let many = "sessions(first: 1000000) { totalCount }";
    for query in [
        format!("{{ me {{ username {many} }} }}"),
        format!("{{ me {{ ...U }} }} fragment U on User {{ {many} id }}"),
        format!("{{ authSettings {{ issuer }} me {{ id p: {many} }} }}"),
        format!("{{ currentSession {{ id user {{ username {many} }} }} }}"),
        format!(
            "{{ me {{ id sessions(first: 1) {{ totalCount nodes {{ id user {{ id {many} }} }} }} }} }}"
        ),
    ] {
        let answer = app.ask_as(&session.token, &query).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("BAD_USER_INPUT"));
        let message = answer.json();
        assert_eq!(message.get("data"), Some(&Value::Null), "{query}");
    }
    // What may be null is, and all else is told: the mutation was done.
    let other = alice.log_in(&app).await;
    let revoke = format!(
        "mutation($id: ID!) {{ revokeSession(input: {{ sessionId: $id }}) {{
            endedSessionIds session {{ id state user {{ id {many} }} }} userErrors {{ code }} }} }}"
    );
    let revoke = Request::graphql(&revoke, &json!({ "id": other.id }));
    let answer = app.send(revoke.bearer(&session.token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.code().as_deref(), Some("BAD_USER_INPUT"));
    let revoked = answer.json()["data"]["revokeSession"].take();
    let expected = json!({ "endedSessionIds": [other.id], "session": null, "userErrors": [] });
    assert_eq!(revoked, expected);
    let gone = other.me(&app).await;
    gone.assert_unauthenticated("REVOKED");
}

/// Everything that a type tells, as a selection; but no pages.
async fn everything_of(app: &TestApp, name: &str) -> String {
    let query = "query($name: String!) { __type(name: $name) { fields {
        name type { ...T ofType { ...T ofType { ...T ofType { ...T } } } }
    } } } fragment T on __Type { kind name }";
    let request = Request::graphql(query, &json!({ "name": name }));
    let fields = app.send(request).await.data()["__type"]["fields"].take();
    let mut selection = String::new();
    for field in fields.as_array().expect("a list") {
        let mut of = &field["type"];
        while of["name"].is_null() {
            of = &of["ofType"];
        }
        let field = text(&field["name"]);
        if field == "sessions" {
            continue;
        }
        selection.push_str(&field);
        if of["kind"] == "OBJECT" {
            let inner = Box::pin(everything_of(app, &text(&of["name"]))).await;
            write!(selection, " {{ {inner} }}").expect("a string takes text");
        }
        selection.push(' ');
    }
    selection
}

#[tokio::test]
async fn a_full_page_with_everything_is_not_too_much() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let everything = everything_of(&app, "Session").await;
    for wanted in [
        "device { kind",
        "application { id",
        "user { id",
        "endReason",
    ] {
        assert!(everything.contains(wanted), "{everything}");
    }
    let query = format!(
        "{{ me {{ sessions(first: 100, state: null) {{ edges {{ cursor node {{ {everything} }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} totalCount }} }} }}"
    );
    let data = app.ask_as(&session.token, &query).await.data();
    let node = &data["me"]["sessions"]["edges"][0]["node"];
    assert_eq!(node["id"], json!(session.id));
    assert_eq!(node["user"]["email"], json!(alice.email));
}

#[tokio::test]
async fn pages_within_pages_are_too_much_before_anything_is_read() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let nest = |levels: usize, arguments: &str| {
        let open = format!("sessions{arguments} {{ nodes {{ user {{ ").repeat(levels);
        format!("{{ me {{ {open} id {} }} }}", "} } }".repeat(levels))
    };
    let side_by_side = |number: usize| {
        let pages =
            (0..number).map(|page| format!("p{page}: sessions(first: 0) {{ totalCount }} "));
        format!("{{ me {{ {} }} }}", pages.collect::<String>())
    };
    for query in [
        nest(1, "(first: 100)"),
        nest(2, "(first: 5)"),
        side_by_side(19),
    ] {
        app.ask_as(&session.token, &query).await.data();
    }
    let by_variable = "query($first: Int) { me { sessions(first: $first) { nodes { user {
        sessions(first: $first) { nodes { id } } } } } } }";
    let by_variable = |first: i32| {
        Request::graphql(by_variable, &json!({ "first": first })).bearer(&session.token)
    };
    app.send(by_variable(3)).await.data();
    app.send(by_variable(100))
        .await
        .assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
    for query in [
        nest(3, ""),
        nest(2, ""),
        nest(3, "(first: 100)"),
        nest(2, "(last: 100)"),
        nest(5, "(first: 100)"),
        side_by_side(21),
    ] {
        let answer = app.ask_as(&session.token, &query).await;
        answer.assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
        let text = answer.text();
        assert!(
            text.contains("too complex") || text.contains("deep"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn every_cursor_is_a_text_of_its_own() {
    let (app, alice) = TestApp::with_user("alice").await;
    let sessions = many(&app, &alice, 5).await;
    let page = Page::of(&app, &sessions[0].token, json!({})).await;
    let cursors: BTreeSet<_> = page.cursors().into_iter().collect();
    assert_eq!(cursors.len(), 5);
    for (cursor, id) in cursors.iter().zip(page.ids()) {
        assert_ne!(*cursor, id);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(cursor.bytes().all(is_plain), "fit for a URL: {cursor}");
    }
}
