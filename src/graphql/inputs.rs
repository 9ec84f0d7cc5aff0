//! Input objects, checked before anything runs.
//!
//! `async-graphql` 7.2.1 validates the fields of an input object, but takes anything else in the
//! object's place for valid, and a variable that is null in the place of something that may not
//! be: `login(input: "x")` is refused only by the resolver, which repeats the value (it may be a
//! password), with the fields before it run.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, InputValueDefinition, OperationDefinition, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, Value, Variables};

use super::error::{Code, Failure};
use super::operation::RootField;

/// Named types of values: of an input object's fields, or of a field's arguments.
type Members = HashMap<Name, Type>;

/// What a schema takes as input.
pub(super) struct Inputs {
    objects: HashMap<Name, Members>,
    /// The arguments of root fields, whose names no two of them share.
    arguments: HashMap<Name, Members>,
}

impl Inputs {
    /// The inputs of a schema in its definition language.
    pub(super) fn of_sdl(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let (mut objects, mut arguments) = (HashMap::new(), HashMap::new());
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node;
            match definition.node.kind {
                TypeKind::InputObject(object) => {
                    objects.insert(name, members(object.fields));
                }
                TypeKind::Object(object) if name == "Query" || name == "Mutation" => {
                    let fields = object.fields.into_iter().map(|field| field.node);
                    arguments
                        .extend(fields.map(|field| (field.name.node, members(field.arguments))));
                }
                _ => {}
            }
        }
        Ok(Self { objects, arguments })
    }

    /// Refuses variables that are no objects where objects belong, or null where they may not be.
    pub(super) fn check_variables(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<(), Failure> {
        for definition in &operation.variable_definitions {
            let definition = &definition.node;
            let name = &definition.name.node;
            let Some(value) = variables.get(name) else {
                continue;
            };
            if !self.fits(&definition.var_type.node, value) {
                return Err(misfit(&format!("variable \"${name}\"")));
            }
        }
        Ok(())
    }

    /// The same for the arguments of root fields.
    pub(super) fn check_arguments(&self, roots: &[RootField]) -> Result<(), Failure> {
        for root in roots {
            let Some(types) = self.arguments.get(&root.name) else {
                continue;
            };
            for (name, value) in &root.arguments {
                if types.get(name).is_some_and(|of| !self.fits(of, value)) {
                    return Err(misfit(&format!("argument \"{name}\"")));
                }
            }
        }
        Ok(())
    }

    /// Only whether objects and nulls are where they belong: all else is for validation to judge.
    fn fits(&self, of: &Type, value: &Value) -> bool {
        if *value == Value::Null {
            return of.nullable;
        }
        match (&of.base, value) {
            // A single value may stand for a list of one.
            (BaseType::List(of), Value::List(list)) => list.iter().all(|item| self.fits(of, item)),
            (BaseType::List(of), value) => self.fits(of, value),
            (BaseType::Named(name), value) => match (self.objects.get(name), value) {
                (None, _) => true,
                (Some(types), Value::Object(object)) => object
                    .iter()
                    .all(|(name, value)| types.get(name).is_none_or(|of| self.fits(of, value))),
                (Some(_), _) => false,
            },
        }
    }
}

fn members(definitions: Vec<Positioned<InputValueDefinition>>) -> Members {
    let definitions = definitions.into_iter().map(|definition| definition.node);
    definitions
        .map(|definition| (definition.name.node, definition.ty.node))
        .collect()
}

fn misfit(what: &str) -> Failure {
    let message = format!("the {what} lacks an object or a value where it needs one");
    Failure::new(Code::GraphqlValidationFailed, message)
}
