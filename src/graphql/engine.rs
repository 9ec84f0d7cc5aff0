//! The engine: a request in, a response out, bounded before it is parsed.

mod subscribed;

use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Response, Value, Variables};

pub use self::subscribed::Subscribed;
use super::bounds::Exceeded;
use super::bounds::source::MAX_NAME_BYTES;
use super::documents::Documents;
use super::error::{Failure, Introspection, finish};
use super::guard::Visitor;
use super::inputs::Inputs;
use super::nulls::Outputs;
use super::operation::{OperationKind, RootField, complete_variables, root_fields, select};
use super::schema::{self, Schema};
use crate::model::caller::{Bearer, Origin, RefreshCookies};
use crate::model::cookie::CookieChange;
use crate::service::Services;

/// Executes operations against the schema.
#[derive(Clone)]
pub struct Engine {
    services: Arc<Services>,
    schema: Schema,
    documents: Documents,
    inputs: Arc<Inputs>,
    outputs: Arc<Outputs>,
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
    pub cookies: RefreshCookies,
    pub origin: Origin,
}

/// What came of an operation.
#[derive(Debug)]
pub struct Executed {
    pub response: Response,
    /// What the browser is to keep or forget.
    pub cookies: Vec<CookieChange>,
}

impl From<Response> for Executed {
    fn from(response: Response) -> Self {
        Self {
            response,
            cookies: Vec::new(),
        }
    }
}

/// A request that was parsed, and is within its bounds.
pub struct Operation {
    request: async_graphql::Request,
    document: Arc<ExecutableDocument>,
    kind: OperationKind,
    roots: Vec<RootField>,
}

impl Engine {
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        let introspection = if services.settings.introspection() {
            Introspection::On
        } else {
            Introspection::Off
        };
        let schema = schema::build(Arc::clone(&services), introspection);
        let sdl = schema.sdl();
        let inputs = Inputs::of_sdl(&sdl).expect("the schema's own definition parses");
        let outputs = Outputs::of_sdl(&sdl).expect("the schema's own definition parses");
        Self {
            services,
            schema,
            documents: Documents::new(&sdl),
            inputs: Arc::new(inputs),
            outputs: Arc::new(outputs),
            introspection,
        }
    }

    /// Parses a request, if it is within its bounds.
    pub fn prepare(&self, request: Request) -> Result<Operation, Box<Response>> {
        self.parse(request)
            .map_err(|failure| Box::new(finish(failure.into_response(), self.introspection)))
    }

    fn parse(&self, mut request: Request) -> Result<Operation, Failure> {
        let name = request.operation_name.as_deref();
        if name.is_some_and(|name| name.len() > MAX_NAME_BYTES) {
            return Err(Exceeded::NameBytes.into());
        }
        let document = self.documents.parse(&request.query)?;
        let operation = select(&document, name);
        if let Some(operation) = operation {
            complete_variables(operation, &mut request.variables)?;
            self.inputs.check_variables(operation, &request.variables)?;
        }
        let kind = operation.map_or(OperationKind::Query, OperationKind::of);
        let roots =
            operation.map(|operation| root_fields(operation, &document, &request.variables));
        let roots = roots.unwrap_or_default();
        self.inputs.check_arguments(&roots)?;
        let mut prepared = async_graphql::Request::new(request.query).variables(request.variables);
        prepared.operation_name = request.operation_name;
        prepared.set_parsed_query(ExecutableDocument::clone(&document));
        Ok(Operation {
            request: prepared,
            document,
            kind,
            roots,
        })
    }

    /// Executes an operation for its caller.
    pub async fn execute(&self, operation: Operation, caller: Caller) -> Executed {
        let Operation {
            request,
            document,
            roots,
            ..
        } = operation;
        let name = request.operation_name.clone();
        let visitor = Arc::new(Visitor::new(caller, &roots));
        let request = request.data(Arc::clone(&visitor));
        let response = self.schema.execute(request).await;
        let operation = select(&document, name.as_deref());
        Executed {
            response: self.complete(response, operation, &document, &roots),
            cookies: visitor.take_cookies(),
        }
    }

    /// Does what `async-graphql` leaves undone.
    fn complete(
        &self,
        mut response: Response,
        operation: Option<&OperationDefinition>,
        document: &ExecutableDocument,
        roots: &[RootField],
    ) -> Response {
        if let Some(operation) = operation {
            self.outputs.propagate(&mut response, operation, document);
        }
        order(finish(response, self.introspection), roots)
    }
}

impl Operation {
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        self.kind
    }
}

/// Fields stand in the order of the text (GraphQL
/// specification, section 6.2.2).
fn order(mut response: Response, roots: &[RootField]) -> Response {
    if !response.errors.is_empty() {
        return response;
    }
    // Null without an error: every field was left out by `@skip` or `@include`.
    let mut found = match std::mem::take(&mut response.data) {
        Value::Object(found) => found,
        _ => IndexMap::new(),
    };
    let ordered = roots
        .iter()
        .filter_map(|root| found.swap_remove_entry(&root.key));
    response.data = Value::Object(ordered.collect());
    response
}
