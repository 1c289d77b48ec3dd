//! Leaves out of every scan the columns that nothing above reads.
//!
//! Only plain columns and constants are dropped from the selects in between: an expression that can fail
//! drops its row whether or not its value is used (R6).

use std::collections::BTreeSet;

use crate::expr::{Expr, ExprKind};
use crate::plan::Plan;

/// Prunes a pump's plan; its own columns all stay.
pub(super) fn prune(plan: &mut Plan) {
    let all: BTreeSet<usize> = (0..plan.fields().len()).collect();
    narrow(plan, &all);
}

/// Keeps `needed` of the plan's columns (and what cannot be dropped); gives the new place of every old one.
fn narrow(plan: &mut Plan, needed: &BTreeSet<usize>) -> Vec<Option<usize>> {
    match plan {
        Plan::Scan { columns, fields, .. } => {
            let places = keep(columns.len(), |i| needed.contains(&i));
            retain(columns, &places);
            retain(fields, &places);
            places
        }
        Plan::Filter { input, predicate } => {
            let mut below = needed.clone();
            below.extend(predicate.columns());
            let places = narrow(input, &below);
            move_columns(predicate, &places);
            places
        }
        Plan::Project {
            input,
            exprs,
            fields,
            rowtime,
        } => {
            let places = keep(exprs.len(), |i| {
                needed.contains(&i) || exprs.get(i).is_some_and(|e| !is_plain(e))
            });
            retain(exprs, &places);
            retain(fields, &places);
            let mut read = exprs
                .iter_mut()
                .chain(rowtime.iter_mut().map(|r| &mut r.expr))
                .collect::<Vec<_>>();
            let below = read.iter().flat_map(|e| e.columns()).collect();
            let moved = narrow(input, &below);
            for e in &mut read {
                move_columns(e, &moved);
            }
            places
        }
        Plan::Tumble {
            input,
            keys,
            aggregates,
            ..
        } => {
            let places = (0..keys.len() + aggregates.len()).map(Some).collect();
            let arguments = aggregates.iter_mut().filter_map(|a| a.argument.as_mut());
            let mut read = keys.iter_mut().chain(arguments).collect::<Vec<_>>();
            let below = read.iter().flat_map(|e| e.columns()).collect();
            let moved = narrow(input, &below);
            for e in &mut read {
                move_columns(e, &moved);
            }
            places
        }
    }
}

fn is_plain(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Column(_) | ExprKind::Rowtime | ExprKind::Literal(_) | ExprKind::Clock(_)
    )
}

fn keep(count: usize, wanted: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
    let mut next = 0;
    (0..count)
        .map(|i| {
            wanted(i).then(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

fn retain<T>(items: &mut Vec<T>, places: &[Option<usize>]) {
    let mut kept = places.iter().map(Option::is_some);
    items.retain(|_| kept.next().unwrap_or(false));
}

fn move_columns(e: &mut Expr, places: &[Option<usize>]) {
    e.rewrite(&mut |e| {
        if let ExprKind::Column(i) = &mut e.kind
            && let Some(Some(place)) = places.get(*i)
        {
            *i = *place;
        }
    });
}
