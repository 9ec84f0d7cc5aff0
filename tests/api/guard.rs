//! The guard: whatever the schema offers, a stranger gets it only if it stands on the list here.

use std::collections::HashMap;

use serde_json::Value;

use crate::app::TestApp;
use crate::client::Request;

/// What anybody may ask for, with any token or none. New operations are guarded until listed.
const PUBLIC: [&str; 5] = [
    "authSettings",
    "signUp",
    "login",
    "refreshSession",
    "logout",
];

/// What is null, without an error, for who shows no token.
const NULL_FOR_NOBODY: [&str; 2] = ["me", "currentSession"];

const SCHEMA: &str = "{ __schema { queryType { name } mutationType { name } types {
    kind name
    fields(includeDeprecated: true) { name type { ...T } args { name defaultValue type { ...T } } }
    inputFields { name defaultValue type { ...T } }
    enumValues { name }
    possibleTypes { name }
} } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What the schema says of itself.
struct Schema {
    types: HashMap<String, Value>,
    roots: Vec<(&'static str, String)>,
}

/// A field at the root, with the least that makes it a good operation.
struct Operation {
    name: String,
    keyword: &'static str,
    root: String,
    field: String,
}

impl Operation {
    /// The field in an operation, as it is and in every wrapping.
    fn documents(&self) -> Vec<String> {
        let Self {
            keyword,
            root,
            field,
            ..
        } = self;
        vec![
            format!("{keyword} {{ {field} }}"),
            format!("{keyword} {{ alias: {field} }}"),
            format!("{keyword} {{ __typename {field} }}"),
            format!("{keyword} {{ ... {{ {field} }} }}"),
            format!("{keyword} {{ ... on {root} {{ {field} }} }}"),
            format!("{keyword} {{ ...F }} fragment F on {root} {{ {field} }}"),
            format!(
                "{keyword} {{ ...F }} fragment F on {root} {{ ... on {root} {{ ...G }} }} fragment G on {root} {{ {field} }}"
            ),
            format!("{keyword} Named {{ {field} }}"),
        ]
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The type without its wrappings.
fn bare(kind: &Value) -> &Value {
    match text(kind, "kind") {
        "NON_NULL" | "LIST" => bare(&kind["ofType"]),
        _ => kind,
    }
}

impl Schema {
    async fn of(app: &TestApp) -> Self {
        let mut answer = app.ask(SCHEMA).await.data();
        let schema = answer["__schema"].take();
        let types = list(&schema, "types").iter();
        let roots = [("query", "queryType"), ("mutation", "mutationType")];
        Self {
            types: types
                .map(|kind| (text(kind, "name").to_owned(), kind.clone()))
                .collect(),
            roots: roots
                .map(|(keyword, name)| (keyword, text(&schema[name], "name").to_owned()))
                .to_vec(),
        }
    }

    fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (keyword, root) in &self.roots {
            for field in list(&self.types[root], "fields") {
                operations.push(Operation {
                    name: text(field, "name").to_owned(),
                    keyword,
                    root: root.clone(),
                    field: self.field(field),
                });
            }
        }
        operations
    }

    fn field(&self, field: &Value) -> String {
        let arguments: Vec<_> = list(field, "args")
            .iter()
            .filter(|argument| is_needed(argument))
            .map(|argument| self.given(argument))
            .collect();
        let arguments = match &arguments[..] {
            [] => String::new(),
            some => format!("({})", some.join(", ")),
        };
        let selection = match text(bare(&field["type"]), "kind") {
            "SCALAR" | "ENUM" => "",
            _ => " { __typename }",
        };
        format!("{}{arguments}{selection}", text(field, "name"))
    }

    /// An argument or a field of an input, with some value.
    fn given(&self, input: &Value) -> String {
        format!("{}: {}", text(input, "name"), self.value(&input["type"]))
    }

    fn value(&self, kind: &Value) -> String {
        let name = text(kind, "name");
        match text(kind, "kind") {
            "NON_NULL" => self.value(&kind["ofType"]),
            "LIST" => "[]".to_owned(),
            "ENUM" => text(&self.types[name]["enumValues"][0], "name").to_owned(),
            "INPUT_OBJECT" => {
                let fields = list(&self.types[name], "inputFields");
                let needed = fields.iter().filter(|field| is_needed(field));
                let mut given: Vec<_> = needed.map(|field| self.given(field)).collect();
                // One of several that exclude one another.
                if given.is_empty() {
                    given.extend(fields.first().map(|field| self.given(field)));
                }
                format!("{{ {} }}", given.join(", "))
            }
            _ => match name {
                "Int" | "Float" => "1",
                "Boolean" => "true",
                "DateTime" => "\"2026-11-22T00:45:00Z\"",
                "UUID" => "\"01890a5d-ac96-774b-bcce-b302099a8057\"",
                "URL" => "\"https://example.com\"",
                _ => "\"something\"",
            }
            .to_owned(),
        }
    }
}

fn is_needed(input: &Value) -> bool {
    text(&input["type"], "kind") == "NON_NULL" && input["defaultValue"].is_null()
}

#[tokio::test]
async fn what_is_not_listed_as_public_refuses_a_stranger() {
    let app = TestApp::start().await;
    let operations = Schema::of(&app).await.operations();
    assert!(operations.len() >= 6, "the schema was read");
    for operation in operations {
        for document in operation.documents() {
            let request = Request::graphql(&document, &Value::Null);
            let with_garbage = app.send(request.clone().bearer("garbage")).await;
            let nobody = app.send(request).await;
            if PUBLIC.contains(&operation.name.as_str()) {
                assert_eq!(
                    with_garbage.status,
                    200,
                    "{document}: {}",
                    with_garbage.text()
                );
                assert_eq!(nobody.status, 200, "{document}: {}", nobody.text());
                continue;
            }
            with_garbage.assert_unauthenticated("MALFORMED");
            if NULL_FOR_NOBODY.contains(&operation.name.as_str()) {
                let data = nobody.data();
                let data = data.as_object().expect("an object");
                let is_empty = data
                    .iter()
                    .all(|(name, value)| name == "__typename" || value.is_null());
                assert!(is_empty, "{document}: {}", nobody.text());
            } else {
                nobody.assert_unauthenticated("MISSING");
            }
        }
    }
}

#[tokio::test]
async fn a_dead_token_opens_nothing_that_is_guarded() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    for operation in Schema::of(&app).await.operations() {
        if PUBLIC.contains(&operation.name.as_str()) {
            continue;
        }
        for document in operation.documents() {
            let answer = app.ask_as(&session.token, &document).await;
            answer.assert_unauthenticated("LOGGED_OUT");
        }
    }
}

#[tokio::test]
async fn one_guarded_field_refuses_the_whole_operation() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = crate::people::Person::named("bob");
    for document in [
        "{ authSettings { issuer } me { id } }",
        "{ authSettings { issuer } ... @skip(if: true) { me { id } } }",
        "{ authSettings { issuer } me @include(if: false) { id } }",
        "{ __schema { queryType { name } } ...F } fragment F on Query { currentSession { id } }",
    ] {
        let answer = app.ask_as("garbage", document).await;
        answer.assert_unauthenticated("MALFORMED");
        assert_eq!(app.ask(document).await.status, 200, "{document}");
    }
    // An operation that isn't the one that runs asks nobody.
    let body = serde_json::json!({
        "query": "query A { authSettings { issuer } } query B { me { id } }",
        "operationName": "A",
    });
    let request = Request::post(body.to_string()).bearer("garbage");
    assert_eq!(app.send(request).await.status, 200);
    assert_eq!(bob.sign_up(&app).await, Vec::<Value>::new());
    alice.log_in(&app).await;
}
