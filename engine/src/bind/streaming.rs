//! What ORDER BY and DISTINCT need on a stream that has no end: something that moves on with the rows
//! (`windows-and-time.md` §2, §7).

use super::expression::{Expressions, OUTPUT_ROWTIME};
use super::faults::{Bound, Reported};
use super::grouping::window_hint;
use super::monotonicity::{Order, order_of};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind};

/// Refuses a list of sort keys whose first does not move on; `true` when it does.
pub(super) fn sorts(x: &Expressions, first: &Bound<Expr>, columns: &[Order], span: Span) -> bool {
    let Ok(first) = first else { return false };
    if moves_on(first, columns) {
        return true;
    }
    let message = "Streaming ORDER BY must start with monotonic expression";
    let hint = "begin with the time: ORDER BY ROWTIME, …, or the window of GROUP BY";
    x.fault(Diagnostic::invalid(span, message).with_hint(hint));
    false
}

/// Refuses SELECT DISTINCT over items none of which moves on; `true` when one does.
pub(super) fn distinguishes(x: &Expressions, items: &[&Bound<Expr>], columns: &[Order], span: Span) -> bool {
    let known = items.iter().filter_map(|item| item.as_ref().ok());
    if known.clone().any(|item| moves_on(item, columns)) {
        return true;
    }
    if items.iter().any(|item| matches!(item, Err(Reported))) {
        return false;
    }
    let message = "Streaming SELECT DISTINCT requires at least one monotonic expression in the select list";
    let hint = window_hint(x.scope).replace(
        "add a window: GROUP BY …",
        "add a window: SELECT STREAM DISTINCT …",
    );
    x.fault(Diagnostic::invalid(span, message).with_hint(hint));
    false
}

fn moves_on(e: &Expr, columns: &[Order]) -> bool {
    // ROWTIME of the row about to be output.
    matches!(e.kind, ExprKind::Column(OUTPUT_ROWTIME)) || order_of(e, columns).is_monotonic()
}
