//! What ORDER BY and DISTINCT need on a stream that has no end: something that moves on with the rows
//! (`windows-and-time.md` §2, §7).

use super::expression::Expressions;
use super::faults::{Faults, Reported};
use super::grouping::window_hint;
use super::monotonicity::{Direction, Order};
use crate::diagnostic::{Diagnostic, Span};

/// Refuses a list of sort keys whose first does not move on in the direction that it is sorted by; `true` when it
/// does.
pub(super) fn sorts(faults: &Faults, first: &Order, descending: bool, span: Span) -> bool {
    let wanted = if descending {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    if first.direction == wanted {
        return true;
    }
    let message = "Streaming ORDER BY must start with monotonic expression";
    let hint = if first.is_monotonic() && descending {
        "a stream goes forward: the first key cannot be DESC"
    } else if first.is_monotonic() {
        "the first key goes down as the stream goes on: write DESC"
    } else {
        "begin with the time: ORDER BY ROWTIME, …, or the window of GROUP BY"
    };
    faults.report(Diagnostic::invalid(span, message).with_hint(hint));
    false
}

/// Refuses SELECT DISTINCT over items none of which moves on.
pub(super) fn refuse_distinct(x: &Expressions, span: Span) -> Reported {
    let message = "Streaming SELECT DISTINCT requires at least one monotonic expression in the select list";
    let hint = window_hint(x.scope).replace(
        "add a window: GROUP BY …",
        "add a window: SELECT STREAM DISTINCT …",
    );
    x.fault(Diagnostic::invalid(span, message).with_hint(hint))
}
