//! The walk over a query's text agrees with the parser, or counts more.

use std::convert::Infallible;
use std::thread;

use async_graphql::Positioned;
use async_graphql::Value;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{BaseType, Directive};
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet, Type};
use proptest::prelude::*;

use super::*;

/// What `getIntrospectionQuery` of graphql-js 16.15 writes with all its options.
const INTROSPECTION: &str = include_str!("introspection.graphql");

/// A quarter of what a worker thread has, which every accepted text must be parsed within.
const STACK_BYTES: usize = 512 * 1024;

/// Each way for the parser to recurse, at a given number of brackets open at once.
fn nested(brackets: usize) -> Vec<String> {
    let wrap = |prefix: &str, open: &str, middle: &str, close: &str, suffix: &str| {
        let levels = brackets - prefix.matches(['{', '(']).count();
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        format!("{prefix}{open}{middle}{close}{suffix}")
    };
    vec![
        wrap("", "{a", "", "}", "").replacen("{a}", "{a:a}", 1),
        wrap("{", "...{", "a", "}", "}"),
        wrap("{", "...on A{", "a", "}", "}"),
        wrap("{a(b:", "[", "", "]", ")}"),
        wrap("{a(b:", "{c:", "1", "}", ")}"),
        wrap("{a @b(c:", "[", "$d", "]", ")}"),
        wrap("query($a:B=", "[", "", "]", "){a}"),
        wrap("query($a:B={c:", "{c:", "1", "}", "}){a}"),
        wrap("query($a:", "[", "B", "]", "){a}"),
        wrap("query($a:B @c(d:", "[", "", "]", ")){a}"),
    ]
}

/// Parses on a small stack, so that what a change of the parser costs shows early.
fn parse(query: &str) -> Option<ExecutableDocument> {
    let query = query.to_owned();
    let parse = move || parse_query(query).ok();
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(parse);
    thread
        .expect("a thread starts")
        .join()
        .expect("the parser doesn't panic")
}

#[test]
fn the_introspection_query_passes_with_room() {
    let measured = measure(INTROSPECTION).expect("within the bounds");
    assert_eq!(
        measured,
        Measured {
            tokens: 187,
            nesting: 10
        }
    );
    assert!(measured.tokens * 4 < MAX_TOKENS && measured.nesting * 2 < MAX_NESTING);
}

#[test]
fn brackets_nest_to_the_bound_on_a_small_stack_and_no_deeper() {
    for query in nested(MAX_NESTING) {
        let measured = measure(&query).expect("at the bound");
        assert_eq!(measured.nesting, MAX_NESTING, "{query}");
        assert!(parse(&query).is_some(), "{query}");
    }
    for query in nested(MAX_NESTING + 1) {
        assert_eq!(check_source(&query), Err(Exceeded::Nesting), "{query}");
    }
    for open in [
        "{",
        "[",
        "(",
        "{a",
        "[{",
        "{a(b:",
        "{a(b:[",
        "query($a:[",
        "...{",
        "a(b:{c:[",
    ] {
        assert_eq!(
            check_source(&open.repeat(1_000)),
            Err(Exceeded::Nesting),
            "{open}"
        );
    }
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let deep = "[{(".repeat(100);
    for query in [
        format!("{{a(b:\"{deep}\\\"{deep}\\\\\")}}"),
        format!("{{a(b:\"\"\"{deep}\"{deep}\\\"\"\"{deep}\\\\ \"\"\")}}"),
        format!("{{#{deep}\na#{deep}\r}}"),
    ] {
        assert!(
            measure(&query).expect("few brackets").nesting <= 2,
            "{query}"
        );
        assert!(parse(&query).is_some(), "{query}");
    }
}

#[test]
fn brackets_after_strings_and_comments_count() {
    let deep = "[".repeat(MAX_NESTING);
    for before in [
        "\"\"",
        "\"\\\\\"",
        "\"\"\"\"\"\"",
        "\"\"\"\\\"\"\"\"\"\"",
        "\"#\"",
        "#\"\n",
    ] {
        let query = format!("{{a(b:[{before}{deep}");
        assert_eq!(check_source(&query), Err(Exceeded::Nesting), "{query}");
    }
}

#[test]
fn a_block_string_must_end() {
    // The parser takes these for an empty string and a further one, scanning to the end each
    // time.
    let repeated = format!("{{a(b:[{}", "\"\"\"\\\\\"".repeat(1_000));
    for query in [
        "{a(b:\"\"\"",
        "\"\"\"\\\"\"\"",
        "\"\"\"\"\"",
        "{a(b:\"\"\" \"[[[\")}",
        &repeated,
    ] {
        assert_eq!(
            check_source(query),
            Err(Exceeded::UnterminatedBlockString),
            "{query}"
        );
    }
}

#[test]
fn what_the_parser_splits_is_counted_apart() {
    let values = |text: &str| {
        let measured = measure(&format!("{{a(b:[{text}])}}"));
        measured.expect("within the bounds").tokens - "{a(b:[])}".len()
    };
    assert_eq!(values("1 -0 2.5 1e9 -1.5E-3"), 5);
    assert_eq!(values("000"), 3);
    assert_eq!(values("-00.1e1 0"), 3);
    assert_eq!(values("nullnull"), 2);
    assert_eq!(values("true1false_a"), 4);
    assert_eq!(measure("query{a}mutation_b{a}").expect("small").tokens, 9);
}

#[test]
fn each_bound_is_met_exactly() {
    let names = |count: usize| format!("{{{}}}", "a ".repeat(count));
    assert_eq!(check_source(&names(MAX_TOKENS - 2)), Ok(()));
    assert_eq!(check_source(&names(MAX_TOKENS - 1)), Err(Exceeded::Tokens));
    let glued = format!("{{a(b:[{}", "0".repeat(MAX_TOKENS));
    assert_eq!(check_source(&glued), Err(Exceeded::Tokens));

    let commas = |count: usize| format!("{{a{}}}", ",".repeat(count - "{a}".len()));
    assert_eq!(check_source(&commas(MAX_SOURCE_BYTES)), Ok(()));
    assert_eq!(
        check_source(&commas(MAX_SOURCE_BYTES + 1)),
        Err(Exceeded::SourceBytes)
    );

    let name = |count: usize| format!("{{true{}}}", "e".repeat(count - "true".len()));
    assert_eq!(check_source(&name(MAX_NAME_BYTES)), Ok(()));
    assert_eq!(
        check_source(&name(MAX_NAME_BYTES + 1)),
        Err(Exceeded::NameBytes)
    );

    let uses = |count: usize| format!("{{a(b:[{}])}}", "$ a".repeat(count));
    assert_eq!(check_source(&uses(MAX_VARIABLE_MENTIONS)), Ok(()));
    assert_eq!(
        check_source(&uses(MAX_VARIABLE_MENTIONS + 1)),
        Err(Exceeded::VariableMentions)
    );
}

#[test]
fn the_walk_stops_where_the_parser_must() {
    let deep = "[".repeat(100);
    for before in [
        "%",
        "\0",
        "{a..",
        "\"\n",
        "\"\\\n",
        "{a(b:-",
        "\u{a0}",
        ".1",
        "'",
        "\u{1f600}",
        "\"",
    ] {
        let query = format!("{before}{deep}");
        assert_eq!(check_source(&query), Ok(()), "{query:?}");
        assert!(parse(&query).is_none(), "{query:?}");
    }
    assert_eq!(
        measure("\u{feff}, {\u{feff}a ,,}").expect("small").tokens,
        3
    );
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
