//! How large and how deep a bound expression or plan is.
//!
//! Everything behind the binder walks them by recursion, so what is written out from functions or
//! carried through sub-selects is measured before it grows past what a stack holds.

use crate::expr::Expr;
use crate::plan::Plan;

/// Greatest height of an expression that is put together from others.
pub(super) const HEIGHT_MAX: usize = 1_000;

/// Most nodes of such an expression.
pub(super) const NODES_MAX: usize = 50_000;

/// Number of nodes.
pub(super) fn nodes(e: &Expr) -> usize {
    let mut count = 0;
    e.walk(&mut |_| count += 1);
    count
}

/// Nodes on the longest way down.
pub(super) fn height(e: &Expr) -> usize {
    1 + e.children().into_iter().map(height).max().unwrap_or(0)
}

/// Most nodes on one way down a plan.
pub(super) const PLAN_HEIGHT_MAX: usize = 200;

/// Nodes on the longest way down a plan.
pub(super) fn plan_height(plan: &Plan) -> usize {
    1 + plan.inputs().into_iter().map(plan_height).max().unwrap_or(0)
}
