//! Period predicates, written out as the comparisons that define them (`sql.md` §10).
//!
//! Bounds are values without effects, so they are repeated where a definition names them twice.

use super::comparison::compare;
use super::expression::Expressions;
use super::extent;
use super::faults::Bound;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Comparison, Expr, ExprKind};
use crate::sql::ast::{self, PeriodModifier, PeriodOp};
use crate::types::SqlType;

/// Bounds of more nodes are refused, since they are written more than once.
const NODES_MAX: usize = 200;

/// `(s1, e1) op (s2, e2)`, or `(s1, e1) CONTAINS t`.
pub(super) fn bind(
    x: &Expressions,
    op: PeriodOp,
    modifier: PeriodModifier,
    left: &(Box<ast::Expr>, Box<ast::Expr>),
    right: &(Box<ast::Expr>, Option<Box<ast::Expr>>),
    span: Span,
) -> Bound<Expr> {
    let a = x.bind_two(&left.0, &left.1);
    let b = x.bind(&right.0);
    let end = right.1.as_ref().map(|e| x.bind(e)).transpose();
    let ((s1, e1), s2, end) = (a?, b?, end?);
    let mut refused = Ok(());
    for bound in [&s1, &e1, &s2].into_iter().chain(&end) {
        if extent::nodes(bound) > NODES_MAX {
            return x.invalid(
                bound.span,
                "The bound of a period is too large: compute it in a sub-select",
            );
        }
        if !bound.ty.is_datetime() && bound.ty != SqlType::Null {
            let message = format!(
                "A period is bounded by TIMESTAMPs, but this is of type {}",
                bound.ty
            );
            refused = Err(x.fault(Diagnostic::invalid(bound.span, message)));
        }
    }
    refused?;
    let Some(e2) = end else {
        if op != PeriodOp::Contains {
            return x.invalid(span, "A single time may stand only after CONTAINS");
        }
        // A strict start leaves the first instant of the period out.
        let from = if modifier == PeriodModifier::Strictly {
            Comparison::Lt
        } else {
            Comparison::LtEq
        };
        return all(x, vec![(&s1, from, &s2), (&s2, Comparison::Lt, &e1)], span);
    };
    let tests = definition(op, modifier, [&s1, &e1, &s2, &e2]);
    let alternatives: Vec<Bound<Expr>> = tests.into_iter().map(|t| all(x, t, span)).collect();
    let mut alternatives = alternatives.into_iter().collect::<Bound<Vec<Expr>>>()?;
    match (alternatives.pop(), alternatives.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            alternatives.push(last);
            Ok(Expr::new(ExprKind::Or(alternatives), SqlType::Boolean, span))
        }
        (None, _) => x.invalid(span, "This predicate does not take IMMEDIATELY"),
    }
}

type Test<'e> = (&'e Expr, Comparison, &'e Expr);

/// Alternatives of conjunctions; empty where the modifier does not belong to the predicate.
fn definition<'e>(
    op: PeriodOp,
    modifier: PeriodModifier,
    [s1, e1, s2, e2]: [&'e Expr; 4],
) -> Vec<Vec<Test<'e>>> {
    use Comparison::{Eq, Gt, GtEq, Lt, LtEq};
    use PeriodModifier::{Immediately, None, Strictly};
    let leads = vec![(s1, Lt, s2), (s2, Lt, e1), (e1, Lt, e2)];
    let leads_at_once = vec![(s1, Lt, s2), (e1, Eq, e2)];
    let lags = vec![(s2, Lt, s1), (s1, Lt, e2), (e2, Lt, e1)];
    let lags_at_once = vec![(s1, Eq, s2), (e1, Gt, e2)];
    match (op, modifier) {
        (PeriodOp::Equals, None) => vec![vec![(s1, Eq, s2), (e1, Eq, e2)]],
        (PeriodOp::Contains, None) => vec![vec![(s1, LtEq, s2), (e1, GtEq, e2)]],
        (PeriodOp::Contains, Strictly) => vec![vec![(s1, Lt, s2), (e1, Gt, e2)]],
        (PeriodOp::Overlaps, None) => vec![vec![(s1, Lt, e2), (s2, Lt, e1)]],
        (PeriodOp::Overlaps, Strictly) => vec![leads, lags],
        (PeriodOp::Precedes, None) => vec![vec![(e1, LtEq, s2)]],
        (PeriodOp::Precedes, Strictly) => vec![vec![(e1, Lt, s2)]],
        (PeriodOp::Precedes, Immediately) => vec![vec![(e1, Eq, s2)]],
        (PeriodOp::Succeeds, None) => vec![vec![(s1, GtEq, e2)]],
        (PeriodOp::Succeeds, Strictly) => vec![vec![(s1, Gt, e2)]],
        (PeriodOp::Succeeds, Immediately) => vec![vec![(s1, Eq, e2)]],
        (PeriodOp::Leads, None) => vec![leads, leads_at_once],
        (PeriodOp::Leads, Strictly) => vec![leads],
        (PeriodOp::Leads, Immediately) => vec![leads_at_once],
        (PeriodOp::Lags, None) => vec![lags, lags_at_once],
        (PeriodOp::Lags, Strictly) => vec![lags],
        (PeriodOp::Lags, Immediately) => vec![lags_at_once],
        (PeriodOp::Equals, _) | (PeriodOp::Contains | PeriodOp::Overlaps, Immediately) => Vec::new(),
    }
}

fn all(x: &Expressions, tests: Vec<Test>, span: Span) -> Bound<Expr> {
    let mut bound = Vec::new();
    for (a, op, b) in tests {
        bound.push(compare(x, op, text(op), a.clone(), b.clone(), span)?);
    }
    Ok(Expr::new(ExprKind::And(bound), SqlType::Boolean, span))
}

fn text(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "=",
        Comparison::NotEq => "<>",
        Comparison::Lt => "<",
        Comparison::LtEq => "<=",
        Comparison::Gt => ">",
        Comparison::GtEq => ">=",
    }
}
