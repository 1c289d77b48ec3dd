//! What a part of FROM offers to the names around it: columns, their types and their order in time.
//!
//! It outlives faults: a column that failed keeps its name, so that only the first slip is reported.

use super::monotonicity::Order;
use crate::diagnostic::Span;
use crate::plan::Plan;
use crate::types::SqlType;

/// A column that names can reach.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Its stored name.
    pub(super) name: String,
    /// Its type; `None` when binding it failed, which has been reported.
    pub(super) ty: Option<SqlType>,
    /// How its values move in time.
    pub(super) order: Order,
    /// Where it was written, for faults about it; default when nowhere in the script.
    pub(super) span: Span,
    /// A system column: reachable by name, never in `*`.
    pub(super) system: bool,
}

/// A relation of FROM, or the result of a query.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// Its columns, in the order of the plan's fields.
    pub(super) columns: Vec<Column>,
    /// How to compute it; `None` after a reported fault.
    pub(super) plan: Option<Plan>,
    /// Whether `columns` is the whole truth; after a fault a name that is not found stays unreported.
    pub(super) complete: bool,
}

impl Relation {
    /// A relation about which nothing is known, after a reported fault.
    pub(super) fn unknown() -> Self {
        Self {
            columns: Vec::new(),
            plan: None,
            complete: false,
        }
    }
}
