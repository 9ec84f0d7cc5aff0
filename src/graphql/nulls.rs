//! Where a field failed, null stands in the nearest place that may be null (GraphQL specification,
//! "Handling Execution Errors"). `async-graphql` 7.2.1 leaves the field out, and the objects around
//! it are none of their type.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, PathSegment, Positioned, Response, Value};

/// The types of fields, by the names of the types that have them.
pub(super) struct Outputs(HashMap<Name, HashMap<Name, Type>>);

/// Selections, and the type whose fields they are of.
type Selected<'d> = (&'d Name, &'d SelectionSet);

impl Outputs {
    /// The fields of a schema in its definition language.
    pub(super) fn of_sdl(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut outputs = HashMap::new();
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| field.node);
            let types = fields.map(|field| (field.name.node, field.ty.node));
            outputs.insert(definition.node.name.node, types.collect());
        }
        Ok(Self(outputs))
    }

    /// Puts null where it belongs for each failure. One that takes a root field with it takes all
    /// of `data`, also where that field may be null: `me: null` must never mean an outage. It then
    /// stands first, for the response's status is its own.
    pub(super) fn propagate(
        &self,
        response: &mut Response,
        operation: &OperationDefinition,
        document: &ExecutableDocument,
    ) {
        let (errors, data) = (&mut response.errors, &mut response.data);
        let mut fatal = None;
        for (index, error) in errors.iter().enumerate() {
            let path = &error.path;
            put_null(
                data,
                &path[..self.nearest_nullable(path, operation, document)],
            );
            if is_all_lost(path, data) {
                fatal = Some(index);
                break;
            }
        }
        if let Some(fatal) = fatal {
            *data = Value::Null;
            errors[..=fatal].rotate_right(1);
        }
    }

    /// How much of a path leads to the last place in it that may be null; nothing of it, if that
    /// is `data` itself.
    fn nearest_nullable(
        &self,
        path: &[PathSegment],
        operation: &OperationDefinition,
        document: &ExecutableDocument,
    ) -> usize {
        let root = Name::new(match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        });
        let mut selected: Vec<Selected<'_>> = vec![(&root, &operation.selection_set.node)];
        let mut here: Option<&Type> = None;
        let mut nullable = 0;
        for (index, segment) in path.iter().enumerate() {
            let of = match segment {
                PathSegment::Field(key) => {
                    let mut fields = Vec::new();
                    for (on, selections) in selected {
                        collect(key, on, selections, document, &mut fields);
                    }
                    let types = fields.iter().filter_map(|(on, field)| {
                        let of = self.0.get(*on)?.get(&field.name.node)?;
                        Some((named(of), of, &field.selection_set.node))
                    });
                    let types: Vec<_> = types.collect();
                    selected = types.iter().map(|(name, _, set)| (*name, *set)).collect();
                    // Of one key all are alike in this (section "Field Selection Merging").
                    types.first().map(|(_, of, _)| *of)
                }
                PathSegment::Index(_) => here.and_then(item),
            };
            let Some(of) = of else { break };
            if of.nullable {
                nullable = index + 1;
            }
            here = Some(of);
        }
        nullable
    }
}

/// The fields with this key, fragments expanded, each with the type that it is asked of. The
/// document has been bounded, so that fragments neither circle nor multiply.
fn collect<'d>(
    key: &str,
    on: &'d Name,
    selections: &'d SelectionSet,
    document: &'d ExecutableDocument,
    into: &mut Vec<(&'d Name, &'d Field)>,
) {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) if field.node.response_key().node == key => {
                into.push((on, &field.node));
            }
            Selection::Field(_) => {}
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let on = condition.map_or(on, |condition| &condition.node.on.node);
                collect(key, on, &inline.node.selection_set.node, document, into);
            }
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                if let Some(Positioned { node, .. }) = fragment {
                    let on = &node.type_condition.node.on.node;
                    collect(key, on, &node.selection_set.node, document, into);
                }
            }
        }
    }
}

fn item(list: &Type) -> Option<&Type> {
    match &list.base {
        BaseType::List(of) => Some(of),
        BaseType::Named(_) => None,
    }
}

fn named(of: &Type) -> &Name {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

fn is_all_lost(path: &[PathSegment], data: &Value) -> bool {
    match (path.first(), data) {
        (Some(PathSegment::Field(root)), Value::Object(data)) => {
            let value = data.get(root.as_str());
            value.is_none_or(|value| *value == Value::Null)
        }
        _ => *data == Value::Null,
    }
}

/// What an earlier failure has made null stays so.
fn put_null(data: &mut Value, path: &[PathSegment]) {
    let Some((first, rest)) = path.split_first() else {
        *data = Value::Null;
        return;
    };
    match (first, data) {
        (PathSegment::Field(key), Value::Object(object)) => {
            let value = object.entry(Name::new(key)).or_default();
            put_null(value, rest);
        }
        (PathSegment::Index(index), Value::List(list)) => {
            if let Some(value) = list.get_mut(*index) {
                put_null(value, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{Pos, ServerError};
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "
        type Query { user: User list: Page! any: Any! }
        type Mutation { change: Change! }
        type Change { user: User ids: [ID!]! }
        type User { id: ID! page: Page! friend: User }
        type Page { strict: [User!]! lax: [User] }
        union Any = User | Page
    ";

    fn path(text: &str) -> Vec<PathSegment> {
        let segments = text.split('.').map(|part| match part.parse() {
            Ok(index) => PathSegment::Index(index),
            Err(_) => PathSegment::Field(part.to_owned()),
        });
        segments.collect()
    }

    #[test]
    fn a_failure_takes_all_with_it_up_to_what_may_be_null() {
        let outputs = Outputs::of_sdl(SCHEMA).expect("a schema");
        let whole = json!({
            "user": { "friend": { "id": 1 }, "f": {}, "page": { "lax": [{}, {}], "s": [{}, {}] } },
            "change": { "ids": [1], "user": { "friend": {} } },
        });
        for (query, failed, null) in [
            ("{ user { id } }", "user.id", None),
            ("{ user }", "user", None),
            ("{ list { lax { id } } }", "list", None),
            (
                "{ user { friend { id } } }",
                "user.friend.id",
                Some("/user/friend"),
            ),
            (
                "{ user { f: friend { i: id } } }",
                "user.f.i",
                Some("/user/f"),
            ),
            (
                "{ user { page { lax { id } } } }",
                "user.page.lax.1.id",
                Some("/user/page/lax/1"),
            ),
            (
                "{ user { page { s: strict { id } } } }",
                "user.page.s.1.id",
                None,
            ),
            (
                "{ user { ...F } } fragment F on User { ... { page { lax { id } } } }",
                "user.page.lax.0.id",
                Some("/user/page/lax/0"),
            ),
            ("{ user { page { lax { id } } } }", "user.page", None),
            (
                "mutation { change { user { id } } }",
                "change.user.id",
                Some("/change/user"),
            ),
            ("mutation { change { ids } }", "change.ids.0", None),
            (
                "{ user: any { ... on Page { lax { id } } ... on User { friend { id } } } }",
                "user.friend.id",
                Some("/user/friend"),
            ),
        ] {
            let document = parse_query(query).expect("a query");
            let (_, operation) = document.operations.iter().next().expect("an operation");
            let mut error = ServerError::new("no", Some(Pos::default()));
            error.path = path(failed);
            let mut response = Response::from_errors(vec![error]);
            response.data = Value::from_json(whole.clone()).expect("a value");
            outputs.propagate(&mut response, &operation.node, &document);
            let seen = response.data.into_json().expect("JSON");
            let mut expected = whole.clone();
            match null {
                Some(place) => *expected.pointer_mut(place).expect("a place") = json!(null),
                None => expected = json!(null),
            }
            assert_eq!(seen, expected, "{query}");
        }
    }
}
