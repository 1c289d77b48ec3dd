//! Calls by name: which kind of function it is, and what is said when there is none.
//!
//! Functions of the script come first, then aggregates, then the built-in ones.

use super::analytic;
use super::expression::{Clause, Expressions};
use super::faults::{Bound, Reported};
use super::{
    aggregates, catalog, function_hints, scalar_functions, suggestion, table_functions, user_functions,
    windows,
};
use crate::diagnostic::Diagnostic;
use crate::expr::Expr;
use crate::sql::ast::FunctionCall;

/// Functions that make a record of a line of a log.
const LOG_PARSERS: [&str; 8] = [
    "FAST_REGEX_LOG_PARSE",
    "FAST_REGEX_LOG_PARSER",
    "FIXED_COLUMN_LOG_PARSE",
    "REGEX_LOG_PARSE",
    "SYS_LOG_PARSE",
    "VARIABLE_COLUMN_LOG_PARSE",
    "W3C_LOG_PARSE",
    "COLUMN_LOG_PARSE",
];

/// Binds a call.
pub(super) fn call(x: &Expressions, call: &FunctionCall) -> Bound<Expr> {
    let folded = call.name.name.to_uppercase();
    let name = folded.as_str();
    if x.binder.is_unreadable_function(&call.name) {
        bind_arguments(x, call);
        return Err(Reported);
    }
    if x.binder.has_function(&call.name) {
        return user_functions::call(x, call);
    }
    let is_aggregate = aggregates::NAMES.contains(&name);
    if is_aggregate || analytic::NAMES.contains(&name) {
        if let Some(window) = &call.over {
            return windows::over(x, call, name, window);
        }
        if is_aggregate {
            return aggregates::grouped(x, call, name);
        }
        bind_arguments(x, call);
        return x.refuse(
            call.span,
            format!("OVER clause is necessary for window function '{name}'"),
            Some(format!(
                "write {name}(…) OVER (RANGE INTERVAL '1' MINUTE PRECEDING)"
            )),
        );
    }
    if let Some(window) = &call.over {
        let _: Bound<()> = windows::check(x, window);
        bind_arguments(x, call);
        return x.invalid(
            call.span,
            format!("OVER must be applied to an aggregate function, and {name} is none"),
        );
    }
    if LOG_PARSERS.contains(&name) {
        bind_arguments(x, call);
        return x.not_yet(call.span, name);
    }
    if table_functions::NAMES.contains(&name) {
        return x.refuse(
            call.span,
            format!("{name} is a table function and not a value"),
            Some(format!(
                "write SELECT STREAM … FROM TABLE({name}(CURSOR(SELECT STREAM * FROM s), …))"
            )),
        );
    }
    let Some((least, most)) = scalar_functions::arity(name) else {
        return unknown(x, call);
    };
    let args = x.bind_all(&call.args);
    if call.args.len() < least || call.args.len() > most {
        return x.invalid(
            call.span,
            format!("Invalid number of arguments to function '{name}'. Was expecting {least} arguments"),
        );
    }
    if call.star || call.distinct {
        return x.invalid(
            call.span,
            format!("{name} is not an aggregate: it takes neither * nor DISTINCT"),
        );
    }
    scalar_functions::call(x, name, args?, call.span)
}

fn bind_arguments(x: &Expressions, call: &FunctionCall) {
    // Only for the faults in them.
    for arg in &call.args {
        let _: Bound<Expr> = x.within(Clause::Aggregate).bind(arg);
    }
}

/// `F(<T1>, <T2>)`, with `?` for an argument that failed.
pub(super) fn signature(name: &str, args: &[Bound<Expr>]) -> String {
    let types: Vec<String> = args
        .iter()
        .map(|a| match a {
            Ok(e) => format!("<{}>", e.ty),
            Err(Reported) => "?".to_owned(),
        })
        .collect();
    format!("{name}({})", types.join(", "))
}

fn unknown(x: &Expressions, call: &FunctionCall) -> Bound<Expr> {
    let args: Vec<Bound<Expr>> = call.args.iter().map(|a| x.bind(a)).collect();
    let name = &call.name.name;
    let hint = function_hints::instead_of(&name.to_uppercase())
        .map(str::to_owned)
        .or_else(|| {
            let own = x.binder.function_names();
            let known = catalog::functions().iter().map(|f| f.name);
            let known = known.chain(own.iter().map(String::as_str));
            suggestion::did_you_mean(name, known)
        });
    let mut d = Diagnostic::invalid(
        call.span,
        format!("No match found for function signature {}", signature(name, &args)),
    );
    d.hint = hint;
    Err(x.fault(d))
}
