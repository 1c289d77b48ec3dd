//! OVER: sliding windows are bound for the faults in them, and refused, since they cannot run yet.
//!
//! Their type is known all the same, so that what is built on them is checked too.

use super::expression::{Clause, Expressions};
use super::faults::{Bound, Reported};
use super::suggestion::did_you_mean;
use super::{aggregates, analytic, frames};
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, Value};
use crate::sql::ast::{FunctionCall, WindowRef, WindowSpec};

/// `f(x) OVER w`. What comes back has the type of the call, so that what is around it is still checked.
pub(super) fn over(x: &Expressions, call: &FunctionCall, name: &str, window: &WindowRef) -> Bound<Expr> {
    match x.clause {
        Clause::Select => {}
        Clause::Aggregate => return x.invalid(call.span, "Aggregate expressions cannot be nested"),
        other => {
            return x.refuse(
                call.span,
                format!("Windowed aggregate expression is illegal in {}", other.name()),
                Some("compute it in a sub-select and test it outside".to_owned()),
            );
        }
    }
    let checked = check(x, window).and_then(|()| frames::check_of_aggregate(x, window));
    let ty = if aggregates::NAMES.contains(&name) {
        aggregates::bind_call(x, call, name)?.ty
    } else {
        analytic::result_of(x, call, name, window)?
    };
    checked?;
    x.fault(Diagnostic::not_implemented(
        call.span,
        "OVER a sliding window cannot run yet",
    ));
    Ok(Expr::literal(Value::Null, ty, call.span))
}

/// Binds what a window names, for its faults.
pub(super) fn check(x: &Expressions, window: &WindowRef) -> Bound<()> {
    match window {
        WindowRef::Named(name) => {
            let known = || x.windows.iter().map(|(n, _)| n.name.as_str());
            if known().any(|n| n == name.name) {
                return Ok(());
            }
            let hint = did_you_mean(&name.name, known());
            x.refuse(name.span, format!("Window '{}' not found", name.name), hint)
        }
        WindowRef::Inline(spec) => check_spec(x, spec),
    }
}

/// Binds the parts of a window's definition, for their faults.
pub(super) fn check_spec(x: &Expressions, spec: &WindowSpec) -> Bound<()> {
    let keys = x.within(Clause::GroupBy);
    let mut result = Ok(());
    for e in spec
        .partition_by
        .iter()
        .chain(spec.order_by.iter().map(|o| &o.expr))
    {
        if keys.bind(e).is_err() {
            result = Err(Reported);
        }
    }
    if let Some(base) = &spec.base {
        let known = || x.windows.iter().map(|(n, _)| n.name.as_str());
        if !known().any(|n| n == base.name) {
            let hint = did_you_mean(&base.name, known());
            return x.refuse(base.span, format!("Window '{}' not found", base.name), hint);
        }
    }
    match &spec.frame {
        Some(frame) => result.and(frames::check(x, frame)),
        None => result,
    }
}
