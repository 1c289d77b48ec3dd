//! Queries: a SELECT becomes scan, filter, window, filter, select; everything else is refused at its place.
//!
//! Every clause is bound whatever became of the others, and the result always offers its columns, so that
//! an outer query is still checked when an inner one has a fault.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::binder::Binder;
use super::expression::{Clause, Expressions, is_rowtime};
use super::faults::{Bound, Reported};
use super::from;
use super::grouping::{Keys, NO_MONOTONIC_KEY, Window, window_hint};
use super::monotonicity::{Basis, Direction, Order, order_of};
use super::relation::{Column, Relation};
use super::scope::Scope;
use super::{distinct, frames, joins, sorting, stagger, union, windows};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind};
use crate::plan::{Field, Plan, RowtimeExpr, RowtimePromise};
use crate::sql::ast::{self, Grouping, OrderItem, Query, QueryBody, Select, SelectItem};
use crate::types::SqlType;

/// Deeper queries are refused rather than risking the machine's stack.
pub(super) const NESTING_MAX: u32 = 40;

/// Binds a query.
pub(super) fn query(binder: &Binder, query: &Query) -> Relation {
    let nesting = binder.nesting.get();
    if nesting >= NESTING_MAX {
        let message = "Queries are nested too deeply";
        binder.faults.report(Diagnostic::invalid(query.span, message));
        return Relation::unknown();
    }
    binder.nesting.set(nesting + 1);
    let relation = bind_body(binder, query);
    binder.nesting.set(nesting);
    relation
}

fn bind_body(binder: &Binder, query: &Query) -> Relation {
    match &query.body {
        QueryBody::Select(select) => bind_select(binder, select, &query.order_by),
        QueryBody::Values(rows) => {
            let scope = Scope::default();
            let aggregates = RefCell::default();
            let x = expressions(binder, &scope, &aggregates, &[]);
            for e in rows.iter().flatten() {
                let _: Bound<Expr> = x.bind(e);
            }
            let _: Bound<()> = refuse_uneven_rows(&x, rows);
            let message = "VALUES as a query cannot run yet";
            binder
                .faults
                .report(Diagnostic::not_implemented(query.span, message));
            Relation::unknown()
        }
        QueryBody::Set { op, all, left, right } => {
            let relation = union::set(binder, query, (*op, *all), left, right);
            sorting::sort_relation(binder, query, relation)
        }
    }
}

/// Refuses rows of VALUES that are not as long as the first.
pub(super) fn refuse_uneven_rows(x: &Expressions, rows: &[Vec<ast::Expr>]) -> Bound<()> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    if let Some(odd) = rows.iter().find(|row| row.len() != first.len()) {
        let span = odd.iter().fold(Span::default(), |s, e| s.to(e.span));
        let message = "All rows of VALUES must have the same number of items";
        let hint = format!("the first has {}, this one has {}", first.len(), odd.len());
        return Err(x.fault(Diagnostic::invalid(span, message).with_hint(hint)));
    }
    Ok(())
}

/// Binds expressions over the names of `scope`.
pub(super) fn expressions<'s, 'a>(
    binder: &'s Binder<'a>,
    scope: &'s Scope,
    aggregates: &'s RefCell<Vec<crate::plan::Aggregate>>,
    windows: &'s [(ast::Ident, ast::WindowSpec)],
) -> Expressions<'s, 'a> {
    Expressions {
        binder,
        scope,
        clause: Clause::Select,
        grouped: false,
        aggregates,
        sliding: Rc::default(),
        windows,
        depth: Cell::new(0),
    }
}

/// One item of the select list, bound over the input.
pub(super) struct Item {
    /// Its column's name.
    pub(super) name: String,
    /// Its value.
    pub(super) expr: Bound<Expr>,
    /// `AS ROWTIME`.
    pub(super) is_rowtime: bool,
    /// It comes from a `*`.
    pub(super) of_star: bool,
    /// ROWTIME of the row about to be output: without a qualifier, or under its own name.
    pub(super) of_output: bool,
    /// Where.
    pub(super) span: Span,
}

impl Item {
    /// A column that is computed for a later step only.
    pub(super) fn hidden(name: String, expr: Bound<Expr>, span: Span) -> Self {
        Self {
            name,
            expr,
            is_rowtime: false,
            of_star: false,
            of_output: false,
            span,
        }
    }
}

fn bind_select(binder: &Binder, select: &Select, order_by: &[OrderItem]) -> Relation {
    let from::From {
        mut scope,
        plan: mut input,
        commas,
    } = from::bind(binder, select);
    scope.aliases = select.items.iter().filter_map(alias_of).collect();
    let aggregates = RefCell::default();
    let mut x = expressions(binder, &scope, &aggregates, &select.windows);
    let filter = select
        .filter
        .as_ref()
        .map(|e| x.within(Clause::Where).bind_condition(e, "WHERE"));
    let mut keys = bind_keys(&x, &select.grouping);
    x.grouped = keys.is_some();
    let (mut items, mut having) = bind_outputs(&x, select);
    if keys.is_none() && binder.is_bounded() && (having.is_some() || !aggregates.borrow().is_empty()) {
        // One group of everything, whose ROWTIME is that of the row about to be output.
        keys = Some(Grouped::everything(select.span));
        x.grouped = true;
        x.sliding = Rc::default();
        aggregates.take();
        (items, having) = bind_outputs(&x, select);
    }
    let _: Bound<()> = frames::check_names(&x);
    for (_, spec) in &select.windows {
        let _: Bound<()> = windows::check_spec(&x, spec);
    }
    let source: Vec<Order> = scope.columns().map(|c| c.order.clone()).collect();
    let mut order_by = sorting::keys(&x, order_by, &items);
    if let (Some(plan), Some(Ok(predicate))) = (&mut input, &filter) {
        joins::hash_commas(plan, predicate, commas);
    }
    let input = filtered(input.ok_or(Reported), filter);
    let starred = keys.is_some() && items.iter().any(|item| item.of_star);
    let step = match keys {
        Some(keys) => group(&x, keys, input, items, having, &source, &mut order_by),
        None => {
            refuse_bare_aggregates(&x, select);
            let slid = |e| windows::placed(&x, e);
            for key in &mut order_by {
                key.map(|e| Ok(slid(e)));
            }
            let items = items.into_iter().map(|item| Item {
                expr: item.expr.map(slid),
                ..item
            });
            for key in &mut order_by {
                key.map(|e| Ok(slid(e)));
            }
            Step {
                items: items.collect(),
                input: input.map(|input| windows::under(&x, input)),
                orders: source,
                window: None,
            }
        }
    };
    // A `*` over groups has been refused; what it should have been is unknown.
    let complete = is_complete(&select.items, &scope) && !(starred && step.items.is_empty());
    let step = match select.distinct {
        Some(span) => distinct::distinct(&x, step, span, &mut order_by),
        None => step,
    };
    sorting::project_sorted(binder, step, &order_by, complete)
}

/// The select list and HAVING.
fn bind_outputs(x: &Expressions, select: &Select) -> (Vec<Item>, Option<Bound<Expr>>) {
    let items = bind_items(x, &select.items);
    let having = select.having.as_ref();
    let having = having.map(|e| x.within(Clause::Having).bind_condition(e, "HAVING"));
    (items, having)
}

/// Whether the columns of the select list are all known: a `*` over something unknown hides some.
fn is_complete(items: &[SelectItem], scope: &Scope) -> bool {
    items.iter().all(|item| match item {
        SelectItem::Expr { .. } => true,
        SelectItem::Wildcard(_) => scope.relations.iter().all(|r| r.complete),
        SelectItem::QualifiedWildcard(name) => {
            let named = |r: &&super::scope::Named| {
                let names = r.name.iter().map(String::as_str);
                super::names::find(names, name) != super::names::Match::Nothing
            };
            scope.relations.iter().find(named).is_some_and(|r| r.complete)
        }
    })
}

/// What the select list is evaluated over.
pub(super) struct Step {
    /// Its rows.
    pub(super) input: Bound<Plan>,
    /// The select list.
    pub(super) items: Vec<Item>,
    /// The orders of the input's columns; none after a fault.
    pub(super) orders: Vec<Order>,
    /// The key of a tumbling window that the input is: rows of one ROWTIME are those of one value of it.
    pub(super) window: Option<usize>,
}

fn filtered(input: Bound<Plan>, predicate: Option<Bound<Expr>>) -> Bound<Plan> {
    match predicate {
        None => input,
        Some(predicate) => Ok(Plan::Filter {
            predicate: predicate?,
            input: Box::new(input?),
        }),
    }
}

/// A grouping clause, bound.
struct Grouped {
    keys: Bound<Vec<Expr>>,
    span: Span,
    /// PARTITION BY of stagger windows of this length; GROUP BY needs a key that closes the window.
    stagger: Option<Bound<i64>>,
}

impl Grouped {
    /// One group, without keys.
    fn everything(span: Span) -> Self {
        Self {
            keys: Ok(Vec::new()),
            span,
            stagger: None,
        }
    }
}

/// GROUP BY or PARTITION BY; `None` when rows are not grouped.
fn bind_keys(x: &Expressions, grouping: &Grouping) -> Option<Grouped> {
    let keys = x.within(Clause::GroupBy);
    let place = |all: &[ast::Expr]| all.iter().fold(Span::default(), |s, e| s.to(e.span));
    match grouping {
        Grouping::None => None,
        Grouping::By(all) if all.is_empty() => None,
        Grouping::By(all) => Some(Grouped {
            keys: keys.bind_all(all),
            span: place(all),
            stagger: None,
        }),
        Grouping::Stagger {
            partition_by,
            range,
            span,
        } => {
            let length_ms = stagger::length(&keys, range);
            Some(Grouped {
                keys: keys.bind_all(partition_by),
                span: *span,
                stagger: Some(length_ms),
            })
        }
    }
}

fn group(
    x: &Expressions,
    grouped: Grouped,
    input: Bound<Plan>,
    items: Vec<Item>,
    having: Option<Bound<Expr>>,
    source: &[Order],
    order_by: &mut [sorting::Key],
) -> Step {
    let Ok(keys) = grouped.keys else {
        // Without the keys nothing can be said about what is grouped.
        return Step {
            input: Err(Reported),
            items,
            orders: Vec::new(),
            window: None,
        };
    };
    let keys = Keys::new(keys, source);
    let window = match grouped.stagger {
        None => keys.window(x, grouped.span),
        Some(length_ms) => length_ms.map(Window::Stagger),
    };
    let items: Vec<Item> = if refuse_star_over_groups(x, &keys, &items) {
        Vec::new()
    } else {
        items
            .into_iter()
            .map(|item| Item {
                expr: item.expr.and_then(|e| keys.regroup(x, e)),
                ..item
            })
            .collect()
    };
    let having = having.map(|e| e.and_then(|e| keys.regroup(x, e)));
    for key in order_by.iter_mut() {
        key.map(|e| keys.regroup(x, e));
    }
    let aggregates = x.aggregates.borrow().clone();
    let (Ok(window), Ok(input)) = (window, input) else {
        return Step {
            input: Err(Reported),
            items,
            orders: Vec::new(),
            window: None,
        };
    };
    let orders = keys.output_orders(window, &aggregates, source);
    let plan = keys.plan(input, window, aggregates, x.scope);
    Step {
        input: filtered(Ok(plan), having),
        items,
        orders,
        window: match window {
            Window::Tumbling(key) => Some(key),
            Window::Stagger(_) | Window::End => None,
        },
    }
}

/// `*` beside GROUP BY: one finding, however many columns it brings.
fn refuse_star_over_groups(x: &Expressions, keys: &Keys, items: &[Item]) -> bool {
    let odd: Vec<&Item> = items
        .iter()
        .filter(|item| item.of_star)
        .filter(|item| item.expr.as_ref().is_ok_and(|e| !keys.has(e)))
        .collect();
    let Some(first) = odd.first() else {
        return false;
    };
    let names: Vec<&str> = odd.iter().map(|item| item.name.as_str()).collect();
    let message = format!("Expression '{}' is not being grouped", first.name);
    let hint = format!(
        "* brings {}, which are neither grouped nor aggregated: name what you want",
        names.join(", ")
    );
    x.fault(Diagnostic::invalid(first.span, message).with_hint(hint));
    true
}

fn refuse_bare_aggregates(x: &Expressions, select: &Select) {
    if let Some(first) = x.aggregates.borrow().first() {
        x.fault(Diagnostic::invalid(first.span, NO_MONOTONIC_KEY).with_hint(window_hint(x.scope)));
    } else if let Some(having) = &select.having {
        let message = "HAVING on a stream needs GROUP BY";
        x.fault(Diagnostic::invalid(having.span, message).with_hint("write WHERE for a condition on rows"));
    }
}

fn alias_of(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::Expr {
            alias: Some(alias), ..
        } => Some(alias.name.clone()),
        _ => None,
    }
}

fn bind_items(x: &Expressions, items: &[SelectItem]) -> Vec<Item> {
    let mut bound = Vec::new();
    for item in items {
        match item {
            SelectItem::Wildcard(span) => {
                let all = x.scope.star(*span).into_iter();
                bound.extend(all.map(|(name, expr)| of_star(name, expr, *span)));
            }
            SelectItem::QualifiedWildcard(name) => {
                if let Ok(relation) = x.scope.relation(name, &x.binder.faults) {
                    let all = relation.columns.iter().enumerate();
                    bound.extend(
                        all.filter(|(_, c)| !c.system)
                            .map(|(i, c)| whole(relation.offset + i, c, name.span)),
                    );
                }
            }
            SelectItem::Expr { expr, alias } => {
                let name = name_of(x, expr, alias.as_ref(), bound.len());
                bound.push(Item {
                    name,
                    is_rowtime: alias.as_ref().is_some_and(is_rowtime),
                    of_star: false,
                    of_output: is_output_rowtime(expr, alias.is_some()),
                    expr: x.bind(expr),
                    span: expr.span,
                });
            }
        }
    }
    bound
}

fn whole(index: usize, column: &Column, span: Span) -> Item {
    let expr = column.ty.map(|ty| Expr::column(index, ty, span)).ok_or(Reported);
    of_star(&column.name, expr, span)
}

fn of_star(name: &str, expr: Bound<Expr>, span: Span) -> Item {
    Item {
        name: name.to_owned(),
        expr,
        is_rowtime: false,
        of_star: true,
        of_output: false,
        span,
    }
}

/// `ROWTIME`, or `s.ROWTIME` without an alias.
fn is_output_rowtime(expr: &ast::Expr, has_alias: bool) -> bool {
    match &expr.kind {
        ast::ExprKind::Name(parts) => match parts.as_slice() {
            [name] => is_rowtime(name),
            [_, name] => is_rowtime(name) && !has_alias,
            _ => false,
        },
        _ => false,
    }
}

/// Alias, the name of a plain column, else `EXPR$n`.
fn name_of(x: &Expressions, expr: &ast::Expr, alias: Option<&ast::Ident>, ordinal: usize) -> String {
    if let Some(alias) = alias {
        return alias.name.clone();
    }
    let ast::ExprKind::Name(parts) = &expr.kind else {
        return format!("EXPR${ordinal}");
    };
    let Some(last) = parts.last() else {
        return format!("EXPR${ordinal}");
    };
    // A name found in another case is the column's own.
    match super::names::find(x.scope.columns().map(|c| c.name.as_str()), last) {
        super::names::Match::OtherCase(i) => x.scope.column_name(i).to_owned(),
        _ => last.name.clone(),
    }
}

/// The select list, computed.
pub(super) fn project(binder: &Binder, step: Step, complete: bool) -> Relation {
    let Step {
        input, items, orders, ..
    } = step;
    let (rowtimes, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|i| i.is_rowtime);
    let rowtime = explicit_rowtime(binder, rowtimes, &orders);
    let new_clock = matches!(rowtime, Ok(Some(_)) | Err(Reported));
    let mut columns = Vec::new();
    let mut exprs = Vec::new();
    let mut fields = Vec::new();
    for item in items {
        let order = match &item.expr {
            Ok(e) => order_of(e, &orders),
            Err(Reported) => Order::unordered(),
        };
        columns.push(Column {
            name: item.name.clone(),
            ty: item.expr.as_ref().ok().map(|e| e.ty),
            order: if new_clock {
                without_old_clock(order)
            } else {
                order
            },
            span: item.span,
            system: false,
        });
        exprs.push(item.expr.inspect(|e| {
            fields.push(Field {
                name: item.name,
                ty: e.ty,
                not_null: false,
            });
        }));
    }
    let exprs = exprs.into_iter().collect::<Bound<Vec<Expr>>>();
    let plan = match (input, exprs, rowtime) {
        (Ok(input), Ok(exprs), Ok(rowtime)) => Some(Plan::Project {
            input: Box::new(input),
            exprs,
            fields,
            rowtime,
        }),
        _ => None,
    };
    Relation {
        columns,
        plan,
        complete,
    }
}

/// Functions of the old ROWTIME say nothing about bounds of the new one.
fn without_old_clock(order: Order) -> Order {
    if order.direction == Direction::Constant || !order.is_monotonic() {
        return order;
    }
    Order::without_clock(order.direction, Basis::Declared)
}

fn explicit_rowtime(binder: &Binder, items: Vec<Item>, orders: &[Order]) -> Bound<Option<RowtimeExpr>> {
    let mut items = items.into_iter();
    let Some(item) = items.next() else {
        return Ok(None);
    };
    if let Some(second) = items.next() {
        let message = "Only one item may be AS ROWTIME";
        return Err(binder.faults.report(Diagnostic::invalid(second.span, message)));
    }
    let expr = item.expr?;
    if expr.ty != SqlType::Timestamp {
        let message = format!("ROWTIME is a TIMESTAMP, but this is of type {}", expr.ty);
        return Err(binder.faults.report(Diagnostic::invalid(item.span, message)));
    }
    if matches!(expr.kind, ExprKind::Rowtime) {
        return Ok(None);
    }
    let promise = promise_of(&order_of(&expr, orders));
    Ok(Some(RowtimeExpr { expr, promise }))
}

/// What a ROWTIME of this order promises (`decisions.md` 6 and 25).
pub(super) fn promise_of(order: &Order) -> RowtimePromise {
    match (order.direction, order.basis, &order.clock) {
        (Direction::Ascending | Direction::Constant, _, Some(clock)) => RowtimePromise::Clock(clock.clone()),
        (Direction::Ascending | Direction::Unordered, Basis::OpenWindow, None) => RowtimePromise::OpenWindow,
        (Direction::Ascending, Basis::Declared, None) => RowtimePromise::Declared,
        _ => RowtimePromise::None,
    }
}
