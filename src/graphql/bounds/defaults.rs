//! Default values of variables that are lists, checked before validation panics over them.
//!
//! `async-graphql` 7.2.1 looks for the type of a variable before it checks its default value,
//! except if that type is a list: `query ($a: [Nope] = [1]) { .. }` panics ("Type `Nope` not
//! defined").

use std::collections::HashSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Type, TypeSystemDefinition, VariableDefinition,
};
use thiserror::Error;

/// Scalars that every schema has without defining them (GraphQL specification, section 3.5).
const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// The names of a schema's types.
#[derive(Clone, Debug)]
pub struct TypeNames(HashSet<String>);

/// A list has a type that the schema doesn't know. The name is the client's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the type \"{0}\" is not known")]
pub struct UnknownType(pub String);

impl TypeNames {
    /// The types that a schema defines, in its definition language.
    pub fn of_sdl(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let schema = parse_schema(sdl)?;
        let defined = schema
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => {
                    Some(definition.node.name.node.to_string())
                }
                TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
            });
        Ok(Self(defined.chain(BUILT_IN.map(String::from)).collect()))
    }
}

/// Refuses lists of unknown types that have a default value. All other unknown types are for
/// validation to refuse.
pub fn check_list_defaults(
    document: &ExecutableDocument,
    types: &TypeNames,
) -> Result<(), UnknownType> {
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node);
    for variable in operations.flat_map(|operation| &operation.variable_definitions) {
        let VariableDefinition {
            var_type,
            default_value,
            ..
        } = &variable.node;
        let name = element(&var_type.node);
        if default_value.is_some() && !types.0.contains(name) {
            return Err(UnknownType(name.to_owned()));
        }
    }
    Ok(())
}

/// The named type inside all the lists. The text's nesting bounds how many there are.
fn element(list: &Type) -> &str {
    let mut of = list;
    loop {
        match &of.base {
            BaseType::Named(name) => return name,
            BaseType::List(inner) => of = inner,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{EmptyMutation, EmptySubscription, Request, Schema};

    use super::*;

    struct Query;

    #[async_graphql::Object]
    impl Query {
        async fn answer(&self, of: Vec<i32>) -> usize {
            of.len()
        }
    }

    fn check(query: &str) -> Result<(), UnknownType> {
        let sdl = Schema::new(Query, EmptyMutation, EmptySubscription).sdl();
        let types = TypeNames::of_sdl(&sdl).expect("the schema describes itself");
        check_list_defaults(&parse_query(query).expect("the query is GraphQL"), &types)
    }

    #[test]
    fn lists_of_unknown_types_have_no_defaults() {
        for unknown in [
            "[Nope] = [1]",
            "[[Nope!]]! = null",
            "Nope = 1",
            "[answer] = [1]",
        ] {
            let error = check(&format!(
                "query ($a: [Int], $b: {unknown}) {{ answer(of: $a) }}"
            ));
            assert!(error.is_err(), "{unknown}");
        }
        let named = "query a { answer } query b ($a: [Nope] = [1]) { answer }";
        assert_eq!(check(named), Err(UnknownType("Nope".to_owned())));
    }

    #[test]
    fn all_others_are_left_to_validation() {
        for known in [
            "[Int] = [1]",
            "[[ID!]] = 1",
            "[Query] = 1",
            "[Nope]",
            "Nope",
            "Int = 1",
        ] {
            assert_eq!(
                check(&format!("query ($b: {known}) {{ answer(of: 1) }}")),
                Ok(()),
                "{known}"
            );
        }
    }

    /// Once this fails, the library has mended it, and this file can go.
    #[tokio::test]
    async fn validation_panics_over_the_default_of_a_list_of_an_unknown_type() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let request = Request::new("query ($a: [Nope] = [1]) { answer(of: $a) }");
        let answer = tokio::spawn(async move { schema.execute(request).await }).await;
        assert!(answer.is_err_and(|error| error.is_panic()));
    }
}
