//! Documents at each bound, and one step beyond.

use std::thread;

use async_graphql::parser::parse_query;
use async_graphql::{EmptyMutation, EmptySubscription, Schema};

use super::*;

fn check(query: &str) -> Result<(), Exceeded> {
    let document = parse_query(query).expect("the query is GraphQL");
    check_document(&document, None)
}

/// The same query with one thing in it as often as allowed, and once more.
#[track_caller]
fn at_bound(limit: usize, exceeded: Exceeded, query: impl Fn(usize) -> String) {
    assert_eq!(check(&query(limit)), Ok(()));
    assert_eq!(check(&query(limit + 1)), Err(exceeded));
}

fn numbered(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

#[test]
fn the_introspection_query_passes_with_room() {
    let query = include_str!("../source/introspection.graphql");
    assert_eq!(check(query), Ok(()));
    let document = parse_query(query).expect("the query is GraphQL");
    let mut walk = Walk {
        document: &document,
        fragments: HashMap::new(),
    };
    let (_, operation) = document.operations.iter().next().expect("there is one");
    let set = &operation.node.selection_set.node;
    let extent = walk.selection_set(set, 0).expect("within the bounds");
    assert_eq!(
        (extent.selections, extent.depth, extent.lists),
        (240, 18, 1)
    );
}

#[test]
fn definitions_are_counted() {
    at_bound(MAX_OPERATIONS, Exceeded::Operations, |count| {
        numbered(count, |number| format!("query q{number} {{ a }} "))
    });
    at_bound(MAX_FRAGMENTS, Exceeded::Fragments, |count| {
        numbered(count, |number| format!("fragment f{number} on A {{ a }} ")) + "{ a }"
    });
    at_bound(MAX_VARIABLES, Exceeded::Variables, |count| {
        format!(
            "query ({}) {{ a }}",
            numbered(count, |number| format!("$v{number}: A "))
        )
    });
}

#[test]
fn selections_are_counted_with_fragments_expanded() {
    at_bound(MAX_SELECTIONS - 1, Exceeded::Selections, |count| {
        format!("{{ a {{ {} }} }}", "__typename ".repeat(count))
    });
    at_bound(MAX_SELECTIONS / 10 - 1, Exceeded::Selections, |count| {
        let spreads = "b { ...f } ".repeat(10);
        format!(
            "{{ {spreads} }} fragment f on A {{ {} }}",
            "a ".repeat(count - 1)
        )
    });
    at_bound(MAX_SELECTIONS, Exceeded::Selections, |count| {
        format!("{{ a }} fragment unused on A {{ {} }}", "a ".repeat(count))
    });
}

#[test]
fn doubling_fragments_are_refused_at_once() {
    let bomb = numbered(30, |number| {
        format!("fragment f{number} on A {{ ...f{0} ...f{0} }} ", number + 1)
    });
    // Both end in a fragment that doesn't exist, and so hold no field at all.
    assert!(check(&format!("{{ ...f0 }} {bomb}")).is_err());
    let bomb = numbered(9, |number| {
        format!("fragment f{number} on A {{ ...f{0} ...f{0} }} ", number + 1)
    });
    assert_eq!(
        check(&format!("{{ ...f0 }} {bomb}")),
        Err(Exceeded::Selections)
    );
}

#[test]
fn cycles_are_refused_whether_spread_or_not() {
    for fragments in [
        "fragment f on A { ...f }",
        "fragment f on A { a { ...g } } fragment g on A { ... { ...f } }",
        "fragment f on A { a } fragment g on A { ...h } fragment h on A { ...g }",
    ] {
        assert_eq!(
            check(&format!("{{ ...f }} {fragments}")),
            Err(Exceeded::FragmentCycle)
        );
        assert_eq!(
            check(&format!("{{ a }} {fragments}")),
            Err(Exceeded::FragmentCycle)
        );
    }
}

#[test]
fn depth_is_counted_through_fragments() {
    for (open, close) in [("{ a ", "}"), ("{ ... ", "}"), ("{ ... @a ", "}")] {
        at_bound(MAX_DEPTH, Exceeded::Depth, |count| {
            format!(
                "{}{{ a }}{}",
                open.repeat(count - 1),
                close.repeat(count - 1)
            )
        });
    }
    at_bound(MAX_DEPTH, Exceeded::Depth, |count| {
        let last = count - 2;
        numbered(last, |number| {
            format!("fragment f{number} on A {{ ...f{} }} ", number + 1)
        }) + &format!("fragment f{last} on A {{ a }} {{ ...f0 }}")
    });
}

#[test]
fn aliases_and_directives_are_counted_with_fragments_expanded() {
    at_bound(MAX_ALIASES / 2, Exceeded::Aliases, |count| {
        let fragment = format!("fragment f on A {{ {} }}", "a: b ".repeat(count));
        format!("{{ a {{ ...f }} b {{ ...f }} }} {fragment}")
    });
    at_bound(MAX_DIRECTIVES / 2 - 4, Exceeded::Directives, |count| {
        let fragment = format!("fragment f on A @a {{ a {} }}", "@a".repeat(count));
        format!(
            "query ($v: A @a) @a {{ a {{ ...f @a }} b {{ ... @a {{ ...f @a }} }} c @a }}                  {fragment}"
        )
    });
}

#[test]
fn root_fields_are_counted_through_fragments() {
    at_bound(MAX_ROOT_FIELDS, Exceeded::RootFields, |count| {
        format!("{{ {} }}", "a ".repeat(count))
    });
    at_bound(MAX_ROOT_FIELDS / 2, Exceeded::RootFields, |count| {
        let fields = "a ".repeat(count);
        format!("{{ ...f ... {{ {fields} }} }} fragment f on Query {{ {fields} }}")
    });
    assert_eq!(check("subscription { a { b c } }"), Ok(()));
    let two = "subscription { a ...f } fragment f on Subscription { b }";
    assert_eq!(check(two), Err(Exceeded::SubscriptionFields));
}

#[test]
fn a_password_is_tried_once_per_operation() {
    for once in [
        "mutation { login logout } ",
        "mutation a { signUp } mutation b { login } ",
        "{ login login signUp }",
        "mutation { a: logout { login login } }",
        "mutation { login: logout signUp: logout }",
    ] {
        assert_eq!(check(once), Ok(()), "{once}");
    }
    for twice in [
        "mutation { login login }",
        "mutation { a: login b: login }",
        "mutation { login signUp }",
        "mutation { login ... { a: login } }",
        "mutation { ...f ...f } fragment f on Mutation { login }",
        "mutation { ...f a: login @skip(if: true) } fragment f on Mutation { ... { login } }",
        "{ a } mutation b { ...f signUp } fragment f on Mutation { login }",
    ] {
        let document = twice.replacen("{ a }", "query a { a }", 1);
        assert_eq!(check(&document), Err(Exceeded::OncePerOperation), "{twice}");
    }
}

#[test]
fn introspection_does_not_multiply_itself() {
    let nested = |count: usize| {
        let (open, close) = ("fields { type { ".repeat(count), "} } ".repeat(count));
        format!("{{ __type(name: \"A\") {{ ...f }} }} fragment f on A {{ {open} a {close} }}")
    };
    at_bound(
        MAX_INTROSPECTION_LISTS,
        Exceeded::IntrospectionLists,
        nested,
    );
    assert_eq!(check("{ fields { fields { fields { fields } } } }"), Ok(()));
}

#[test]
fn an_operation_name_has_a_length() {
    let document = parse_query("{ a }").expect("the query is GraphQL");
    let long = "a".repeat(MAX_NAME_BYTES + 1);
    assert_eq!(
        check_document(&document, Some(&long)),
        Err(Exceeded::NameBytes)
    );
    assert_eq!(check_document(&document, Some(&long[1..])), Ok(()));
}

/// A type that nests in itself.
struct Node;

#[async_graphql::Object]
impl Node {
    async fn node(&self) -> Self {
        Self
    }

    async fn leaf(&self) -> i32 {
        1
    }
}

#[test]
fn the_deepest_document_is_executed_on_half_a_stack() {
    // A worker thread has 2 MiB.
    const STACK_BYTES: usize = 1024 * 1024;

    let (open, close) = ("{ node ".repeat(MAX_DEPTH - 1), "}".repeat(MAX_DEPTH - 1));
    let query = format!("{open} {{ leaf }} {close}");
    assert_eq!(check(&query), Ok(()));
    let execute = move || {
        let schema = Schema::new(Node, EmptyMutation, EmptySubscription);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let answer = schema.execute(query);
        runtime.expect("a runtime starts").block_on(answer)
    };
    let thread = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(execute);
    let answer = thread
        .expect("a thread starts")
        .join()
        .expect("nothing panics");
    assert_eq!(answer.errors, Vec::new());
}
