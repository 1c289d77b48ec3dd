//! The binder (R5): names, types, conversions, monotonicity, and every refusal of `sql.md` §12.2.
//!
//! A script goes in as a tree and comes out as streams and one [`crate::plan::Plan`] per pump. All faults are
//! found in one pass: whatever fails is reported once, at its place, and then counts as [`faults::Reported`],
//! so that nothing built on it is reported again.

mod aggregates;
mod analytic;
mod assignment;
mod binder;
pub mod catalog;
mod comparison;
mod conditional;
mod constants;
mod conversion;
mod cycles;
mod declarations;
mod distinct;
mod expression;
mod extent;
mod faults;
mod frames;
mod from;
mod function_hints;
mod functions;
mod grouping;
mod insert;
mod interval_text;
mod join_equality;
mod join_names;
mod join_windows;
mod joins;
mod literals;
mod monotonicity;
mod names;
mod operators;
mod period;
mod queries;
mod relation;
mod rows;
mod scalar_functions;
mod scope;
mod select;
mod sorting;
mod stagger;
mod streaming;
mod table_functions;
mod text_functions;
mod time_functions;
mod union;
mod user_functions;
mod uses;
mod windows;

#[cfg(test)]
mod tests;

pub use constants::{ConstantRows, constant_rows};
pub use insert::{InsertedRows, insert};
pub use queries::{Queries, query_name};

use crate::diagnostic::{Diagnostic, suggestion};
use crate::plan::{Application, ReferenceTable, Stream};
use crate::sql::ast;

/// What the binder needs beside the script.
#[derive(Debug, Default)]
pub struct BindOptions {
    /// Streams that are fed from outside and that the script does not create (`--source`).
    pub external: Vec<Stream>,
    /// Streams that are fed from outside and whose columns could not be learned: names without contents, so that
    /// only the reason is reported, by whoever knows it.
    pub undescribed: Vec<String>,
    /// Reference tables, whose rows come from outside (`--reference`).
    pub tables: Vec<ReferenceTable>,
    /// Refuse what `decisions.md` calls lenient.
    pub strict: bool,
    /// What becomes of queries that stand alone.
    pub queries: Queries,
}

/// Binds a parsed script. The application is complete when no diagnostic is an error.
pub fn bind(script: &[ast::Statement], options: &BindOptions) -> (Application, Vec<Diagnostic>) {
    binder::bind_script(script, options)
}
