//! Documents: queries parsed within their bounds, and remembered when they only read.

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::bounds::{self, Exceeded, TypeNames, UnknownType};
use super::error::{Code, Failure};

/// How much text is remembered, in bytes: an application has dozens of documents of one or two
/// kilobytes. Parsed they take up to two hundred times that, if somebody means ill: 14 MB.
const REMEMBERED_BYTES: u64 = 64 * 1024;

/// How many documents that may be.
const REMEMBERED: usize = 64;

/// Documents weigh what their texts do.
#[derive(Clone)]
struct TextLength;

impl Weighter<String, Arc<ExecutableDocument>> for TextLength {
    fn weight(&self, text: &String, _document: &Arc<ExecutableDocument>) -> u64 {
        text.len() as u64
    }
}

/// Parses documents.
#[derive(Clone)]
pub(super) struct Documents {
    types: Arc<TypeNames>,
    /// By their text. A mutation's text may hold a password, so none is here.
    remembered: Arc<Cache<String, Arc<ExecutableDocument>, TextLength>>,
}

impl Documents {
    /// For a schema in its definition language.
    pub(super) fn new(sdl: &str) -> Self {
        let types = TypeNames::of_sdl(sdl).expect("the schema's own definition parses");
        Self {
            types: Arc::new(types),
            remembered: Arc::new(Cache::with_weighter(
                REMEMBERED,
                REMEMBERED_BYTES,
                TextLength,
            )),
        }
    }

    /// The document of a text, if it is within its bounds.
    pub(super) fn parse(&self, text: &str) -> Result<Arc<ExecutableDocument>, Failure> {
        if let Some(document) = self.remembered.get(text) {
            return Ok(document);
        }
        bounds::check_source(text)?;
        let document = parse_query(text).map_err(|error| unparsable(&error))?;
        bounds::check_document(&document, None)?;
        bounds::check_list_defaults(&document, &self.types)?;
        let document = Arc::new(document);
        let only_reads = |document: &ExecutableDocument| {
            document
                .operations
                .iter()
                .all(|(_, operation)| operation.node.ty == OperationType::Query)
        };
        if only_reads(&document) {
            self.remembered
                .insert(text.to_owned(), Arc::clone(&document));
        }
        Ok(document)
    }
}

impl From<Exceeded> for Failure {
    fn from(exceeded: Exceeded) -> Self {
        Self::new(Code::GraphqlValidationFailed, exceeded.to_string())
    }
}

impl From<UnknownType> for Failure {
    fn from(unknown: UnknownType) -> Self {
        Self::new(Code::GraphqlValidationFailed, unknown.to_string())
    }
}

fn unparsable(error: &async_graphql::parser::Error) -> Failure {
    let place = error.positions().next();
    let place = place.map(|at| format!(" at line {}, column {}", at.line, at.column));
    let message = format!("the query is not GraphQL{}", place.unwrap_or_default());
    Failure::new(Code::GraphqlParseFailed, message)
}
