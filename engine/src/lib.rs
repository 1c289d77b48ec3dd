//! The engine of rowtime: the KDA SQL dialect and a deterministic dataflow over time-stamped rows.
//!
//! Text becomes a tree ([`sql`]), the tree becomes a bound [`plan::Application`] ([`bind`]), and that becomes
//! a [`dataflow::Dataflow`]: a plain value that takes rows and bounds and returns rows. Nothing here opens a
//! socket, reads a clock or looks at the environment; everything outside comes in through [`pipeline`].

pub mod aggregate;
pub mod application;
pub mod bind;
pub mod clock;
pub mod dataflow;
pub mod datetime;
pub mod df;
pub mod diagnostic;
pub mod explain;
pub mod expr;
pub mod number_text;
pub mod operator;
pub mod pipeline;
pub mod plan;
pub mod row_error;
pub mod row_text;
pub mod rows;
pub mod sql;
pub mod state;
pub mod types;
