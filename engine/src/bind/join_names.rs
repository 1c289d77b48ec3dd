//! The names behind a join: those of the left part, those of the right one, and what USING and NATURAL make of two.

use super::comparison;
use super::conversion::{common_type, convert};
use super::faults::{Bound, Reported};
use super::from::Clause;
use super::joins::Joint;
use super::names::{Match, find};
use super::scope::{Merged, Scope, shift};
use super::suggestion::did_you_mean;
use crate::diagnostic::Diagnostic;
use crate::expr::{Comparison, Expr, ExprKind};
use crate::plan::join::JoinKind;
use crate::sql::ast::{Ident, JoinCondition};
use crate::types::SqlType;

/// A column of one side under its bare name.
struct Found {
    name: String,
    expr: Bound<Expr>,
    columns: Vec<usize>,
}

/// The names of both parts, and the condition that USING or NATURAL stands for.
pub(super) fn beside(
    clause: &Clause,
    left: Scope,
    right: Scope,
    joint: &Joint,
) -> (Scope, Bound<Option<Expr>>) {
    let names: Vec<Ident> = match joint.condition {
        JoinCondition::None | JoinCondition::On(_) => return (left.beside(right), Ok(None)),
        JoinCondition::Using(names) => names.clone(),
        JoinCondition::Natural => common_names(clause, &left, &right, joint),
    };
    let known = left.complete() && right.complete();
    let width = left.width();
    let pairs: Vec<Bound<(Found, Found)>> = names
        .iter()
        .map(|name| {
            let l = column_of(clause, &left, name)?;
            let mut r = column_of(clause, &right, name)?;
            r.columns.iter_mut().for_each(|i| *i += width);
            if let Ok(expr) = &mut r.expr {
                shift(expr, width);
            }
            Ok((l, r))
        })
        .collect();
    let mut scope = left.beside(right);
    let mut tests: Vec<Bound<Expr>> = Vec::new();
    let mut merged: Vec<Merged> = Vec::new();
    for (name, pair) in names.iter().zip(pairs) {
        let Ok((l, r)) = pair else {
            tests.push(Err(Reported));
            continue;
        };
        let both = l.expr.and_then(|l| r.expr.map(|r| (l, r)));
        tests.push(both.clone().and_then(|(a, b)| {
            clause.with_expressions(&scope, |x| {
                comparison::compare(x, Comparison::Eq, "=", a, b, name.span)
            })
        }));
        merged.push(Merged {
            name: l.name,
            columns: [l.columns, r.columns].concat(),
            expr: both.and_then(|(l, r)| one_of(l, r, joint.kind())),
        });
    }
    // What was merged before and is part of a new column is no column of its own any more.
    let taken = |old: &Merged| {
        merged
            .iter()
            .any(|m| old.columns.iter().all(|i| m.columns.contains(i)))
    };
    scope.merged.retain(|old| !taken(old));
    merged.append(&mut scope.merged);
    scope.merged = merged;
    if !known && *joint.condition == JoinCondition::Natural {
        // Which columns are one is not known.
        scope.relations.iter_mut().for_each(|r| r.complete = false);
        tests.push(Err(Reported));
    }
    let tests = tests.into_iter().collect::<Bound<Vec<Expr>>>();
    let all = tests.map(|mut tests| match tests.len() {
        0 | 1 => tests.pop(),
        _ => Some(Expr::new(ExprKind::And(tests), SqlType::Boolean, joint.span)),
    });
    (scope, all)
}

/// The value of a merged column: of the side that always has a row, else of the first that has one.
fn one_of(left: Expr, right: Expr, kind: JoinKind) -> Bound<Expr> {
    match kind {
        JoinKind::Inner | JoinKind::Left => Ok(left),
        JoinKind::Right => Ok(right),
        JoinKind::Full => {
            // Types that compare have one in common; if not, comparing them has been reported.
            let ty = common_type(&[left.ty, right.ty]).ok_or(Reported)?;
            let span = left.span;
            let values = vec![convert(left, ty), convert(right, ty)];
            Ok(Expr::new(ExprKind::Coalesce(values), ty, span))
        }
    }
}

/// The names that both sides have, in the order of the left one.
fn common_names(clause: &Clause, left: &Scope, right: &Scope, joint: &Joint) -> Vec<Ident> {
    let names = |scope: &Scope| -> Vec<String> {
        let all = scope.star(joint.span);
        all.into_iter().map(|(name, _)| name.to_owned()).collect()
    };
    let rights = names(right);
    let mut common: Vec<String> = Vec::new();
    for name in names(left) {
        if rights.contains(&name) && !common.contains(&name) {
            common.push(name);
        }
    }
    if common.is_empty() && left.complete() && right.complete() {
        let message =
            "The sides of this NATURAL join have no column name in common: every row meets every row";
        clause.fault(Diagnostic::warning(joint.span, message));
    }
    let ident = |name| Ident {
        name,
        quoted: true,
        span: joint.span,
    };
    common.into_iter().map(ident).collect()
}

/// The column of one side of USING; reports it if there is none, or more than one.
fn column_of(clause: &Clause, side: &Scope, name: &Ident) -> Bound<Found> {
    let known = side.bare_columns();
    let names = || known.iter().map(|(name, _)| *name);
    let message = match (find(names(), name), side.relations.as_slice()) {
        (Match::Exact(i) | Match::OtherCase(i), _) => {
            let found = known.get(i).ok_or(Reported)?;
            return Ok(Found {
                name: found.0.to_owned(),
                expr: side.unqualified(name, "", &clause.binder.faults),
                columns: found.1.clone(),
            });
        }
        _ if !side.complete() => return Err(Reported),
        (Match::Ambiguous(_), _) => format!(
            "Column name '{}' in NATURAL join or USING clause is not unique on one side of join",
            name.name
        ),
        (Match::Nothing, [only]) => format!(
            "Column '{}' not found in table '{}'",
            name.name,
            only.name.as_deref().unwrap_or_default()
        ),
        (Match::Nothing, _) => format!("Column '{}' not found in any table", name.name),
    };
    let mut d = Diagnostic::invalid(name.span, message);
    if find(names(), name) == Match::Nothing {
        d.hint = did_you_mean(&name.name, names());
    }
    clause.fault(d);
    Err(Reported)
}
