//! One operation of a document: which it is, its root fields, and the variables that it needs.

use std::convert::Infallible;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Context, Name, Value, Variables};

use super::error::{Code, Failure};

/// What an operation does: it reads, or changes something, or asks for what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

/// A field at the root of an operation.
#[derive(Clone, Debug)]
pub(super) struct RootField {
    pub name: Name,
    /// Its name in the answer.
    pub key: Name,
    /// With the values of variables, null where there is none.
    pub arguments: Vec<(Name, Value)>,
}

impl OperationKind {
    pub(super) const fn of(operation: &OperationDefinition) -> Self {
        match operation.ty {
            OperationType::Mutation => Self::Mutation,
            OperationType::Query => Self::Query,
            OperationType::Subscription => Self::Subscription,
        }
    }
}

/// `GetOperation()` of the GraphQL specification, section 6.1. An operation that can't be told
/// from others is for the schema to refuse.
pub(super) fn select<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<&'d OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).map(|operation| &operation.node)
        }
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next().map(|operation| &operation.node)
        }
        _ => None,
    }
}

/// The root fields in the order of the text, fragments expanded. The document has been bounded, so
/// that fragments neither circle nor multiply.
pub(super) fn root_fields(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    variables: &Variables,
) -> Vec<RootField> {
    let mut fields = Vec::new();
    collect(&operation.selection_set.node, document, &mut fields);
    fields
        .into_iter()
        .map(|field| root_field(field, variables))
        .collect()
}

fn collect<'d>(
    selections: &'d SelectionSet,
    document: &'d ExecutableDocument,
    into: &mut Vec<&'d Field>,
) {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => into.push(&field.node),
            Selection::InlineFragment(inline) => {
                collect(&inline.node.selection_set.node, document, into);
            }
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                if let Some(fragment) = fragment {
                    collect(&fragment.node.selection_set.node, document, into);
                }
            }
        }
    }
}

fn root_field(field: &Field, variables: &Variables) -> RootField {
    let arguments = field.arguments.iter().map(|(name, value)| {
        let value = value.node.clone();
        let value = value.into_const_with(|name| {
            Ok::<_, Infallible>(variables.get(&name).cloned().unwrap_or_default())
        });
        (
            name.node.clone(),
            value.unwrap_or_else(|never| match never {}),
        )
    });
    RootField {
        name: field.name.node.clone(),
        key: field.response_key().node.clone(),
        arguments: arguments.collect(),
    }
}

/// Gives each variable its value or its default (`CoerceVariableValues()`, section 6.1.2), and
/// refuses an operation that lacks one. `async-graphql` would notice only at the field that uses it,
/// with the fields before it run, and knows no defaults in `@skip` and `@include`.
pub(super) fn complete_variables(
    operation: &OperationDefinition,
    variables: &mut Variables,
) -> Result<(), Failure> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        let default = definition.default_value.as_ref();
        if let Some(default) = default.filter(|_| !variables.contains_key(name)) {
            variables.insert(name.clone(), default.node.clone());
        }
        let is_wanting = variables
            .get(name)
            .is_none_or(|value| *value == Value::Null);
        if is_wanting && !definition.var_type.node.nullable {
            let message = format!("the variable \"${name}\" needs a value");
            return Err(Failure::new(Code::GraphqlValidationFailed, message));
        }
    }
    Ok(())
}

/// Whether an argument of the field that is resolved holds a variable that has no value. Its
/// default counts then (`CoerceArgumentValues()`, section 6.4.1); `async-graphql` takes it for null.
pub(super) fn is_left_open(ctx: &Context<'_>, argument: &str) -> bool {
    let variables = &ctx.query_env.variables;
    let value = ctx.item.node.get_argument(argument);
    value.is_some_and(|value| {
        let value = value.node.clone().into_const_with(|name| {
            let is_given = variables.contains_key(&name);
            is_given.then_some(Value::Null).ok_or(())
        });
        value.is_err()
    })
}
