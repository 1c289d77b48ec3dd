//! ORDER BY on a stream (`sql.md` §8.5, `windows-and-time.md` §7): what is sorted by, and the plan that does it.
//!
//! Keys are bound beside the select list, by name or position, or as expressions of their own; those that are not
//! selected become columns that are dropped behind the sort. So a key that fails is an error of its row, as an item
//! is. The first key moves on with the rows and says which of them are sorted together. Where it is the only one, rows
//! are in order as they come, and nothing has to be sorted, held or stamped.

use std::cell::RefCell;

use super::binder::Binder;
use super::expression::{Expressions, is_rowtime};
use super::faults::{Bound, Reported};
use super::grouping::{clock_of, is_same};
use super::monotonicity::{Direction, Order, order_of};
use super::relation::{Column, Relation};
use super::scope::{Named, Scope, Time};
use super::select::{self, Item, Step};
use super::streaming::{self, Sorted};
use crate::diagnostic::Span;
use crate::expr::{Expr, ExprKind, Function};
use crate::plan::{Plan, SortKey};
use crate::sql::ast::{self, OrderItem, Query, QueryBody, TableKind};

/// One key of ORDER BY.
pub(super) struct Key {
    by: By,
    descending: bool,
    /// ROWTIME without a qualifier.
    pub(super) of_output: bool,
    span: Span,
}

enum By {
    /// An item of the select list.
    Item(usize),
    /// Anything else.
    Other(Bound<Expr>),
    /// An ordinal that there is not.
    Nothing,
}

impl Key {
    /// Brings an expression that is no item into the columns of a later step.
    pub(super) fn map(&mut self, change: impl FnOnce(Expr) -> Bound<Expr>) {
        if let By::Other(e) = &mut self.by {
            *e = std::mem::replace(e, Err(Reported)).and_then(change);
        }
    }
}

/// Binds the keys of a select.
pub(super) fn keys(x: &Expressions, order_by: &[OrderItem], items: &[Item]) -> Vec<Key> {
    let key = |item: &OrderItem| {
        let name = match &item.expr.kind {
            ast::ExprKind::Name(parts) if parts.len() == 1 => parts.first(),
            _ => None,
        };
        Key {
            by: by(x, &item.expr, name, items),
            descending: item.descending,
            of_output: name.is_some_and(is_rowtime),
            span: item.expr.span,
        }
    };
    order_by.iter().map(key).collect()
}

fn by(x: &Expressions, key: &ast::Expr, name: Option<&ast::Ident>, items: &[Item]) -> By {
    if let Some(name) = name {
        let is = |item: &Item| {
            let named = item.name == name.name || (!name.quoted && item.name.to_uppercase() == name.name);
            named && !item.is_rowtime || (item.is_rowtime && is_rowtime(name))
        };
        if let Some(i) = items.iter().position(is) {
            return By::Item(i);
        }
    }
    if let ast::ExprKind::Literal(ast::Literal::Number(ordinal)) = &key.kind {
        let ordinal: Option<usize> = ordinal.parse().ok();
        let item = ordinal
            .and_then(|n| n.checked_sub(1))
            .filter(|i| *i < items.len());
        if let Some(i) = item {
            return By::Item(i);
        }
        let message = format!("Ordinal out of range: the select list has {} items", items.len());
        let _: Bound<()> = x.invalid(key.span, message);
        return By::Nothing;
    }
    By::Other(x.bind(key))
}

/// The select list, computed and in order.
pub(super) fn project_sorted(binder: &Binder, mut step: Step, keys: &[Key], complete: bool) -> Relation {
    if keys.is_empty() {
        return select::project(binder, step, complete);
    }
    // After a fault below, nothing is known of the orders of what was grouped.
    let judged = step.input.is_ok() || !step.orders.is_empty();
    let visible = step.items.iter().filter(|item| !item.is_rowtime).count();
    let values = keys.iter().enumerate();
    let values: Vec<Bound<Expr>> = values.map(|(i, key)| value(key, i == 0, &mut step)).collect();
    let shape = Shape {
        visible,
        judged,
        of_one_rowtime: leads_by_window(values.first(), &step),
    };
    let relation = select::project(binder, step, complete);
    sorted(binder, relation, keys, values, &shape)
}

/// What is known of a select list that is to be sorted.
struct Shape {
    /// How many of its columns are selected.
    visible: usize,
    /// The orders of its columns are known.
    judged: bool,
    /// All rows that are sorted together have one ROWTIME.
    of_one_rowtime: bool,
}

/// Whether the first key is that of the window below.
fn leads_by_window(first: Option<&Bound<Expr>>, step: &Step) -> bool {
    let column = |e: &Expr| match e.kind {
        ExprKind::Column(i) => Some(i),
        _ => None,
    };
    let first = first.and_then(|e| e.as_ref().ok()).and_then(column);
    let mut columns = step.items.iter().filter(|item| !item.is_rowtime);
    let item = first.and_then(|i| columns.nth(i));
    let key = item.and_then(|item| item.expr.as_ref().ok()).and_then(column);
    key.is_some() && key == step.window
}

/// What a key is over the columns of the select list; a column of its own is put behind them if need be.
fn value(key: &Key, leading: bool, step: &mut Step) -> Bound<Expr> {
    if let Some(window) = window_for_rowtime(key, step).filter(|_| leading) {
        return column(window, key.span, step);
    }
    let restamps = step.items.iter().any(|item| item.is_rowtime);
    let e = match &key.by {
        By::Nothing => return Err(Reported),
        By::Item(i) => {
            let item = step.items.get(*i).ok_or(Reported)?;
            if item.is_rowtime {
                return Ok(Expr::rowtime(key.span));
            }
            let ty = item.expr.as_ref().map_err(|_| Reported)?.ty;
            return Ok(Expr::column(place(&step.items, *i), ty, key.span));
        }
        By::Other(e) => e.as_ref().map_err(|_| Reported)?,
    };
    if !restamps && is_rowtime_rounded(e) {
        return Ok(e.clone());
    }
    let e = e.clone();
    column(e, key.span, step)
}

/// The key of the window below where rows are held by their ROWTIME, which is the window's end: its clock says already at
/// that end that there are no more.
fn window_for_rowtime(key: &Key, step: &Step) -> Option<Expr> {
    let e = match &key.by {
        By::Item(i) => step
            .items
            .get(*i)
            .filter(|item| !item.is_rowtime)?
            .expr
            .as_ref()
            .ok()?,
        By::Other(e) => e.as_ref().ok()?,
        By::Nothing => return None,
    };
    let window = step.window.filter(|_| matches!(e.kind, ExprKind::Rowtime))?;
    let Ok(Plan::Tumble { keys, .. }) = step.input.as_ref().map(below_filters) else {
        return None;
    };
    let by_clock = step.orders.get(window).is_some_and(Order::is_built_on_rowtime);
    let restamps = step.items.iter().any(|item| item.is_rowtime);
    let ty = keys.get(window).filter(|_| by_clock && !restamps)?.ty;
    Some(Expr::column(window, ty, key.span))
}

fn below_filters(plan: &Plan) -> &Plan {
    match plan {
        Plan::Filter { input, .. } => below_filters(input),
        other => other,
    }
}

/// An expression as a column of the select list, behind all others if it is not there.
fn column(e: Expr, span: Span, step: &mut Step) -> Bound<Expr> {
    let ty = e.ty;
    let is_item = |item: &Item| !item.is_rowtime && item.expr.as_ref().is_ok_and(|i| is_same(i, &e));
    let i = match step.items.iter().position(is_item) {
        Some(i) => i,
        None => {
            let name = format!("KEY${}", step.items.len());
            step.items.push(Item::hidden(name, Ok(e), span));
            step.items.len() - 1
        }
    };
    Ok(Expr::column(place(&step.items, i), ty, span))
}

/// The position of an item among the columns.
fn place(items: &[Item], i: usize) -> usize {
    items.iter().take(i).filter(|item| !item.is_rowtime).count()
}

/// ROWTIME, or its floor, ceiling or step: never fails, and is the same wherever ROWTIME is.
fn is_rowtime_rounded(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Rowtime => true,
        ExprKind::Call {
            function: Function::FloorTo(_) | Function::CeilTo(_) | Function::StepMillis(_),
            args,
        } => matches!(args.as_slice(), [arg] if matches!(arg.kind, ExprKind::Rowtime)),
        _ => false,
    }
}

/// The rows of a select list in order, without the columns behind the `visible` ones.
fn sorted(
    binder: &Binder,
    mut relation: Relation,
    keys: &[Key],
    values: Vec<Bound<Expr>>,
    shape: &Shape,
) -> Relation {
    let visible = shape.visible;
    let orders: Vec<Order> = relation.columns.iter().map(|c| c.order.clone()).collect();
    let leading = values.first().and_then(|e| e.as_ref().ok());
    let leading = leading.map(|e| (e.clone(), order_of(e, &orders)));
    let first = keys.first();
    let sorts = match (&leading, first) {
        (Some((_, order)), Some(first)) if shape.judged => {
            streaming::sorts(binder, order, first.descending, first.span)
        }
        _ => Err(Reported),
    };
    let values: Bound<Vec<Expr>> = values.into_iter().collect();
    let (Some((leading, order)), Ok(values), Ok(sorts)) = (leading, values, sorts) else {
        relation.columns.truncate(visible);
        relation.plan = None;
        return relation;
    };
    let mut by: Vec<SortKey> = Vec::new();
    for (value, key) in values.into_iter().zip(keys) {
        let leads = sorts == Sorted::ByFirst && is_same(&value, &leading);
        let known = leads || by.iter().any(|k| is_same(&k.expr, &value));
        if !known && order_of(&value, &orders).direction != Direction::Constant {
            by.push(SortKey {
                expr: value,
                descending: key.descending,
            });
        }
    }
    if !by.is_empty() {
        for column in &mut relation.columns {
            column.order = match sorts {
                Sorted::ByFirst => order_behind(&column.order, &order, shape.of_one_rowtime),
                Sorted::AtEnd => column.order.if_constant(),
            };
        }
        relation.plan = relation.plan.map(|input| Plan::Sort {
            input: Box::new(input),
            clock: clock_of(&order).filter(|_| sorts == Sorted::ByFirst),
            leading: (sorts == Sorted::ByFirst).then_some(leading),
            keys: by,
        });
    }
    relation.plan = relation.plan.map(|plan| without_hidden(plan, visible));
    relation.columns.truncate(visible);
    relation
}

/// The order of a column once its rows are sorted where `leading` does not change.
fn order_behind(column: &Order, leading: &Order, of_one_rowtime: bool) -> Order {
    let same_clock = match (&column.clock, &leading.clock) {
        (Some(a), Some(b)) => is_same(a, b) && column.behind == leading.behind,
        _ => false,
    };
    // Within one ROWTIME, every function of ROWTIME is constant.
    let is_rowtime = |c: &Expr| matches!(c.kind, ExprKind::Rowtime);
    let of_one_rowtime =
        of_one_rowtime || (!leading.behind && leading.clock.as_ref().is_some_and(is_rowtime));
    let by_instant = of_one_rowtime && !column.behind && column.clock.is_some();
    if column.direction == Direction::Constant || same_clock || by_instant {
        column.clone()
    } else {
        Order::unordered()
    }
}

/// The first columns of a plan.
fn without_hidden(plan: Plan, visible: usize) -> Plan {
    let fields = plan.fields();
    if fields.len() == visible {
        return plan;
    }
    let fields = fields.iter().take(visible).cloned().collect::<Vec<_>>();
    let column = |(i, f): (usize, &crate::plan::Field)| Expr::column(i, f.ty, Span::default());
    Plan::Project {
        exprs: fields.iter().enumerate().map(column).collect(),
        fields,
        rowtime: None,
        input: Box::new(plan),
    }
}

/// ORDER BY behind a set of branches: over its columns, under the name of the first branch's stream.
pub(super) fn sort_relation(binder: &Binder, query: &Query, relation: Relation) -> Relation {
    if query.order_by.is_empty() {
        return relation;
    }
    let scope = Scope::of(Named {
        name: name_of_first_branch(query),
        hidden: None,
        columns: relation.columns.clone(),
        offset: 0,
        complete: relation.complete,
        time: Time::Row,
    });
    let aggregates = RefCell::default();
    let x = select::expressions(binder, &scope, &aggregates, &[]);
    let items: Vec<Item> = (relation.columns.iter().enumerate())
        .map(|(i, c)| {
            let expr = c.ty.map(|ty| Expr::column(i, ty, c.span)).ok_or(Reported);
            Item::hidden(c.name.clone(), expr, c.span)
        })
        .collect();
    let keys = keys(&x, &query.order_by, &items);
    let orders = relation
        .columns
        .iter()
        .map(|c: &Column| c.order.clone())
        .collect();
    let step = Step {
        input: relation.plan.ok_or(Reported),
        items,
        orders,
        window: None,
    };
    project_sorted(binder, step, &keys, relation.complete)
}

fn name_of_first_branch(query: &Query) -> Option<String> {
    let mut query = query;
    loop {
        match &query.body {
            QueryBody::Set { left, .. } => query = left,
            QueryBody::Values(_) => return None,
            QueryBody::Select(select) => {
                let [only] = select.from.as_slice() else {
                    return None;
                };
                return match (&only.alias, &only.kind) {
                    (Some(alias), _) => Some(alias.name.name.clone()),
                    (None, TableKind::Named { name, .. }) => Some(name.name.clone()),
                    (None, _) => None,
                };
            }
        }
    }
}
