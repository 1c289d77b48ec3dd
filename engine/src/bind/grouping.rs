//! GROUP BY on a stream: which key closes the window, and what may be selected (`sql.md` §8.3).
//!
//! Select items are bound over the input first. Then every part that equals a key becomes that key's column,
//! every aggregate its own, and whatever still names an input column is not being grouped.

use super::expression::{AGGREGATES, Expressions, OUTPUT_ROWTIME};
use super::faults::Bound;
use super::monotonicity::{Basis, Direction, Order, order_of};
use super::scope::Scope;
use super::suggestion::written;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind};
use crate::plan::{Aggregate, AggregateFunction, Field, Plan, WindowClock};

/// What a stream says to a GROUP BY without a window.
pub(super) const NO_MONOTONIC_KEY: &str =
    "Streaming aggregation requires at least one monotonic expression in GROUP BY clause";

/// What closes the groups of a query.
#[derive(Debug, Clone, Copy)]
pub(super) enum Window {
    /// The change of the key at this position.
    Tumbling(usize),
    /// So many ms after its first row, a group by itself.
    Stagger(i64),
    /// The end of the data.
    End,
}

/// The keys of a grouped query.
pub(super) struct Keys {
    /// GROUP BY without repeats.
    pub(super) exprs: Vec<Expr>,
    /// Their orders over the input.
    pub(super) orders: Vec<Order>,
}

impl Keys {
    /// Keys over an input whose columns have these orders.
    pub(super) fn new(all: Vec<Expr>, columns: &[Order]) -> Self {
        let mut exprs: Vec<Expr> = Vec::new();
        for key in all {
            if !exprs.iter().any(|k| is_same(k, &key)) {
                exprs.push(key);
            }
        }
        let orders = exprs.iter().map(|k| order_of(k, columns)).collect();
        Self { exprs, orders }
    }

    /// Whether this expression is a key.
    pub(super) fn has(&self, expr: &Expr) -> bool {
        self.exprs.iter().any(|k| is_same(k, expr))
    }

    /// The key that closes the window, or the end of data that has one.
    pub(super) fn window(&self, x: &Expressions, span: Span) -> Bound<Window> {
        let on_rowtime: Vec<usize> = (0..self.orders.len())
            .filter(|i| self.orders.get(*i).is_some_and(Order::is_built_on_rowtime))
            .collect();
        if let [_, second, ..] = on_rowtime.as_slice() {
            let place = self.exprs.get(*second).map_or(span, |k| k.span);
            return x.refuse(
                place,
                "GROUP BY clause uses multiple ROWTIME columns".to_owned(),
                Some("group by one window over ROWTIME; compute the other in an outer query".to_owned()),
            );
        }
        let declared = || self.orders.iter().position(Order::is_monotonic);
        match on_rowtime.first().copied().or_else(declared) {
            Some(key) => Ok(Window::Tumbling(key)),
            None if x.binder.is_bounded() => Ok(Window::End),
            None => {
                let d = Diagnostic::invalid(span, NO_MONOTONIC_KEY).with_hint(window_hint(x.scope));
                Err(x.fault(d))
            }
        }
    }

    /// An expression over the input as one over the window's columns.
    pub(super) fn regroup(&self, x: &Expressions, mut expr: Expr) -> Bound<Expr> {
        let (ty, span) = (expr.ty, expr.span);
        if matches!(expr.kind, ExprKind::Column(OUTPUT_ROWTIME)) {
            return Ok(Expr::rowtime(span));
        }
        if !matches!(expr.kind, ExprKind::Literal(_))
            && let Some(k) = self.exprs.iter().position(|k| is_same(k, &expr))
        {
            return Ok(Expr::column(k, ty, span));
        }
        match expr.kind {
            ExprKind::Column(i) if i >= AGGREGATES => {
                Ok(Expr::column(self.exprs.len() + (i - AGGREGATES), ty, span))
            }
            ExprKind::Column(i) => {
                let name = x.scope.column_name(i);
                let hint = format!(
                    "add {0} to GROUP BY, or aggregate it, for example MAX({0})",
                    written(name)
                );
                x.refuse(
                    span,
                    format!("Expression '{name}' is not being grouped"),
                    Some(hint),
                )
            }
            ExprKind::Rowtime => x.refuse(
                span,
                "Expression 'ROWTIME' is not being grouped".to_owned(),
                Some("write ROWTIME without a qualifier for the time of the output row".to_owned()),
            ),
            _ => {
                for child in expr.children_mut() {
                    let taken = std::mem::replace(child, Expr::rowtime(span));
                    *child = self.regroup(x, taken)?;
                }
                Ok(expr)
            }
        }
    }

    /// The orders of the window's columns: keys, then aggregates.
    pub(super) fn output_orders(
        &self,
        window: Window,
        aggregates: &[Aggregate],
        columns: &[Order],
    ) -> Vec<Order> {
        match window {
            Window::Tumbling(window) => self.tumbling_orders(window, aggregates, columns),
            Window::Stagger(_) => super::stagger::output_orders(&self.orders, aggregates, columns),
            // All groups leave at once, in no order but that of their first rows.
            Window::End => (self.orders.iter())
                .map(Order::if_constant)
                .chain(aggregates.iter().map(|_| Order::unordered()))
                .collect(),
        }
    }

    fn tumbling_orders(&self, window: usize, aggregates: &[Aggregate], columns: &[Order]) -> Vec<Order> {
        let on_rowtime = self.orders.get(window).is_some_and(Order::is_built_on_rowtime);
        let keys = self.orders.iter().enumerate().map(|(i, order)| {
            // Inside a window rows come by group, so only the window's own key stays in order.
            if order.direction == Direction::Constant {
                order.clone()
            } else if i == window && order.basis == Basis::OpenWindow {
                order.declared()
            } else if i == window {
                Order {
                    behind: true,
                    ..order.clone()
                }
            } else {
                Order::unordered()
            }
        });
        let aggregates = aggregates.iter().map(|a| {
            if on_rowtime && is_end_of_rowtime(a, columns) {
                Order::without_clock(Direction::Ascending, Basis::OpenWindow)
            } else {
                Order::unordered()
            }
        });
        keys.chain(aggregates).collect()
    }

    /// The window as a plan.
    pub(super) fn plan(self, input: Plan, window: Window, aggregates: Vec<Aggregate>, scope: &Scope) -> Plan {
        let keys = self.exprs.iter().enumerate().map(|(i, k)| Field {
            name: match k.kind {
                ExprKind::Column(c) => scope.column_name(c).to_owned(),
                _ => format!("KEY${i}"),
            },
            ty: k.ty,
            not_null: false,
        });
        let results = aggregates.iter().enumerate().map(|(i, a)| Field {
            name: format!("AGG${i}"),
            ty: a.ty,
            not_null: false,
        });
        let fields = keys.chain(results).collect();
        match window {
            Window::Tumbling(window) => Plan::Tumble {
                clock: self.orders.get(window).and_then(clock_of),
                input: Box::new(input),
                keys: self.exprs,
                window,
                aggregates,
                fields,
            },
            Window::End => Plan::Whole {
                input: Box::new(input),
                keys: self.exprs,
                aggregates,
                fields,
            },
            Window::Stagger(length_ms) => Plan::Stagger {
                input: Box::new(input),
                keys: self.exprs,
                length_ms,
                aggregates,
                fields,
            },
        }
    }
}

/// What says of a monotonic expression when it changes: its clock, if it is built on ROWTIME.
pub(super) fn clock_of(order: &Order) -> Option<WindowClock> {
    let clock = order.clock.clone().filter(|_| order.is_built_on_rowtime());
    clock.map(|key| WindowClock {
        key,
        behind: order.behind,
    })
}

/// Shows the window with the name that the query gives its stream.
pub(super) fn window_hint(scope: &Scope) -> String {
    // Behind a join the time that moves on is that of the joined row.
    let only = scope.relations.first().filter(|_| scope.relations.len() == 1);
    let name = only.and_then(|r| r.name.as_deref());
    let prefix = name.map(|n| format!("{}.", written(n))).unwrap_or_default();
    format!("add a window: GROUP BY …, STEP({prefix}ROWTIME BY INTERVAL '60' SECOND)")
}

/// MIN, MAX, FIRST_VALUE or LAST_VALUE of ROWTIME itself (`decisions.md` 25).
pub(super) fn is_end_of_rowtime(aggregate: &Aggregate, columns: &[Order]) -> bool {
    use AggregateFunction::{FirstValue, LastValue, Max, Min};
    let picks = matches!(
        aggregate.function,
        Min | Max | FirstValue { .. } | LastValue { .. }
    );
    picks
        && aggregate.argument.as_ref().is_some_and(|e| match e.kind {
            ExprKind::Rowtime => true,
            // The key of a window below is earlier than the rows that carry it.
            ExprKind::Column(i) => columns
                .get(i)
                .filter(|o| !o.behind)
                .and_then(|o| o.clock.as_ref())
                .is_some_and(|c| matches!(c.kind, ExprKind::Rowtime)),
            _ => false,
        })
}

/// Whether two bound expressions say the same, places aside; unqualified and qualified ROWTIME are one inside
/// a larger expression.
pub(super) fn is_same(a: &Expr, b: &Expr) -> bool {
    let rowtime = |e: &Expr| matches!(e.kind, ExprKind::Rowtime | ExprKind::Column(OUTPUT_ROWTIME));
    if rowtime(a) && rowtime(b) {
        return true;
    }
    let (p, q) = (a.children(), b.children());
    a.ty == b.ty
        && is_same_head(&a.kind, &b.kind)
        && p.len() == q.len()
        && p.into_iter().zip(q).all(|(x, y)| is_same(x, y))
}

/// Equality of nodes without their children.
fn is_same_head(a: &ExprKind, b: &ExprKind) -> bool {
    use ExprKind as K;
    match (a, b) {
        (K::Column(x), K::Column(y)) => x == y,
        (K::Literal(x), K::Literal(y)) => x == y,
        (K::Cast { mode: x, .. }, K::Cast { mode: y, .. }) => x == y,
        (K::Call { function: x, .. }, K::Call { function: y, .. }) => x == y,
        (K::Clock(x), K::Clock(y)) => x == y,
        (K::In { negated: x, .. }, K::In { negated: y, .. }) => x == y,
        (
            K::Case {
                operand: p, whens: x, ..
            },
            K::Case {
                operand: q, whens: y, ..
            },
        ) => p.is_some() == q.is_some() && x.len() == y.len(),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}
