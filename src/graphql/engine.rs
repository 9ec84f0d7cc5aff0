//! The engine: a request in, a response out, bounded before it is parsed.

use std::sync::Arc;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use async_graphql::{Response, Variables};

use super::bounds::Exceeded;
use super::bounds::source::MAX_NAME_BYTES;
use super::documents::Documents;
use super::error::{Failure, Introspection, finish};
use super::guard::{Access, Visitor};
use super::schema::{self, Schema};
use crate::model::caller::{Bearer, Origin};
use crate::service::Services;

/// Executes operations against the schema.
#[derive(Clone)]
pub struct Engine {
    schema: Schema,
    documents: Documents,
    introspection: Introspection,
}

/// What a client asks for (GraphQL over HTTP, section "Request Parameters").
#[derive(Debug, Default)]
pub struct Request {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
}

/// Who asks.
#[derive(Debug)]
pub struct Caller {
    pub bearer: Bearer,
    pub origin: Origin,
}

/// A request that was parsed, and is within its bounds.
pub struct Operation {
    request: async_graphql::Request,
    access: Access,
    kind: OperationKind,
}

/// Whether an operation only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    Query,
    Mutation,
}

impl Engine {
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        let introspection = if services.settings.introspection() {
            Introspection::On
        } else {
            Introspection::Off
        };
        let schema = schema::build(services, introspection);
        let documents = Documents::new(&schema.sdl());
        Self {
            schema,
            documents,
            introspection,
        }
    }

    /// Parses a request, if it is within its bounds.
    pub fn prepare(&self, request: Request) -> Result<Operation, Box<Response>> {
        self.parse(request)
            .map_err(|failure| Box::new(finish(failure.into_response(), self.introspection)))
    }

    fn parse(&self, request: Request) -> Result<Operation, Failure> {
        let name = request.operation_name.as_deref();
        if name.is_some_and(|name| name.len() > MAX_NAME_BYTES) {
            return Err(Exceeded::NameBytes.into());
        }
        let document = self.documents.parse(&request.query)?;
        // An operation that can't be told from others is for the schema to refuse.
        let operation = select(&document, name);
        let access = operation.map_or(Access::Public, |operation| {
            Access::of_operation(&operation.selection_set.node, &document.fragments)
        });
        let kind = match operation.map(|operation| operation.ty) {
            Some(OperationType::Mutation) => OperationKind::Mutation,
            _ => OperationKind::Query,
        };
        let mut prepared = async_graphql::Request::new(request.query).variables(request.variables);
        prepared.operation_name = request.operation_name;
        prepared.set_parsed_query(Arc::unwrap_or_clone(document));
        Ok(Operation {
            request: prepared,
            access,
            kind,
        })
    }

    /// Executes an operation for its caller.
    pub async fn execute(&self, operation: Operation, caller: Caller) -> Response {
        let visitor = Visitor::new(caller.bearer, caller.origin, operation.access);
        let response = self.schema.execute(operation.request.data(visitor)).await;
        finish(response, self.introspection)
    }
}

impl Operation {
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        self.kind
    }
}

/// `GetOperation()` of the GraphQL specification, section 6.1.
fn select<'d>(
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
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    }
}
