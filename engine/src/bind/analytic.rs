//! Functions that work over a window only (`functions.md` §3): their arguments and the type of their result.

use super::conversion::common_type;
use super::expression::{Clause, Expressions};
use super::faults::Bound;
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, ExprKind, Value};
use crate::sql::ast::{FunctionCall, WindowRef};
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

/// The type of `f(…)`, once its arguments fit.
pub(super) fn result_of(
    x: &Expressions,
    call: &FunctionCall,
    name: &str,
    window: &WindowRef,
) -> Bound<SqlType> {
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
    let (Some(first), second, third) = (rest.next(), rest.next(), rest.next()) else {
        return x.invalid(
            call.span,
            format!("Invalid number of arguments to function '{name}'"),
        );
    };
    if name == "EXP_AVG" {
        return exp_avg(x, call, &first, second.as_ref(), window);
    }
    if let Some(n) = second {
        let counts = matches!(n.kind, ExprKind::Literal(Value::Int(n)) if n >= 0) && n.ty.is_integer();
        if !counts {
            return x.invalid(
                n.span,
                format!("Argument to function '{name}' must be a literal: a number of rows"),
            );
        }
    }
    if let Some(default) = third
        && common_type(&[first.ty, default.ty]).is_none()
    {
        return x.refuse(
            default.span,
            format!(
                "The default of LAG must be of the type of its value, {}, but is {}",
                first.ty, default.ty
            ),
            Some(format!("write CAST(… AS {})", first.ty)),
        );
    }
    Ok(first.ty)
}

fn exp_avg(
    x: &Expressions,
    call: &FunctionCall,
    value: &Expr,
    half_life: Option<&Expr>,
    window: &WindowRef,
) -> Bound<SqlType> {
    let half_life = half_life.map_or(SqlType::Null, |h| h.ty);
    let time = matches!(half_life, SqlType::Interval(q) if !q.is_year_month());
    if !value.ty.is_numeric() || !time {
        let message = format!(
            "Cannot apply 'EXP_AVG' to arguments of type 'EXP_AVG(<{}>, <{half_life}>)'. Supported form(s): \
             'EXP_AVG(<NUMERIC>, <DATETIME_INTERVAL>)'",
            value.ty
        );
        return x.invalid(call.span, message);
    }
    if let WindowRef::Inline(spec) = window
        && let Some(frame) = spec.frame.as_ref().filter(|frame| frame.rows)
    {
        return x.refuse(
            frame.span,
            "EXP_AVG works over a RANGE window only".to_owned(),
            Some("write RANGE INTERVAL '30' SECOND PRECEDING".to_owned()),
        );
    }
    Ok(SqlType::Double)
}
