//! The walk over a query's text agrees with the parser, or counts more.

use std::convert::Infallible;
use std::thread;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, Selection, SelectionSet, Type,
};
use async_graphql::{Positioned, Value};
use proptest::prelude::*;

use super::*;

/// A quarter of what a worker thread has, which every accepted text must be parsed within.
const STACK_BYTES: usize = 512 * 1024;

/// Parses on a small stack, so that what a change of the parser costs shows early.
pub(super) fn parse(query: &str) -> Option<ExecutableDocument> {
    let query = query.to_owned();
    let parse = move || parse_query(query).ok();
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(parse);
    thread
        .expect("a thread starts")
        .join()
        .expect("the parser doesn't panic")
}

/// How deep a document's brackets nest, and fewer tokens than its text can have.
#[derive(Default)]
struct Seen {
    nesting: usize,
    tokens: usize,
}

impl Seen {
    fn of(document: &ExecutableDocument) -> Self {
        let mut seen = Self::default();
        for (_, operation) in document.operations.iter() {
            for variable in &operation.node.variable_definitions {
                seen.token(1, 4);
                seen.type_(1, &variable.node.var_type.node);
                seen.directives(1, &variable.node.directives);
                if let Some(value) = &variable.node.default_value {
                    seen.value(1, &value.node);
                }
            }
            seen.directives(0, &operation.node.directives);
            seen.selection_set(0, &operation.node.selection_set.node);
        }
        for fragment in document.fragments.values() {
            seen.token(0, 4);
            seen.directives(0, &fragment.node.directives);
            seen.selection_set(0, &fragment.node.selection_set.node);
        }
        seen
    }

    fn token(&mut self, open: usize, count: usize) {
        self.nesting = self.nesting.max(open);
        self.tokens += count;
    }

    fn selection_set(&mut self, open: usize, set: &SelectionSet) {
        self.token(open + 1, 2);
        for selection in &set.items {
            self.directives(open + 1, selection.node.directives());
            match &selection.node {
                Selection::Field(field) => self.field(open + 1, &field.node),
                Selection::FragmentSpread(_) => self.token(open + 1, 2),
                Selection::InlineFragment(inline) => {
                    self.token(open + 1, 1);
                    self.selection_set(open + 1, &inline.node.selection_set.node);
                }
            }
        }
    }

    fn field(&mut self, open: usize, field: &Field) {
        self.token(open, if field.alias.is_some() { 3 } else { 1 });
        for (_, value) in &field.arguments {
            self.token(open + 1, 2);
            let value = value
                .node
                .clone()
                .into_const_with(|_| Ok::<_, Infallible>(Value::Null));
            self.value(open + 1, &value.expect("infallible"));
        }
        if !field.selection_set.node.items.is_empty() {
            self.selection_set(open, &field.selection_set.node);
        }
    }

    fn directives(&mut self, open: usize, directives: &[Positioned<Directive>]) {
        for directive in directives {
            self.token(open, 2);
            for (_, value) in &directive.node.arguments {
                self.token(open + 1, 2);
                let value = value
                    .node
                    .clone()
                    .into_const_with(|_| Ok::<_, Infallible>(Value::Null));
                self.value(open + 1, &value.expect("infallible"));
            }
        }
    }

    fn value(&mut self, open: usize, value: &Value) {
        match value {
            Value::List(values) => {
                self.token(open + 1, 2);
                for value in values {
                    self.value(open + 1, value);
                }
            }
            Value::Object(fields) => {
                self.token(open + 1, 2 + 2 * fields.len());
                for value in fields.values() {
                    self.value(open + 1, value);
                }
            }
            _ => self.token(open, 1),
        }
    }

    fn type_(&mut self, open: usize, type_: &Type) {
        match &type_.base {
            BaseType::Named(_) => self.token(open, 1),
            BaseType::List(inner) => {
                self.token(open + 1, 2);
                self.type_(open + 1, inner);
            }
        }
    }
}

/// Pieces of GraphQL, of what nearly is, and of what the two sides could read differently.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "{a",
        "}",
        "(a:",
        ")",
        "a",
        "b:",
        "$c",
        "@d",
        "...",
        "...on E",
        "query",
        "mutation",
        "fragment F on G",
        "($h:[I!]=",
        "true",
        "null",
        "nullnull",
        "0",
        "-01",
        "1.5e3",
        "1.",
        "\"",
        "\"\"",
        "\"\"\"",
        "\\\"\"\"",
        "\\",
        "\\u0041",
        "\"[\"",
        "#",
        "\n",
        "\r",
        " ",
        ",",
        "\u{feff}",
        "|",
        "&",
        "=",
        "!",
        "\u{e9}",
        "\0",
    ];
    prop_oneof![
        9 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// A field's value, and so any value, in GraphQL's own syntax.
fn value() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "$v",
        "1",
        "-0.5e1",
        "[000 -0 nulltruefalseE]",
        "E",
        "\"{[(\"",
        "\"\\\"[\"",
        "\"\"\"[ \\\"\"\" {\"\"\"",
        "\"\"",
        "\"\"\"\"\"\"",
        "#[\n1",
        "1,",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(6, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4)
                    .prop_map(|values| format!("[{}]", values.join(" "))),
                proptest::collection::vec(inner, 0..4).prop_map(|values| format!(
                    "{{a: {}}}",
                    values.join(" b:")
                )
                .replace("{a: }", "{}")),
            ]
        })
}

fn document() -> impl Strategy<Value = String> {
    let field = value().prop_map(|value| format!("a:b(c:{value})@d(e:{value})"));
    let set = field.prop_recursive(6, 24, 3, |inner| {
        proptest::collection::vec(inner, 1..4)
            .prop_map(|selections| format!("f{{{}}} ...{{g}} ...H", selections.join("\u{feff},")))
    });
    (set, value()).prop_map(|(set, value)| {
        let default = value.replace("$v", "1");
        format!("query A($v:[[B!]]@c={default}){{{set}}}fragment H on C@d(e:{value}){{{set}}}")
    })
}

fn agrees(query: &str) -> Result<bool, TestCaseError> {
    let Ok(measured) = measure(query) else {
        return Ok(false);
    };
    let Some(document) = parse(query) else {
        return Ok(false);
    };
    let seen = Seen::of(&document);
    prop_assert!(
        measured.nesting >= seen.nesting,
        "{measured:?} < {}: {query}",
        seen.nesting
    );
    prop_assert!(
        measured.tokens >= seen.tokens,
        "{measured:?} < {}: {query}",
        seen.tokens
    );
    Ok(true)
}

proptest! {
    #[test]
    fn any_accepted_text_is_parsed_or_refused(pieces in proptest::collection::vec(piece(), 0..60)) {
        agrees(&pieces.concat())?;
    }

    #[test]
    fn the_parser_never_sees_more_than_was_counted(document in document()) {
        if check_source(&document).is_ok() {
            prop_assert!(agrees(&document)?, "not GraphQL: {document}");
        }
    }

    #[test]
    fn a_broken_document_is_parsed_or_refused(
        document in document(),
        piece in piece(),
        at in any::<proptest::sample::Index>(),
    ) {
        let mut broken: Vec<char> = document.chars().collect();
        let at = at.index(broken.len());
        broken.splice(at..at, piece.chars());
        agrees(&broken.into_iter().collect::<String>())?;
    }
}
