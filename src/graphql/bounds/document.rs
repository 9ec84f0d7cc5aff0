//! What a parsed query may hold, fragments expanded, counted before it is validated.
//!
//! Validation is quadratic in places and execution expands every fragment, so what counts is the
//! size after expansion. Each fragment is measured once, and only sums are kept: a chain of
//! doubling fragments costs no more than its text.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};

use super::Exceeded;
use super::source::MAX_NAME_BYTES;

/// Operations in a document. GraphiQL sends every operation of its tab with each request, and all
/// are validated.
pub const MAX_OPERATIONS: usize = 32;

/// Fragments in a document. The introspection query has three.
pub const MAX_FRAGMENTS: usize = 32;

/// Variables of one operation. Our mutations take one input object each; each wrong one is an
/// error of its own.
pub const MAX_VARIABLES: usize = 32;

/// Fields, spreads and inline fragments of one operation. The introspection query has 240.
pub const MAX_SELECTIONS: usize = 500;

/// Selection sets within one another, those of fragments counted. The introspection query has 18
/// (its fields nest 15 deep); a walk of the document recurses this far, and so does execution.
pub const MAX_DEPTH: usize = 24;

/// Aliases in one operation. With them an answer holds the same field as often as asked; fields
/// that are merely repeated run as often, too, and count as selections.
pub const MAX_ALIASES: usize = 50;

/// Directives in one operation, which its selections need few of.
pub const MAX_DIRECTIVES: usize = 50;

/// Fields at the root of one operation: each may be a query to the database, and they run at
/// once.
pub const MAX_ROOT_FIELDS: usize = 20;

/// Fields at the root of a subscription: the specification allows one.
pub const MAX_SUBSCRIPTION_FIELDS: usize = 1;

/// Mutations that check or take a password: one per operation, whatever their aliases, or a list
/// of passwords could be tried in one request. Whoever checks the password counts as well; this
/// is the early no.
pub const ONCE_PER_OPERATION: [&str; 4] = ["login", "signUp", "refreshSession", "changePassword"];

/// Introspection's lists of lists: `fields { type { fields { .. } } }` multiplies the schema by
/// itself at each level.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// How deep those lists may nest. The introspection query nests them once, and `graphql-js`
/// allows two as well.
pub const MAX_INTROSPECTION_LISTS: usize = 2;

/// Refuses a document whose validation or execution could cost more than a client's operation
/// ever does.
///
/// All its operations are held to the bounds, not only the one to be executed: validation walks
/// them all. The name is only looked at because error messages repeat it.
pub fn check_document(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
) -> Result<(), Exceeded> {
    at_most(
        operation_name.map_or(0, str::len),
        MAX_NAME_BYTES,
        Exceeded::NameBytes,
    )?;
    at_most(
        document.operations.iter().len(),
        MAX_OPERATIONS,
        Exceeded::Operations,
    )?;
    at_most(document.fragments.len(), MAX_FRAGMENTS, Exceeded::Fragments)?;
    let mut walk = Walk {
        document,
        fragments: HashMap::new(),
    };
    // Also those that no operation spreads: validation walks them before it says that they are
    // unused.
    for name in document.fragments.keys() {
        walk.fragment(name, 0)?;
    }
    for (_, operation) in document.operations.iter() {
        walk.operation(&operation.node)?;
    }
    Ok(())
}

/// The size of a selection set with all its fragments expanded.
#[derive(Clone, Copy, Default)]
struct Extent {
    selections: usize,
    aliases: usize,
    directives: usize,
    /// Selection sets within one another, this one counted.
    depth: usize,
    /// Fields at the top, through fragments of both kinds.
    fields: usize,
    /// Those of them that may run only once.
    once: usize,
    /// Nesting of introspection's lists.
    lists: usize,
}

impl Extent {
    /// Adds what is inside a selection of this set.
    fn contain(&mut self, inner: Self) {
        self.selections += inner.selections;
        self.aliases += inner.aliases;
        self.directives += inner.directives;
        self.depth = self.depth.max(inner.depth + 1);
        self.lists = self.lists.max(inner.lists);
    }

    /// Adds a fragment: what is at its top is at the top of this set too.
    fn spread(&mut self, fragment: Self) {
        self.contain(fragment);
        self.fields += fragment.fields;
        self.once += fragment.once;
    }

    /// Checked for every definition by itself, which also keeps the sums from growing: no
    /// definition adds more to another than the limits.
    fn check(&self) -> Result<(), Exceeded> {
        at_most(self.selections, MAX_SELECTIONS, Exceeded::Selections)?;
        at_most(self.aliases, MAX_ALIASES, Exceeded::Aliases)?;
        at_most(self.directives, MAX_DIRECTIVES, Exceeded::Directives)?;
        at_most(self.depth, MAX_DEPTH, Exceeded::Depth)
    }
}

/// What is known of a fragment.
#[derive(Clone, Copy)]
enum Fragment {
    /// Its selections are being walked: a spread of it here is a cycle.
    Open,
    Measured(Extent),
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a str, Fragment>,
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<(), Exceeded> {
        at_most(
            operation.variable_definitions.len(),
            MAX_VARIABLES,
            Exceeded::Variables,
        )?;
        let mut extent = self.selection_set(&operation.selection_set.node, 0)?;
        extent.directives += operation.directives.len();
        for variable in &operation.variable_definitions {
            extent.directives += variable.node.directives.len();
        }
        extent.check()?;
        at_most(extent.fields, MAX_ROOT_FIELDS, Exceeded::RootFields)?;
        match operation.ty {
            OperationType::Query => Ok(()),
            OperationType::Mutation => at_most(extent.once, 1, Exceeded::OncePerOperation),
            OperationType::Subscription => at_most(
                extent.fields,
                MAX_SUBSCRIPTION_FIELDS,
                Exceeded::SubscriptionFields,
            ),
        }
    }

    /// The extent of a fragment that is spread `depth` selection sets deep. One that doesn't
    /// exist has none: that is for validation to say.
    fn fragment(&mut self, name: &'a str, depth: usize) -> Result<Extent, Exceeded> {
        match self.fragments.get(name) {
            Some(Fragment::Open) => return Err(Exceeded::FragmentCycle),
            Some(Fragment::Measured(extent)) => return Ok(*extent),
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Extent::default());
        };
        self.fragments.insert(name, Fragment::Open);
        let mut extent = self.selection_set(&fragment.node.selection_set.node, depth)?;
        extent.directives += fragment.node.directives.len();
        extent.check()?;
        self.fragments.insert(name, Fragment::Measured(extent));
        Ok(extent)
    }

    /// Recurses at most [`MAX_DEPTH`] times, through fragments too.
    fn selection_set(&mut self, set: &'a SelectionSet, depth: usize) -> Result<Extent, Exceeded> {
        if set.items.is_empty() {
            return Ok(Extent::default());
        }
        let depth = depth + 1;
        at_most(depth, MAX_DEPTH, Exceeded::Depth)?;
        let mut extent = Extent {
            depth: 1,
            ..Extent::default()
        };
        for selection in &set.items {
            extent.selections += 1;
            extent.directives += selection.node.directives().len();
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, depth, &mut extent)?,
                Selection::InlineFragment(inline) => {
                    extent.spread(self.selection_set(&inline.node.selection_set.node, depth)?);
                }
                Selection::FragmentSpread(spread) => {
                    extent.spread(self.fragment(&spread.node.fragment_name.node, depth)?);
                }
            }
        }
        Ok(extent)
    }

    fn field(
        &mut self,
        field: &'a Field,
        depth: usize,
        extent: &mut Extent,
    ) -> Result<(), Exceeded> {
        let mut inner = self.selection_set(&field.selection_set.node, depth)?;
        let name = field.name.node.as_str();
        if name == "__schema" || name == "__type" {
            at_most(
                inner.lists,
                MAX_INTROSPECTION_LISTS,
                Exceeded::IntrospectionLists,
            )?;
        }
        inner.lists += usize::from(INTROSPECTION_LISTS.contains(&name));
        extent.contain(inner);
        extent.aliases += usize::from(field.alias.is_some());
        extent.fields += 1;
        extent.once += usize::from(ONCE_PER_OPERATION.contains(&name));
        Ok(())
    }
}

fn at_most(count: usize, limit: usize, exceeded: Exceeded) -> Result<(), Exceeded> {
    if count > limit { Err(exceeded) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
