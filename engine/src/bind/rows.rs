//! Row values in comparisons, written out value by value (`sql.md` §5.2).
//!
//! `(a, b) = (c, d)` is `a = c AND b = d`, and IN is `=` joined by OR. Values have no effects, so the tested row
//! is repeated for every row of the list; its nodes are therefore limited.

use super::comparison::compare;
use super::expression::Expressions;
use super::faults::Bound;
use crate::diagnostic::Span;
use crate::expr::{Comparison, Expr, ExprKind, Function};
use crate::sql::ast;
use crate::types::SqlType;

/// A longer list of rows is refused, since the tested row is written for each of them.
const COMPARISONS_MAX: usize = 1_000;

/// `(a, b) = (c, d)` or `<>`.
pub(super) fn equal(
    x: &Expressions,
    left: &[ast::Expr],
    right: &ast::Expr,
    negated: bool,
    span: Span,
) -> Bound<Expr> {
    let left = x.bind_all(left);
    let same = same(x, &left, right)?;
    Ok(perhaps_not(same, negated, span))
}

/// `(a, b) [NOT] IN ((c, d), …)`.
pub(super) fn in_list(
    x: &Expressions,
    tested: &[ast::Expr],
    list: &[ast::Expr],
    negated: bool,
    span: Span,
) -> Bound<Expr> {
    if tested.len().saturating_mul(list.len()) > COMPARISONS_MAX {
        return x.invalid(span, "The list of rows is too long: use a reference table");
    }
    let tested = x.bind_all(tested);
    let tests: Vec<Bound<Expr>> = list.iter().map(|item| same(x, &tested, item)).collect();
    let tests = tests.into_iter().collect::<Bound<Vec<Expr>>>()?;
    let any = Expr::new(ExprKind::Or(tests), SqlType::Boolean, span);
    Ok(perhaps_not(any, negated, span))
}

/// Whether the row `item` equals the tested one.
fn same(x: &Expressions, tested: &Bound<Vec<Expr>>, item: &ast::Expr) -> Bound<Expr> {
    let ast::ExprKind::Row(values) = &item.kind else {
        x.bind(item)?;
        return x.invalid(item.span, "A row of values is expected here: (value, value)");
    };
    let values = x.bind_all(values);
    let tested = tested.as_ref().map_err(|reported| *reported)?;
    let values = values?;
    if values.len() != tested.len() {
        let (n, m) = (tested.len(), values.len());
        return x.invalid(
            item.span,
            format!("Unequal number of values in rows: {n} and {m}"),
        );
    }
    let pairs = tested.iter().cloned().zip(values);
    let tests = pairs
        .map(|(a, b)| compare(x, Comparison::Eq, "=", a, b, item.span))
        .collect::<Bound<Vec<Expr>>>()?;
    Ok(Expr::new(ExprKind::And(tests), SqlType::Boolean, item.span))
}

fn perhaps_not(test: Expr, negated: bool, span: Span) -> Expr {
    if negated {
        Expr::call(Function::Not, vec![test], SqlType::Boolean, span)
    } else {
        test
    }
}
