//! SELECT DISTINCT on a stream: GROUP BY of its items (`windows-and-time.md` §7).
//!
//! An item that moves on closes the window, and the rows leave at its end. ROWTIME of the row about to be output is no
//! such item as long as there is another: it does not tell rows apart, and its value is the end of the window. Where
//! nothing else moves on, ROWTIME does, and rows are told apart within one ROWTIME.

use super::expression::Expressions;
use super::faults::{Bound, Reported};
use super::grouping::{Window, clock_of, is_same};
use super::monotonicity::{Basis, Direction, Order, order_of};
use super::select::{Item, Step};
use super::{sorting, streaming};
use crate::diagnostic::Span;
use crate::expr::{Expr, ExprKind};
use crate::plan::{Field, Plan};

/// The items that tell rows apart.
struct Keys {
    exprs: Vec<Expr>,
    names: Vec<String>,
    orders: Vec<Order>,
}

/// One row for every different row of a window.
pub(super) fn distinct(x: &Expressions, step: Step, span: Span, order_by: &mut [sorting::Key]) -> Step {
    let Step {
        input,
        items,
        orders: below,
        ..
    } = step;
    let unknown = |items| Step {
        input: Err(Reported),
        items,
        orders: Vec::new(),
        window: None,
    };
    if input.is_err() && below.is_empty() {
        // What was grouped is not known.
        return unknown(items);
    }
    let keys = keys(&items, &below);
    let Ok(window) = window(x, &items, &keys, span) else {
        return unknown(items);
    };
    let items: Vec<Item> = items
        .into_iter()
        .map(|item| Item {
            expr: item.expr.and_then(|e| match keys.over(e) {
                Ok(e) => Ok(e),
                // Every other item is a key or a constant.
                Err(e) if item.of_output => Ok(Expr::rowtime(e.span)),
                Err(_) => Err(Reported),
            }),
            ..item
        })
        .collect();
    for key in order_by.iter_mut() {
        let name_of_output = key.of_output;
        key.map(|e| match keys.over(e) {
            Ok(e) => Ok(e),
            Err(e) if name_of_output => Ok(Expr::rowtime(e.span)),
            Err(e) => x.refuse(
                e.span,
                "ORDER BY of SELECT DISTINCT must be an item of the select list".to_owned(),
                Some("select it too, or order in an outer query".to_owned()),
            ),
        });
    }
    let orders = keys.output_orders(window);
    Step {
        input: input.map(|input| keys.plan(input, window)),
        items,
        orders,
        window: match window {
            Window::Tumbling(key) => Some(key),
            Window::Stagger(_) | Window::End => None,
        },
    }
}

/// What tells rows apart: every item but constants and ROWTIME of the output, unless nothing else moves on.
fn keys(items: &[Item], below: &[Order]) -> Keys {
    let known = || {
        items
            .iter()
            .filter_map(|item| Some((item, item.expr.as_ref().ok()?)))
    };
    let is_output = |item: &Item, e: &Expr| item.of_output && matches!(e.kind, ExprKind::Rowtime);
    let moves_on = known().any(|(item, e)| !is_output(item, e) && order_of(e, below).is_monotonic());
    let mut keys = Keys {
        exprs: Vec::new(),
        names: Vec::new(),
        orders: Vec::new(),
    };
    for (item, e) in known() {
        let ignored = (is_output(item, e) && moves_on) || matches!(e.kind, ExprKind::Literal(_));
        if !ignored && !keys.exprs.iter().any(|k| is_same(k, e)) {
            keys.exprs.push(e.clone());
            keys.names.push(item.name.clone());
            keys.orders.push(order_of(e, below));
        }
    }
    // Of rows that are all alike one is left, if there is any.
    if let (true, Some((item, e))) = (keys.exprs.is_empty(), known().next()) {
        keys.exprs.push(e.clone());
        keys.names.push(item.name.clone());
        keys.orders.push(order_of(e, below));
    }
    keys
}

/// The key that closes the window, or the end of data that has one.
fn window(x: &Expressions, items: &[Item], keys: &Keys, span: Span) -> Bound<Window> {
    let on_rowtime: Vec<usize> = (0..keys.orders.len())
        .filter(|i| keys.orders.get(*i).is_some_and(Order::is_built_on_rowtime))
        .collect();
    if let Some(instant) = on_rowtime.iter().find(|i| keys.is_instant(**i)) {
        return Ok(Window::Tumbling(*instant));
    }
    if let [_, second, ..] = on_rowtime.as_slice() {
        let place = keys.exprs.get(*second).map_or(span, |k| k.span);
        return x.refuse(
            place,
            "SELECT DISTINCT uses multiple ROWTIME columns".to_owned(),
            Some("select one window over ROWTIME; compute the other in an outer query".to_owned()),
        );
    }
    let declared = || keys.orders.iter().position(Order::is_monotonic);
    match on_rowtime.first().copied().or_else(declared) {
        Some(window) => Ok(Window::Tumbling(window)),
        None if items.iter().any(|item| item.expr.is_err()) => Err(Reported),
        None if x.binder.is_bounded() => Ok(Window::End),
        None => Err(streaming::refuse_distinct(x, span)),
    }
}

impl Keys {
    /// Whether this key is ROWTIME itself, of which every other function of ROWTIME is one, too.
    fn is_instant(&self, key: usize) -> bool {
        self.orders.get(key).is_some_and(|order| {
            let is_rowtime = |clock: &Expr| matches!(clock.kind, ExprKind::Rowtime);
            !order.behind && order.clock.as_ref().is_some_and(is_rowtime)
        })
    }

    /// An expression over the input as one over the keys, or back if it is made of something else.
    fn over(&self, expr: Expr) -> Result<Expr, Expr> {
        if let Some(k) = self.exprs.iter().position(|k| is_same(k, &expr)) {
            return Ok(Expr::column(k, expr.ty, expr.span));
        }
        let whole = expr.clone();
        match expr.kind {
            ExprKind::Column(_) => Err(whole),
            _ => self.rebuilt(expr).ok_or(whole),
        }
    }

    fn rebuilt(&self, mut expr: Expr) -> Option<Expr> {
        if matches!(expr.kind, ExprKind::Rowtime) {
            return None;
        }
        let span = expr.span;
        for child in expr.children_mut() {
            let taken = std::mem::replace(child, Expr::rowtime(span));
            *child = self.over(taken).ok()?;
        }
        Some(expr)
    }

    /// The orders of the keys behind the window.
    fn output_orders(&self, window: Window) -> Vec<Order> {
        let Window::Tumbling(window) = window else {
            return self.orders.iter().map(Order::if_constant).collect();
        };
        let by_instant = self.is_instant(window);
        let orders = self.orders.iter().enumerate().map(|(i, order)| {
            if order.direction == Direction::Constant {
                order.clone()
            } else if order.basis == Basis::OpenWindow {
                order.declared()
            } else if i == window || (by_instant && order.is_built_on_rowtime() && !order.behind) {
                Order {
                    behind: true,
                    ..order.clone()
                }
            } else {
                Order::unordered()
            }
        });
        orders.collect()
    }

    fn plan(&self, input: Plan, window: Window) -> Plan {
        let fields = self.names.iter().zip(&self.exprs).map(|(name, e)| Field {
            name: name.clone(),
            ty: e.ty,
            not_null: false,
        });
        let (input, fields) = (Box::new(input), fields.collect());
        let (keys, aggregates) = (self.exprs.clone(), Vec::new());
        match window {
            Window::Tumbling(window) => Plan::Tumble {
                input,
                clock: self.orders.get(window).and_then(clock_of),
                keys,
                window,
                aggregates,
                fields,
            },
            Window::Stagger(_) | Window::End => Plan::Whole {
                input,
                keys,
                aggregates,
                fields,
            },
        }
    }
}
