//! The schema: what can be asked, and its limits.

use std::sync::Arc;

use async_graphql::{SDLExportOptions, SchemaBuilder};

use super::error::Introspection;
use super::guard::Guard;
use super::mutation::Mutation;
use super::query::Query;
use super::subscription::Subscription;
use super::types::Node;
use crate::service::Services;

pub(super) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The standard introspection query is 15 deep.
const MAXIMUM_DEPTH: usize = 18;

/// A full page of sessions with all that each can tell has 4,700, the standard introspection query
/// 250; at most twenty pages, within one another or side by side ([`super::page::page_cost`]).
const MAXIMUM_COMPLEXITY: usize = 6_000;

/// On one field; nobody needs two.
const MAXIMUM_DIRECTIVES: usize = 4;

/// The schema, ready to run.
pub(super) fn build(services: Arc<Services>, introspection: Introspection) -> Schema {
    let mut builder = base()
        .data(services)
        .limit_depth(MAXIMUM_DEPTH)
        .limit_complexity(MAXIMUM_COMPLEXITY)
        .limit_directives(MAXIMUM_DIRECTIVES)
        .extension(Guard);
    if introspection == Introspection::Off {
        builder = builder.disable_introspection().disable_suggestions();
    }
    builder.finish()
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .include_specified_by()
        .prefer_single_line_descriptions();
    let sdl = base().finish().sdl_with_options(options);
    let lines: Vec<_> = sdl.lines().map(str::trim_end).collect();
    lines.join("\n").trim().replace('\t', "  ") + "\n"
}

fn base() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .register_output_type::<Node>()
}
