//! FLOOR, CEIL, STEP, EXTRACT, datetime differences and WINDOW_TUMBLING: forms over times, and over numbers
//! where they share the word.

use super::expression::Expressions;
use super::faults::Bound;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind, Function, Value};
use crate::sql::ast;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

/// FLOOR and CEIL, with or without a unit.
pub(super) fn floor(
    x: &Expressions,
    expr: &ast::Expr,
    unit: Option<TimeUnit>,
    ceil: bool,
    span: Span,
) -> Bound<Expr> {
    let operand = x.bind(expr)?;
    let name = if ceil { "CEIL" } else { "FLOOR" };
    let ty = operand.ty;
    let Some(unit) = unit else {
        let result = match ty {
            SqlType::Decimal { precision, .. } => SqlType::Decimal { precision, scale: 0 },
            _ if ty.is_numeric() || ty.is_interval() || ty == SqlType::Null => ty,
            _ => {
                let hint = ty
                    .is_datetime()
                    .then(|| format!("name the unit: {name}(… TO MINUTE)"));
                let message = format!(
                    "Cannot apply '{name}' to arguments of type '{name}(<{ty}>)'. Supported form(s): \
                     '{name}(<NUMERIC>)' '{name}(<DATETIME_INTERVAL>)'"
                );
                return x.refuse(span, message, hint);
            }
        };
        let function = if ceil { Function::Ceil } else { Function::Floor };
        return Ok(Expr::call(function, vec![operand], result, span));
    };
    let fits = match ty {
        SqlType::Interval(q) => q.is_year_month() == (unit <= TimeUnit::Month),
        SqlType::Time => unit >= TimeUnit::Hour,
        _ => ty.is_datetime(),
    };
    if !fits {
        let message = format!(
            "Cannot apply '{name}' to arguments of type '{name}(<{ty}> TO {unit})'. Supported form(s): \
             '{name}(<DATETIME> TO <TIME_UNIT>)' '{name}(<DATETIME_INTERVAL> TO <TIME_UNIT>)'"
        );
        return x.refuse(span, message, text_is_no_time(ty));
    }
    let function = if ceil {
        Function::CeilTo(unit)
    } else {
        Function::FloorTo(unit)
    };
    Ok(Expr::call(function, vec![operand], ty, span))
}

fn text_is_no_time(ty: SqlType) -> Option<String> {
    ty.is_character()
        .then(|| "convert the text first: CAST(… AS TIMESTAMP)".to_owned())
}

/// `STEP(x BY n)` and `STEP(d BY INTERVAL …)`.
pub(super) fn step(x: &Expressions, expr: &ast::Expr, by: &ast::Expr, span: Span) -> Bound<Expr> {
    let (operand, by) = x.bind_two(expr, by)?;
    let (ty, width) = (operand.ty, by.ty);
    let n = match by.kind {
        ExprKind::Literal(Value::Int(n)) => n,
        _ => {
            return x.refuse(
                by.span,
                "Argument to function 'STEP' must be a literal".to_owned(),
                Some("write STEP(… BY INTERVAL '1' MINUTE)".to_owned()),
            );
        }
    };
    let function = match width {
        SqlType::Interval(q) if ty.is_datetime() && q.is_year_month() && ty != SqlType::Time => {
            Function::StepMonths(n)
        }
        SqlType::Interval(q) if ty.is_datetime() && !q.is_year_month() => Function::StepMillis(n),
        _ if width.is_integer() && ty.is_integer() => Function::StepInteger(n),
        _ => {
            let hint = if ty.is_datetime() && width.is_integer() {
                Some(format!("name the unit: STEP(… BY INTERVAL '{n}' SECOND)"))
            } else {
                text_is_no_time(ty)
            };
            let message = format!(
                "Cannot apply 'STEP' to arguments of type 'STEP(<{ty}> BY <{width}>)'. Supported form(s): \
                 'STEP(<DATETIME> BY <DATETIME_INTERVAL>)' 'STEP(<INTEGER> BY <INTEGER>)'"
            );
            return x.refuse(span, message, hint);
        }
    };
    if n <= 0 {
        return x.invalid(by.span, "The step of STEP must be positive");
    }
    Ok(Expr::call(function, vec![operand], ty, span))
}

/// `WINDOW_TUMBLING(n unit)`: STEP of the input's ROWTIME (`decisions.md` 3).
pub(super) fn window_tumbling(x: &Expressions, size: u64, unit: TimeUnit, span: Span) -> Bound<Expr> {
    if x.scope.relations.is_empty() {
        return x.invalid(span, "WINDOW_TUMBLING needs a stream in FROM");
    }
    let n = i64::try_from(size).ok().filter(|n| *n > 0);
    let width = n.and_then(|n| match unit {
        TimeUnit::Year => n.checked_mul(12).map(Function::StepMonths),
        TimeUnit::Month => Some(Function::StepMonths(n)),
        _ => n.checked_mul(unit.millis()?).map(Function::StepMillis),
    });
    let Some(function) = width else {
        return x.invalid(span, "The width of WINDOW_TUMBLING is out of range");
    };
    x.fault(
        Diagnostic::lenient(span, "WINDOW_TUMBLING is not in the dialect; it is taken as STEP").with_hint(
            format!("the old service needs STEP(ROWTIME BY INTERVAL '{size}' {unit})"),
        ),
    );
    let step = vec![Expr::rowtime(span)];
    Ok(Expr::call(function, step, SqlType::Timestamp, span))
}

/// `EXTRACT(unit FROM x)`.
pub(super) fn extract(x: &Expressions, unit: TimeUnit, expr: &ast::Expr, span: Span) -> Bound<Expr> {
    let operand = x.bind(expr)?;
    let ty = operand.ty;
    let has_field = match ty {
        SqlType::Timestamp => true,
        SqlType::Date => unit <= TimeUnit::Day,
        SqlType::Time => unit >= TimeUnit::Hour,
        SqlType::Interval(q) => q.from <= unit && unit <= q.to,
        _ => false,
    };
    if !has_field {
        let message = format!(
            "Cannot apply 'EXTRACT' to arguments of type 'EXTRACT({unit} FROM <{ty}>)'. Supported form(s): \
             'EXTRACT(<TIME_UNIT> FROM <DATETIME>)' 'EXTRACT(<TIME_UNIT> FROM <DATETIME_INTERVAL>)'"
        );
        return x.refuse(span, message, text_is_no_time(ty));
    }
    let result = if unit == TimeUnit::Second {
        SqlType::Decimal {
            precision: 5,
            scale: 3,
        }
    } else {
        SqlType::BigInt
    };
    Ok(Expr::call(Function::Extract(unit), vec![operand], result, span))
}

/// `(a - b) qualifier`.
pub(super) fn difference(
    x: &Expressions,
    left: &ast::Expr,
    right: &ast::Expr,
    qualifier: IntervalQualifier,
    span: Span,
) -> Bound<Expr> {
    let (a, b) = x.bind_two(left, right)?;
    let (p, q) = (a.ty, b.ty);
    let (a, b) = match (p, q) {
        (SqlType::Null, q) if q.is_datetime() => (super::conversion::convert(a, q), b),
        (p, SqlType::Null) if p.is_datetime() => (a, super::conversion::convert(b, p)),
        _ => (a, b),
    };
    if !a.ty.is_datetime() || !b.ty.is_datetime() {
        let message = format!(
            "Cannot apply '-' to arguments of type '<{p}> - <{q}>'. Supported form(s): '(<DATETIME> - <DATETIME>) \
             {qualifier}'"
        );
        return x.invalid(span, message);
    }
    if a.ty != b.ty {
        return x.refuse(
            span,
            "Parameters must be of the same type".to_owned(),
            Some(format!("they are {p} and {q}: CAST one of them")),
        );
    }
    let function = Function::DatetimeDifference(qualifier);
    Ok(Expr::call(
        function,
        vec![a, b],
        SqlType::Interval(qualifier),
        span,
    ))
}
