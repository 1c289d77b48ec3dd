//! Functions that work over a window only (`functions.md` §3).

use super::conversion::{common_type, convert};
use super::expression::{Clause, Expressions};
use super::faults::Bound;
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, ExprKind, Value};
use crate::plan::sliding::SlidingFunction;
use crate::sql::ast::{FunctionCall, NullTreatment};
use crate::types::SqlType;

/// Names that work over a window only.
pub(super) const NAMES: [&str; 8] = [
    "LAG",
    "NTH_VALUE",
    "EXP_AVG",
    "RANK",
    "DENSE_RANK",
    "ROW_NUMBER",
    "PERCENT_RANK",
    "CUME_DIST",
];

/// The function and the type of its result.
pub(super) fn bind(x: &Expressions, call: &FunctionCall, name: &str) -> Bound<(SlidingFunction, SqlType)> {
    let args = x.within(Clause::Aggregate).bind_all(&call.args)?;
    let (least, most) = match name {
        "LAG" => (1, 3),
        "NTH_VALUE" | "EXP_AVG" => (2, 2),
        _ => {
            let message = format!("{name} is not supported: a window over a stream has no order but ROWTIME");
            let hint = "see LAG, NTH_VALUE, or the table function GROUP_RANK";
            return Err(x.fault(Diagnostic::not_supported(call.span, message).with_hint(hint)));
        }
    };
    if call.distinct {
        return x.invalid(call.span, format!("{name} does not take DISTINCT"));
    }
    if args.len() < least || args.len() > most {
        let wanted = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}")
        };
        return x.invalid(
            call.span,
            format!("Invalid number of arguments to function '{name}'. Was expecting {wanted} arguments"),
        );
    }
    let mut rest = args.into_iter();
    let Some(value) = rest.next() else {
        return x.invalid(
            call.span,
            format!("Invalid number of arguments to function '{name}'"),
        );
    };
    let ignore_nulls = call.nulls == Some(NullTreatment::Ignore);
    match (name, rest.next()) {
        ("EXP_AVG", half_life) => exp_avg(x, call, value, half_life),
        ("NTH_VALUE", n) => {
            let ty = value.ty;
            let n = n.map_or(Ok(1), |n| number_of_rows(x, name, &n, 1))?;
            let function = SlidingFunction::NthValue {
                value,
                n,
                from_last: call.from_last,
                ignore_nulls,
            };
            Ok((function, ty))
        }
        (_, rows) => {
            let rows = rows.map_or(Ok(1), |n| number_of_rows(x, name, &n, 0))?;
            let (value, default) = with_default(x, value, rest.next())?;
            let ty = value.ty;
            let function = SlidingFunction::Lag {
                value,
                rows,
                default,
                ignore_nulls,
            };
            Ok((function, ty))
        }
    }
}

fn number_of_rows(x: &Expressions, name: &str, n: &Expr, least: u64) -> Bound<u64> {
    if let ExprKind::Literal(Value::Int(rows)) = n.kind
        && let Ok(rows) = u64::try_from(rows)
        && rows >= least
        && n.ty.is_integer()
    {
        return Ok(rows);
    }
    x.invalid(
        n.span,
        format!("Argument to function '{name}' must be a literal: a number of rows, {least} or more"),
    )
}

/// The value and the default of LAG, of one type: that of the value.
fn with_default(x: &Expressions, value: Expr, default: Option<Expr>) -> Bound<(Expr, Option<Expr>)> {
    let Some(default) = default else {
        return Ok((value, None));
    };
    if common_type(&[value.ty, default.ty]).is_none() {
        return x.refuse(
            default.span,
            format!(
                "The default of LAG must be of the type of its value, {}, but is {}",
                value.ty, default.ty
            ),
            Some(format!("write CAST(… AS {})", value.ty)),
        );
    }
    if value.ty == SqlType::Null {
        let ty = default.ty;
        return Ok((convert(value, ty), Some(default)));
    }
    let ty = value.ty;
    Ok((value, Some(convert(default, ty))))
}

fn exp_avg(
    x: &Expressions,
    call: &FunctionCall,
    value: Expr,
    half_life: Option<Expr>,
) -> Bound<(SlidingFunction, SqlType)> {
    let given = half_life.as_ref().map_or(SqlType::Null, |h| h.ty);
    let time = matches!(given, SqlType::Interval(q) if !q.is_year_month());
    if !value.ty.is_numeric() || !time {
        let message = format!(
            "Cannot apply 'EXP_AVG' to arguments of type 'EXP_AVG(<{}>, <{given}>)'. Supported form(s): \
             'EXP_AVG(<NUMERIC>, <DATETIME_INTERVAL>)'",
            value.ty
        );
        return x.invalid(call.span, message);
    }
    let constant = half_life.as_ref().and_then(|h| match h.kind {
        ExprKind::Literal(Value::Int(ms)) if ms > 0 => Some(ms),
        _ => None,
    });
    let Some(half_life_ms) = constant else {
        let span = half_life.map_or(call.span, |h| h.span);
        return x.invalid(
            span,
            "The half-life of EXP_AVG must be a constant longer than nothing",
        );
    };
    let value = convert(value, SqlType::Double);
    Ok((SlidingFunction::ExpAvg { value, half_life_ms }, SqlType::Double))
}
