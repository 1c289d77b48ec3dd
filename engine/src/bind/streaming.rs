//! What ORDER BY and DISTINCT need on a stream that has no end: something that moves on with the rows
//! (`windows-and-time.md` §2, §7). Over data that ends, they can wait for all of it instead.

use super::binder::Binder;
use super::expression::Expressions;
use super::faults::{Bound, Reported};
use super::grouping::window_hint;
use super::monotonicity::{Direction, Order};
use crate::diagnostic::{Diagnostic, Span};

/// What lets sorted rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sorted {
    /// The first key, which moves on in the direction that it is sorted by.
    ByFirst,
    /// The end of the data.
    AtEnd,
}

/// What lets rows go whose first sort key has this order; refuses what would hold them for ever.
pub(super) fn sorts(binder: &Binder, first: &Order, descending: bool, span: Span) -> Bound<Sorted> {
    let wanted = if descending {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    if first.direction == wanted {
        return Ok(Sorted::ByFirst);
    }
    if binder.is_bounded() {
        return Ok(Sorted::AtEnd);
    }
    let message = "Streaming ORDER BY must start with monotonic expression";
    let hint = if first.is_monotonic() && descending {
        "a stream goes forward: the first key cannot be DESC"
    } else if first.is_monotonic() {
        "the first key goes down as the stream goes on: write DESC"
    } else {
        "begin with the time: ORDER BY ROWTIME, …, or the window of GROUP BY"
    };
    let d = Diagnostic::invalid(span, message).with_hint(hint);
    Err(binder.faults.report(d))
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
