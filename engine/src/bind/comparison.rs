//! Comparisons: both sides brought to one type inside their family, or refused (`sql.md` §2.1, §5.2).
//!
//! Numbers meet as the wider integer, as decimals of one scale, or as DOUBLE. Text keeps its own types, so
//! that evaluation sees a CHAR and ignores trailing blanks.

use super::conversion::convert;
use super::expression::Expressions;
use super::extent;
use super::faults::Bound;
use super::operators::to_scale;
use crate::diagnostic::Span;
use crate::expr::{Comparison, Expr, ExprKind, Function, Value};
use crate::sql::ast;
use crate::types::{Family, SqlType};

/// Both sides with types that compare; `None` when their families differ.
pub(super) fn align(a: Expr, b: Expr) -> Option<(Expr, Expr)> {
    match (a.ty, b.ty) {
        (SqlType::Null, SqlType::Null) => Some((convert(a, SqlType::Boolean), convert(b, SqlType::Boolean))),
        (p, q) if p == q => Some((a, b)),
        (SqlType::Null, q) => Some((convert(a, q), b)),
        (p, SqlType::Null) => Some((a, convert(b, p))),
        (p, q) if p.family() != q.family() => None,
        (p, q) if p.family() == Family::Numeric => {
            if p.is_approximate() || q.is_approximate() {
                return Some((convert(a, SqlType::Double), convert(b, SqlType::Double)));
            }
            if p.is_integer() && q.is_integer() {
                return Some((convert(a, p.max(q)), convert(b, p.max(q))));
            }
            let (_, s) = p.as_decimal()?;
            let (_, t) = q.as_decimal()?;
            Some((to_scale(a, s.max(t)), to_scale(b, s.max(t))))
        }
        _ => Some((a, b)),
    }
}

/// `a op b` over trees.
pub(super) fn compare_trees(
    x: &Expressions,
    op: Comparison,
    text: &str,
    left: &ast::Expr,
    right: &ast::Expr,
    span: Span,
) -> Bound<Expr> {
    let (a, b) = x.bind_two(left, right)?;
    compare(x, op, text, a, b, span)
}

/// `a op b` over bound operands.
pub(super) fn compare(
    x: &Expressions,
    op: Comparison,
    text: &str,
    a: Expr,
    b: Expr,
    span: Span,
) -> Bound<Expr> {
    let (p, q) = (a.ty, b.ty);
    let hint = hint(&a, &b);
    match align(a, b) {
        Some((a, b)) => Ok(node(op, a, b, span)),
        None => x.refuse(span, not_comparable(text, p, q), hint),
    }
}

/// The words of the old service for unlike sides.
pub(super) fn not_comparable(op: &str, a: SqlType, b: SqlType) -> String {
    format!(
        "Cannot apply '{op}' to arguments of type '<{a}> {op} <{b}>'. Supported form(s): \
         '<COMPARABLE_TYPE> {op} <COMPARABLE_TYPE>'"
    )
}

/// What to try when these sides do not compare.
fn hint(a: &Expr, b: &Expr) -> Option<String> {
    if a.ty.family() == b.ty.family() {
        return None;
    }
    let (text, other) = match (a.ty.is_character(), b.ty.is_character()) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return times_and_numbers(a.ty, b.ty),
    };
    Some(match (&text.kind, &other.kind, other.ty) {
        (ExprKind::Literal(Value::Text(digits)), _, ty) if ty.is_numeric() && is_number(digits) => {
            format!("write the number without quotes: {digits}")
        }
        (_, ExprKind::Literal(Value::Int(n)), ty) if ty.is_integer() => {
            format!("write the text in single quotes: '{n}'")
        }
        (_, _, SqlType::Timestamp) => {
            "write a TIMESTAMP 'yyyy-MM-dd HH:mm:ss' literal, or CAST(… AS TIMESTAMP)".to_owned()
        }
        (_, _, SqlType::Date) => "write a DATE 'yyyy-MM-dd' literal, or CAST(… AS DATE)".to_owned(),
        (_, _, SqlType::Boolean) => "write TRUE or FALSE without quotes".to_owned(),
        (_, _, ty) => format!("convert one side: CAST(… AS {ty})"),
    })
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn times_and_numbers(a: SqlType, b: SqlType) -> Option<String> {
    let timestamp = a == SqlType::Timestamp || b == SqlType::Timestamp;
    let number = a.is_numeric() || b.is_numeric();
    (timestamp && number).then(|| "UNIX_TIMESTAMP(t) gives milliseconds since 1970".to_owned())
}

/// A comparison of aligned sides.
fn node(op: Comparison, a: Expr, b: Expr, span: Span) -> Expr {
    Expr::call(Function::Compare(op), vec![a, b], SqlType::Boolean, span)
}

/// `a IS [NOT] DISTINCT FROM b`.
pub(super) fn is_distinct(
    x: &Expressions,
    left: &ast::Expr,
    right: &ast::Expr,
    negated: bool,
    span: Span,
) -> Bound<Expr> {
    let (a, b) = x.bind_two(left, right)?;
    let (p, q) = (a.ty, b.ty);
    let hint = hint(&a, &b);
    match align(a, b) {
        Some((a, b)) => {
            let function = Function::IsNotDistinct(negated);
            Ok(Expr::call(function, vec![a, b], SqlType::Boolean, span))
        }
        None => x.refuse(span, not_comparable("IS DISTINCT FROM", p, q), hint),
    }
}

/// A tested value of at most this many nodes is written twice; a larger one is evaluated once through IN.
const DUPLICATED_MAX: usize = 32;

/// Bounds of more nodes are not written twice.
const SYMMETRIC_MAX: usize = 500;

/// `x [NOT] BETWEEN [SYMMETRIC] low AND high`.
pub(super) fn between(
    x: &Expressions,
    trees: [&ast::Expr; 3],
    negated: bool,
    symmetric: bool,
    span: Span,
) -> Bound<Expr> {
    let bound = x.bind_all(trees)?;
    let Ok([value, low, high]) = <[Expr; 3]>::try_from(bound) else {
        return x.invalid(span, "BETWEEN takes three operands");
    };
    let types = (value.ty, low.ty, high.ty);
    let nodes = extent::nodes(&value);
    if symmetric && extent::nodes(&low) + extent::nodes(&high) > SYMMETRIC_MAX {
        return x.invalid(
            span,
            "The bounds of BETWEEN SYMMETRIC are too large: compute them in a sub-select",
        );
    }
    let tested = if nodes <= DUPLICATED_MAX {
        value.clone()
    } else {
        Expr::new(ExprKind::CaseOperand, value.ty, value.span)
    };
    let inside = |low: &Expr, high: &Expr| -> Option<Expr> {
        let (a, b) = align(tested.clone(), low.clone())?;
        let (c, d) = align(tested.clone(), high.clone())?;
        let both = vec![
            node(Comparison::GtEq, a, b, span),
            node(Comparison::LtEq, c, d, span),
        ];
        Some(Expr::new(ExprKind::And(both), SqlType::Boolean, span))
    };
    let test = if symmetric {
        inside(&low, &high).zip(inside(&high, &low)).map(|(a, b)| {
            let either = ExprKind::Or(vec![a, b]);
            Expr::new(either, SqlType::Boolean, span)
        })
    } else {
        inside(&low, &high)
    };
    let Some(test) = test else {
        let (a, b, c) = types;
        let message = format!(
            "Cannot apply 'BETWEEN' to arguments of type '<{a}> BETWEEN <{b}> AND <{c}>'. Supported form(s): \
             '<COMPARABLE_TYPE> BETWEEN <COMPARABLE_TYPE> AND <COMPARABLE_TYPE>'"
        );
        return x.refuse(span, message, hint(&value, &low).or_else(|| hint(&value, &high)));
    };
    if nodes > DUPLICATED_MAX {
        let kind = ExprKind::In {
            operand: Box::new(value),
            tests: vec![test],
            negated,
        };
        return Ok(Expr::new(kind, SqlType::Boolean, span));
    }
    Ok(if negated {
        Expr::call(Function::Not, vec![test], SqlType::Boolean, span)
    } else {
        test
    })
}
