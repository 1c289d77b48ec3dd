//! WINDOWED BY STAGGER: its length, and what its columns promise (`windows-and-time.md` §5).
//!
//! Windows close in the order in which they opened, so what is the same for a whole window and rises with ROWTIME
//! rises from window to window too: MIN and FIRST_VALUE of ROWTIME, which is the opening, and a key built on ROWTIME.
//! MAX and LAST_VALUE of ROWTIME may go back: a window that opened later may have had its last row earlier. As
//! ROWTIME they are held against no more than the opening of the oldest open window, which they never go below.

use super::expression::Expressions;
use super::faults::Bound;
use super::frames;
use super::grouping::is_end_of_rowtime;
use super::monotonicity::{Basis, Direction, Order};
use crate::plan::{Aggregate, AggregateFunction};
use crate::sql::ast;

/// The length of the window, ms.
pub(super) fn length(x: &Expressions, range: &ast::Expr) -> Bound<i64> {
    let length_ms = frames::length_of(x, range)?;
    if length_ms > 0 {
        return Ok(length_ms);
    }
    x.refuse(
        range.span,
        "A stagger window must be longer than zero".to_owned(),
        Some("write RANGE INTERVAL '1' MINUTE".to_owned()),
    )
}

/// The orders of the columns: keys with these orders over the input's `columns`, then aggregates.
pub(super) fn output_orders(keys: &[Order], aggregates: &[Aggregate], columns: &[Order]) -> Vec<Order> {
    let keys = keys.iter().map(|order| match order.direction {
        Direction::Constant => order.clone(),
        // It is that of the opening, from which no bound of the output follows.
        direction if order.is_monotonic() => Order::without_clock(direction, Basis::Declared),
        _ => Order::unordered(),
    });
    let aggregates = aggregates.iter().map(|a| {
        use AggregateFunction::{FirstValue, Min};
        let direction = match a.function {
            _ if !is_end_of_rowtime(a, columns) => return Order::unordered(),
            Min | FirstValue { .. } => Direction::Ascending,
            _ => Direction::Unordered,
        };
        Order::without_clock(direction, Basis::OpenWindow)
    });
    keys.chain(aggregates).collect()
}
