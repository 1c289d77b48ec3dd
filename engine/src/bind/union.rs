//! UNION ALL (`sql.md` §8.4): branches of equal form, each converted to the types that all of them share.
//!
//! Names are those of the first branch. A column keeps its order in time where all branches make it of ROWTIME in the
//! same way, since rows are merged by ROWTIME; ROWTIME itself always does.

use super::binder::Binder;
use super::conversion::{common_type, convert};
use super::faults::Reported;
use super::grouping::is_same;
use super::monotonicity::{Direction, Order};
use super::relation::{Column, Relation};
use super::select;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::Expr;
use crate::plan::{Field, Plan};
use crate::sql::ast::{Query, SetOp};
use crate::types::SqlType;

/// `left op right`.
pub(super) fn set(
    binder: &Binder,
    whole: &Query,
    (op, all): (SetOp, bool),
    left: &Query,
    right: &Query,
) -> Relation {
    let right_span = right.span;
    let (left, right) = (select::query(binder, left), select::query(binder, right));
    let runs = op == SetOp::Union && all;
    if !runs {
        let message = "Only UNION ALL combines streams";
        let hint = "write UNION ALL; SELECT STREAM DISTINCT over it takes repeated rows out";
        let mut d = Diagnostic::not_supported(whole.span, message);
        d.hint = (op == SetOp::Union).then(|| hint.to_owned());
        binder.faults.report(d);
    }
    if !left.complete || !right.complete {
        return Relation {
            plan: None,
            complete: left.complete,
            columns: unordered(left.columns),
        };
    }
    if left.columns.len() != right.columns.len() {
        let (n, m) = (left.columns.len(), right.columns.len());
        let d = Diagnostic::invalid(right_span, "Column count mismatch in UNION")
            .with_hint(format!("the first branch has {n} columns, this one has {m}"));
        binder.faults.report(d);
        return Relation::unknown();
    }
    let pairs = left.columns.iter().zip(&right.columns).enumerate();
    let columns: Vec<Column> = pairs.map(|(i, (a, b))| column(binder, i, a, b)).collect();
    let types: Result<Vec<SqlType>, Reported> = columns.iter().map(|c| c.ty.ok_or(Reported)).collect();
    let plan = match (left.plan, right.plan, types) {
        (Some(left), Some(right), Ok(types)) if runs => Some(plan(left, right, &columns, &types)),
        _ => None,
    };
    Relation {
        columns,
        plan,
        complete: true,
    }
}

fn unordered(columns: Vec<Column>) -> Vec<Column> {
    let without = |c: Column| Column {
        order: Order::unordered(),
        ..c
    };
    columns.into_iter().map(without).collect()
}

/// The column of both branches.
fn column(binder: &Binder, i: usize, a: &Column, b: &Column) -> Column {
    let ty = match (a.ty, b.ty) {
        (Some(p), Some(q)) => {
            let ty = common_type(&[p, q]);
            if ty.is_none() {
                let message = format!("Type mismatch in column {} of UNION", i + 1);
                let d = Diagnostic::invalid(b.span, message)
                    .with_hint(format!("the first branch has {p}, this one has {q}: write CAST"));
                binder.faults.report(d);
            }
            ty
        }
        _ => None,
    };
    let same_type = a.ty == b.ty;
    Column {
        ty,
        order: if same_type {
            order(&a.order, &b.order)
        } else {
            Order::unordered()
        },
        ..a.clone()
    }
}

/// The order of a column whose rows come from branches with these orders, merged by ROWTIME.
fn order(a: &Order, b: &Order) -> Order {
    let same = match (&a.clock, &b.clock) {
        (Some(p), Some(q)) => is_same(p, q) && a.direction == b.direction && a.behind == b.behind,
        _ => false,
    };
    if !same {
        Order::unordered()
    } else if a.behind && a.direction != Direction::Constant {
        // At the end of a window the rows of one branch may have left while those of another still wait, so that a
        // bound does not say yet that there are no more.
        a.declared()
    } else {
        a.clone()
    }
}

/// Both branches with columns of these types, in one union with those that are in the first already.
fn plan(left: Plan, right: Plan, columns: &[Column], types: &[SqlType]) -> Plan {
    let fields: Vec<Field> = (columns.iter().zip(types))
        .map(|(c, ty)| Field {
            name: c.name.clone(),
            ty: *ty,
            not_null: false,
        })
        .collect();
    let mut inputs = match converted(left, &fields) {
        Plan::Union { inputs, .. } => inputs,
        other => vec![other],
    };
    inputs.push(converted(right, &fields));
    Plan::Union { inputs, fields }
}

/// A branch with these columns.
fn converted(branch: Plan, fields: &[Field]) -> Plan {
    let is = |(a, b): (&Field, &Field)| a.ty == b.ty;
    if branch.fields().iter().zip(fields).all(is) {
        return branch;
    }
    let to_fields = |exprs: Vec<Expr>| -> Vec<Expr> {
        let pairs = exprs.into_iter().zip(fields);
        pairs.map(|(e, field)| convert(e, field.ty)).collect()
    };
    match branch {
        Plan::Project {
            input,
            exprs,
            rowtime,
            ..
        } => Plan::Project {
            input,
            exprs: to_fields(exprs),
            fields: fields.to_vec(),
            rowtime,
        },
        other => {
            let columns = other.fields().iter().enumerate();
            let exprs = columns.map(|(i, f)| Expr::column(i, f.ty, Span::default()));
            Plan::Project {
                exprs: to_fields(exprs.collect()),
                fields: fields.to_vec(),
                rowtime: None,
                input: Box::new(other),
            }
        }
    }
}
