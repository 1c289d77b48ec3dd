//! CASE, COALESCE, NULLIF and IN: branches of one type, operands evaluated once and left to right (R6).
//!
//! A tested value is bound once; what it is compared with refers to it as the case operand.

use super::comparison;
use super::conversion::{common_type, convert};
use super::expression::Expressions;
use super::faults::Bound;
use crate::diagnostic::Span;
use crate::expr::{Comparison, Expr, ExprKind};
use crate::sql::ast;
use crate::types::SqlType;

const MIXED: &str = "Illegal mixing of types in CASE or COALESCE statement";

/// Searched CASE, or simple CASE with its operand.
pub(super) fn case(
    x: &Expressions,
    operand: Option<&ast::Expr>,
    whens: &[(ast::Expr, ast::Expr)],
    otherwise: Option<&ast::Expr>,
    span: Span,
) -> Bound<Expr> {
    let operand = operand.map(|e| x.bind(e)).transpose();
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (when, then) in whens {
        conditions.push(match &operand {
            Ok(Some(operand)) => x
                .bind(when)
                .and_then(|item| equals_operand(x, operand, item, "=")),
            Ok(None) => x.bind_condition(when, "WHEN"),
            Err(reported) => x.bind(when).and(Err(*reported)),
        });
        values.push(x.bind(then));
    }
    values.extend(otherwise.map(|e| x.bind(e)));
    let conditions = conditions.into_iter().collect::<Bound<Vec<Expr>>>();
    let (values, ty) = common(x, values.into_iter().collect::<Bound<Vec<Expr>>>()?)?;
    let mut values = values.into_iter();
    let whens: Vec<(Expr, Expr)> = conditions?.into_iter().zip(values.by_ref()).collect();
    let kind = ExprKind::Case {
        operand: operand?.map(Box::new),
        whens,
        otherwise: values.next().map(Box::new),
    };
    Ok(Expr::new(kind, ty, span))
}

/// The values converted to the type they share.
fn common(x: &Expressions, values: Vec<Expr>) -> Bound<(Vec<Expr>, SqlType)> {
    let types: Vec<SqlType> = values.iter().map(|v| v.ty).collect();
    let Some(ty) = common_type(&types) else {
        let first = types.iter().find(|t| **t != SqlType::Null);
        let odd = values
            .iter()
            .find(|v| common_type(&[v.ty, *first.unwrap_or(&v.ty)]).is_none());
        let span = odd.map_or_else(Span::default, |v| v.span);
        let hint = odd.zip(first).map(|(v, first)| {
            format!(
                "the first value is {first}, this one is {}: CAST one of them",
                v.ty
            )
        });
        return x.refuse(span, MIXED.to_owned(), hint);
    };
    Ok((values.into_iter().map(|v| convert(v, ty)).collect(), ty))
}

/// `CaseOperand = item`.
fn equals_operand(x: &Expressions, operand: &Expr, item: Expr, op: &str) -> Bound<Expr> {
    let span = item.span;
    let tested = Expr::new(ExprKind::CaseOperand, operand.ty, operand.span);
    comparison::compare(x, Comparison::Eq, op, tested, item, span)
}

/// `x [NOT] IN (…)`.
pub(super) fn in_list(
    x: &Expressions,
    tested: &ast::Expr,
    list: &[ast::Expr],
    negated: bool,
    span: Span,
) -> Bound<Expr> {
    let operand = x.bind(tested);
    let tests: Vec<Bound<Expr>> = list
        .iter()
        .map(|e| {
            let item = x.bind(e)?;
            equals_operand(x, operand.as_ref().map_err(|r| *r)?, item, "=")
        })
        .collect();
    let kind = ExprKind::In {
        operand: Box::new(operand?),
        tests: tests.into_iter().collect::<Bound<Vec<Expr>>>()?,
        negated,
    };
    Ok(Expr::new(kind, SqlType::Boolean, span))
}

/// COALESCE.
pub(super) fn coalesce(x: &Expressions, args: Vec<Expr>, span: Span) -> Bound<Expr> {
    let (values, ty) = common(x, args)?;
    Ok(Expr::new(ExprKind::Coalesce(values), ty, span))
}

/// NULLIF.
pub(super) fn nullif(x: &Expressions, operand: Expr, other: Expr, span: Span) -> Bound<Expr> {
    let ty = operand.ty;
    let test = equals_operand(x, &operand, other, "=")?;
    let kind = ExprKind::NullIf {
        operand: Box::new(operand),
        test: Box::new(test),
    };
    Ok(Expr::new(kind, ty, span))
}
