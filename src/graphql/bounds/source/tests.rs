//! Texts at each bound, and what a text could hide from them.

use super::agreement::parse;
use super::*;

/// What `getIntrospectionQuery` of graphql-js 16.15 writes with all its options.
const INTROSPECTION: &str = include_str!("introspection.graphql");

/// Each way for the parser to recurse, at a given number of brackets open at once.
fn nested(brackets: usize) -> Vec<String> {
    let wrap = |prefix: &str, open: &str, middle: &str, close: &str, suffix: &str| {
        let levels = brackets - prefix.matches(['{', '(']).count();
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        format!("{prefix}{open}{middle}{close}{suffix}")
    };
    vec![
        wrap("", "{a", "", "}", ""),
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
