//! The bounds of a request that are held before `async-graphql` does anything with it.
//!
//! In the order of a request: [`check_json`] before the body is parsed, [`check_source`] before
//! the query in it is parsed, [`check_document`] and [`check_list_defaults`] before the query is
//! validated. Each is one linear walk that gives up at the first bound exceeded.

use thiserror::Error;

pub mod defaults;
pub mod document;
pub mod json;
pub mod source;

pub use defaults::{TypeNames, UnknownType, check_list_defaults};
pub use document::check_document;
pub use json::check_json;
pub use source::check_source;

/// The bound that a request exceeded. Its text is for the client: it names the limit, and nothing
/// of the schema.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Exceeded {
    #[error("the JSON nests more than {} deep", json::MAX_JSON_NESTING)]
    JsonNesting,
    #[error("the JSON has more than {} values", json::MAX_JSON_VALUES)]
    JsonValues,
    #[error("the query is longer than {} bytes", source::MAX_SOURCE_BYTES)]
    SourceBytes,
    #[error("the query has more than {} tokens", source::MAX_TOKENS)]
    Tokens,
    #[error("the query nests brackets more than {} deep", source::MAX_NESTING)]
    Nesting,
    #[error("the query has a name of more than {} bytes", source::MAX_NAME_BYTES)]
    NameBytes,
    #[error(
        "the query names variables in more than {} places",
        source::MAX_VARIABLE_MENTIONS
    )]
    VariableMentions,
    #[error("the query has a block string that does not end")]
    UnterminatedBlockString,
    #[error("the query has more than {} operations", document::MAX_OPERATIONS)]
    Operations,
    #[error("the query has more than {} fragments", document::MAX_FRAGMENTS)]
    Fragments,
    #[error("a fragment of the query contains itself")]
    FragmentCycle,
    #[error("an operation has more than {} variables", document::MAX_VARIABLES)]
    Variables,
    #[error(
        "an operation selects more than {} fields and fragments, those in fragments counted each time",
        document::MAX_SELECTIONS
    )]
    Selections,
    #[error(
        "an operation nests more than {} selection sets deep, those of fragments counted",
        document::MAX_DEPTH
    )]
    Depth,
    #[error(
        "an operation has more than {} aliases, those in fragments counted each time",
        document::MAX_ALIASES
    )]
    Aliases,
    #[error(
        "an operation has more than {} directives, those in fragments counted each time",
        document::MAX_DIRECTIVES
    )]
    Directives,
    #[error(
        "an operation has more than {} fields at its root, those in fragments counted",
        document::MAX_ROOT_FIELDS
    )]
    RootFields,
    #[error("a subscription has more than one field at its root")]
    SubscriptionFields,
    #[error("an operation checks or sets a password more than once; send one operation for each")]
    OncePerOperation,
    #[error(
        "an operation nests the lists of introspection more than {} deep",
        document::MAX_INTROSPECTION_LISTS
    )]
    IntrospectionLists,
}
