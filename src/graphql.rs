//! The GraphQL surface: it translates, and decides nothing.

pub mod bounds;
mod documents;
mod engine;
pub mod error;
mod guard;
mod inputs;
mod mutation;
mod nulls;
mod operation;
mod page;
mod query;
mod scalars;
mod schema;
mod subscription;
mod types;

pub use self::engine::{Caller, Engine, Executed, Operation, Request, Subscribed};
pub use self::error::{Code, Failure};
pub use self::operation::OperationKind;
pub use self::schema::sdl;
