//! Aggregates of a window (`functions.md` §2): found in expressions, kept aside, and left as a place.
//!
//! The place is a column position from [`AGGREGATES`] on; grouping turns it into a column of the window.

use super::conversion::convert;
use super::expression::{AGGREGATES, Clause, Expressions};
use super::faults::Bound;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind, Value};
use crate::plan::{Aggregate, AggregateFunction};
use crate::sql::ast::{FunctionCall, NullTreatment};
use crate::types::SqlType;

/// Names of aggregates that work grouped and windowed.
pub(super) const NAMES: [&str; 15] = [
    "ANY",
    "AVG",
    "COUNT",
    "EVERY",
    "FIRST_VALUE",
    "LAST_VALUE",
    "MAX",
    "MIN",
    "STDDEV",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "SUM",
    "VAR_POP",
    "VAR_SAMP",
    "SOME",
];

/// Binds an aggregate call without OVER.
pub(super) fn grouped(x: &Expressions, call: &FunctionCall, name: &str) -> Bound<Expr> {
    let place = match x.clause {
        Clause::Select | Clause::Having => None,
        Clause::Aggregate => Some("Aggregate expressions cannot be nested".to_owned()),
        other => Some(format!("Aggregate expression is illegal in {}", other.name())),
    };
    if let Some(message) = place {
        let hint =
            (x.clause == Clause::Where).then(|| "a condition on an aggregate stands in HAVING".to_owned());
        return x.refuse(call.span, message, hint);
    }
    let aggregate = bind_call(x, call, name)?;
    let ty = aggregate.ty;
    let mut all = x.aggregates.borrow_mut();
    let known = all.iter().position(|a| is_same(a, &aggregate));
    let index = known.unwrap_or(all.len());
    if known.is_none() {
        all.push(aggregate);
    }
    Ok(Expr::column(AGGREGATES + index, ty, call.span))
}

pub(super) fn is_same(a: &Aggregate, b: &Aggregate) -> bool {
    let arguments = match (&a.argument, &b.argument) {
        (Some(p), Some(q)) => super::grouping::is_same(p, q),
        (None, None) => true,
        _ => false,
    };
    a.function == b.function && a.distinct == b.distinct && arguments
}

/// Name, arguments and result of an aggregate, grouped or windowed.
pub(super) fn bind_call(x: &Expressions, call: &FunctionCall, name: &str) -> Bound<Aggregate> {
    let span = call.span;
    if call.star {
        if name != "COUNT" {
            return x.invalid(span, format!("'*' is an argument of COUNT only, not of {name}"));
        }
        return Ok(Aggregate {
            function: AggregateFunction::CountStar,
            argument: None,
            distinct: false,
            ty: SqlType::BigInt,
            span,
        });
    }
    let args = x.within(Clause::Aggregate).bind_all(&call.args)?;
    let [argument] = <[Expr; 1]>::try_from(args).map_err(|_| {
        x.fault(Diagnostic::invalid(
            span,
            format!("Invalid number of arguments to function '{name}'. Was expecting 1 arguments"),
        ))
    })?;
    let function = function_of(name, call.nulls);
    if call.distinct {
        check_distinct(x, name, function, span)?;
    }
    let argument = typed_argument(x, name, function, argument)?;
    let ty = match function {
        AggregateFunction::Count => SqlType::BigInt,
        _ => argument.ty,
    };
    // The least and the greatest are the same with and without repeats.
    let distinct = call.distinct && !matches!(function, AggregateFunction::Min | AggregateFunction::Max);
    Ok(Aggregate {
        function,
        argument: Some(argument),
        distinct,
        ty,
        span,
    })
}

fn function_of(name: &str, nulls: Option<NullTreatment>) -> AggregateFunction {
    let ignore_nulls = nulls == Some(NullTreatment::Ignore);
    match name {
        "COUNT" => AggregateFunction::Count,
        "SUM" => AggregateFunction::Sum,
        "AVG" => AggregateFunction::Avg,
        "MIN" => AggregateFunction::Min,
        "MAX" => AggregateFunction::Max,
        "FIRST_VALUE" => AggregateFunction::FirstValue { ignore_nulls },
        "LAST_VALUE" => AggregateFunction::LastValue { ignore_nulls },
        "VAR_POP" => AggregateFunction::VarPop,
        "VAR_SAMP" => AggregateFunction::VarSamp,
        "STDDEV_POP" => AggregateFunction::StddevPop,
        "STDDEV" | "STDDEV_SAMP" => AggregateFunction::StddevSamp,
        "ANY" | "SOME" => AggregateFunction::Any,
        _ => AggregateFunction::Every,
    }
}

fn check_distinct(x: &Expressions, name: &str, function: AggregateFunction, span: Span) -> Bound<()> {
    use AggregateFunction::{Avg, Count, Max, Min, StddevPop, StddevSamp, Sum, VarPop, VarSamp};
    match function {
        Sum | Avg | Min | Max | VarPop | VarSamp | StddevPop | StddevSamp => Ok(()),
        Count => Err(x.fault(
            Diagnostic::not_supported(span, "COUNT(DISTINCT …) is not supported").with_hint(
                "count over a sub-select of SELECT STREAM DISTINCT, or use COUNT_DISTINCT_ITEMS_TUMBLING",
            ),
        )),
        _ => x.invalid(span, format!("{name} does not take DISTINCT")),
    }
}

fn typed_argument(x: &Expressions, name: &str, function: AggregateFunction, e: Expr) -> Bound<Expr> {
    use AggregateFunction::{Any, Avg, Every, StddevPop, StddevSamp, Sum, VarPop, VarSamp};
    let wanted = match function {
        Sum | Avg | VarPop | VarSamp | StddevPop | StddevSamp => "NUMERIC",
        Any | Every => "BOOLEAN",
        _ => return Ok(e),
    };
    let null = matches!(e.kind, ExprKind::Literal(Value::Null)) && e.ty == SqlType::Null;
    let e = match (wanted, null) {
        ("NUMERIC", true) => convert(e, SqlType::Integer),
        (_, true) => convert(e, SqlType::Boolean),
        _ => e,
    };
    let fits = match wanted {
        "NUMERIC" => e.ty.is_numeric(),
        _ => e.ty == SqlType::Boolean,
    };
    if !fits {
        let hint = (wanted == "NUMERIC" && e.ty.is_character())
            .then(|| format!("convert the text: {name}(CAST(… AS DOUBLE))"));
        let message = format!(
            "Cannot apply '{name}' to arguments of type '{name}(<{}>)'. Supported form(s): '{name}(<{wanted}>)'",
            e.ty
        );
        return x.refuse(e.span, message, hint);
    }
    // Variance and deviation are defined on DOUBLE, whatever they are asked about.
    Ok(match function {
        VarPop | VarSamp | StddevPop | StddevSamp => convert(e, SqlType::Double),
        _ => e,
    })
}
