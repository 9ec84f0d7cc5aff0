//! The one table of refusals: what each is called, and which HTTP status it has.

use std::time::Duration;

use async_graphql::{
    Error, ErrorExtensionValues, ErrorExtensions as _, Pos, Response, ServerError, Value,
};

use crate::model::refusal::{Fault, Refusal, Stop};

/// How soon it is worth asking a silent store again.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// More errors than this help nobody: the rest is left out of a response.
const MAXIMUM_ERRORS: usize = 10;

/// A refusal's name, as it stands in `errors[].extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Unauthenticated,
    TokenStale,
    Forbidden,
    NotFound,
    Conflict,
    BadUserInput,
    GraphqlParseFailed,
    GraphqlValidationFailed,
    RateLimited,
    StoreUnavailable,
    Overloaded,
    InternalServerError,
}

impl Code {
    const TABLE: [(Self, &'static str, u16); 12] = [
        (Self::Unauthenticated, "UNAUTHENTICATED", 401),
        (Self::TokenStale, "TOKEN_STALE", 401),
        (Self::Forbidden, "FORBIDDEN", 403),
        (Self::NotFound, "NOT_FOUND", 404),
        (Self::Conflict, "CONFLICT", 409),
        (Self::BadUserInput, "BAD_USER_INPUT", 400),
        (Self::GraphqlParseFailed, "GRAPHQL_PARSE_FAILED", 400),
        (
            Self::GraphqlValidationFailed,
            "GRAPHQL_VALIDATION_FAILED",
            400,
        ),
        (Self::RateLimited, "RATE_LIMITED", 429),
        (Self::StoreUnavailable, "STORE_UNAVAILABLE", 503),
        (Self::Overloaded, "OVERLOADED", 503),
        (Self::InternalServerError, "INTERNAL_SERVER_ERROR", 500),
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The HTTP status of a response that is only this.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().2
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::TABLE
            .iter()
            .find(|row| row.1 == text)
            .map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, u16) {
        let row = Self::TABLE.iter().find(|row| row.0 == self);
        row.expect("every code has its row")
    }
}

/// The only error of our resolvers. It has no `Display`: async-graphql would take that for the
/// client's message, whatever it says, and so print database errors.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Code,
    pub reason: Option<&'static str>,
    /// The scope that the token lacks.
    pub scope: Option<&'static str>,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl Failure {
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: None,
            scope: None,
            message: message.into(),
            retry_after: None,
        }
    }

    /// Something of ours went wrong, and was logged: the client learns nothing.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            Code::InternalServerError,
            "something went wrong here; it has been logged",
        )
    }

    /// A response that is only this: nothing was executed, so there is no `data`.
    #[must_use]
    pub fn into_response(self) -> Response {
        let mut error = Error::from(self).into_server_error(Pos::default());
        error.locations.clear();
        Response::from_errors(vec![error])
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut failure = Self::new(Code::InternalServerError, refusal.to_string());
        match refusal {
            Refusal::Unauthenticated(why) => {
                failure.code = Code::Unauthenticated;
                failure.reason = Some(why.reason());
            }
            Refusal::TokenStale => failure.code = Code::TokenStale,
            Refusal::Forbidden(message) => {
                failure.code = Code::Forbidden;
                message.clone_into(&mut failure.message);
            }
            Refusal::InsufficientScope(scope) => {
                failure.code = Code::Forbidden;
                failure.scope = Some(scope);
            }
            Refusal::BadInput(_) => failure.code = Code::BadUserInput,
            Refusal::NotFound => failure.code = Code::NotFound,
            Refusal::Conflict(_) => failure.code = Code::Conflict,
            Refusal::RateLimited { retry_after } => {
                failure.code = Code::RateLimited;
                failure.retry_after = Some(retry_after);
            }
            Refusal::Overloaded { retry_after } => {
                failure.code = Code::Overloaded;
                failure.retry_after = Some(retry_after);
            }
            // Done or not, it is not acknowledged.
            Refusal::StoreUnavailable | Refusal::Unconfirmed => {
                failure.code = Code::StoreUnavailable;
                failure.retry_after = Some(STORE_RETRY);
            }
        }
        failure
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => refusal.into(),
            Stop::Failed(fault) => fault.into(),
        }
    }
}

/// The edge: the log gets the whole chain, once, the client nothing.
impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = &fault as &dyn std::error::Error, "fault");
        Self::internal()
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.message).extend_with(|_, extensions| {
            extensions.set("code", failure.code.as_str());
            if let Some(reason) = failure.reason {
                extensions.set("reason", reason);
            }
            if let Some(scope) = failure.scope {
                extensions.set("scope", scope);
            }
            if let Some(retry_after) = failure.retry_after {
                extensions.set("retryAfter", retry_after_seconds(retry_after));
            }
        })
    }
}

/// Whole seconds, rounded up, at least one: as `Retry-After` has them.
#[must_use]
pub fn retry_after_seconds(retry_after: Duration) -> u64 {
    (retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0)).max(1)
}

/// Puts async-graphql's own errors into the table, and bounds their number.
pub(super) fn finish(mut response: Response, introspection: Introspection) -> Response {
    response.errors.truncate(MAXIMUM_ERRORS);
    for error in &mut response.errors {
        if code_of(error).is_some() {
            continue;
        }
        let is_request_error = error.path.is_empty();
        let code = if is_request_error {
            Code::GraphqlValidationFailed
        } else {
            Code::BadUserInput
        };
        error
            .extensions
            .get_or_insert_default()
            .set("code", code.as_str());
        if !is_request_error {
            // The library's message repeats the value, which may be a password.
            "an argument has a value of the wrong type".clone_into(&mut error.message);
        } else if introspection == Introspection::Off {
            // The library's message names types and fields.
            "the operation does not fit this server's schema".clone_into(&mut error.message);
        }
    }
    response
}

/// Whether the schema may be asked about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    On,
    Off,
}

/// The code that an error carries.
#[must_use]
pub fn code_of(error: &ServerError) -> Option<Code> {
    match extension(error.extensions.as_ref(), "code")? {
        Value::String(text) => Code::parse(text),
        _ => None,
    }
}

/// The seconds after which an error asks to be tried again.
#[must_use]
pub fn retry_after_of(error: &ServerError) -> Option<u64> {
    match extension(error.extensions.as_ref(), "retryAfter")? {
        Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    }
}

/// The reason beside an error's code.
#[must_use]
pub fn reason_of(error: &ServerError) -> Option<&str> {
    text(error, "reason")
}

/// The scope that an error asks for.
#[must_use]
pub fn scope_of(error: &ServerError) -> Option<&str> {
    text(error, "scope")
}

fn text<'e>(error: &'e ServerError, name: &str) -> Option<&'e str> {
    match extension(error.extensions.as_ref(), name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn extension<'e>(values: Option<&'e ErrorExtensionValues>, name: &str) -> Option<&'e Value> {
    values?.get(name)
}
