//! The GraphQL surface: it translates, and decides nothing.

pub mod bounds;
mod documents;
mod engine;
pub mod error;
mod guard;
mod mutation;
mod query;
mod scalars;
mod schema;
mod types;

pub use self::engine::{Caller, Engine, Operation, OperationKind, Request};
pub use self::error::{Code, Failure};
pub use self::schema::sdl;
