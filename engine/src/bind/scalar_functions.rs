//! Functions called by name, their signatures and results (`functions.md` §6–§8, §13).
//!
//! One row a function: how many arguments, of which kind, and the type that comes out.

use super::conversion::convert;
use super::expression::Expressions;
use super::faults::Bound;
use super::text_functions::{check_datetime_pattern, text_argument};
use super::{comparison, conditional};
use crate::diagnostic::Span;
use crate::expr::{Expr, Function};
use crate::types::SqlType;

/// The functions that are called like `f(a, b)`, with the least and the greatest number of their arguments.
#[rustfmt::skip]
pub(super) const CALLED: [(&str, usize, usize); 25] = [
    ("ABS", 1, 1), ("CHARACTER_LENGTH", 1, 1), ("CHAR_LENGTH", 1, 1), ("CHAR_TO_DATE", 2, 2), ("CHAR_TO_TIME", 2, 2),
    ("CHAR_TO_TIMESTAMP", 2, 2), ("COALESCE", 1, usize::MAX), ("DATE_TO_CHAR", 2, 2), ("EXP", 1, 1), ("INITCAP", 1, 1),
    ("LN", 1, 1), ("LOG10", 1, 1), ("LOWER", 1, 1), ("MOD", 2, 2), ("MONOTONIC", 1, 1), ("NULLIF", 2, 2), ("POWER", 2, 2),
    ("REGEX_REPLACE", 5, 5), ("SQRT", 1, 1), ("TIMESTAMP_TO_CHAR", 2, 2), ("TIME_TO_CHAR", 2, 2), ("TO_TIMESTAMP", 1, 1),
    ("TSDIFF", 2, 2), ("UNIX_TIMESTAMP", 1, 1), ("UPPER", 1, 1),
];

/// How many arguments a function takes; `None` when there is no such function.
pub(super) fn arity(name: &str) -> Option<(usize, usize)> {
    let called = CALLED.iter().find(|(known, _, _)| *known == name);
    called.map(|&(_, least, most)| (least, most))
}

/// Binds a call whose name [`arity`] knows and whose arguments are as many as it says.
pub(super) fn call(x: &Expressions, name: &str, args: Vec<Expr>, span: Span) -> Bound<Expr> {
    let mut args = args;
    if name == "COALESCE" {
        return conditional::coalesce(x, args, span);
    }
    if name == "REGEX_REPLACE" {
        return regex_replace(x, args, span);
    }
    let last = args.pop();
    match (args.pop(), last) {
        (None, Some(a)) => unary(x, name, a, span),
        (Some(a), Some(b)) => binary(x, name, a, b, span),
        (_, None) => x.invalid(span, format!("Invalid number of arguments to function '{name}'")),
    }
}

fn unary(x: &Expressions, name: &str, a: Expr, span: Span) -> Bound<Expr> {
    let ty = a.ty;
    let doubles = match name {
        "EXP" => Some(Function::Exp),
        "LN" => Some(Function::Ln),
        "LOG10" => Some(Function::Log10),
        "SQRT" => Some(Function::Sqrt),
        _ => None,
    };
    if let Some(function) = doubles {
        let a = double(x, name, a)?;
        return Ok(Expr::call(function, vec![a], SqlType::Double, span));
    }
    match name {
        "ABS" if ty.is_numeric() || ty.is_interval() => Ok(Expr::call(Function::Abs, vec![a], ty, span)),
        "CHAR_LENGTH" | "CHARACTER_LENGTH" => {
            let a = text_argument(x, name, a)?;
            Ok(Expr::call(Function::CharLength, vec![a], SqlType::Integer, span))
        }
        "UPPER" | "LOWER" | "INITCAP" => {
            let function = match name {
                "UPPER" => Function::Upper,
                "LOWER" => Function::Lower,
                _ => Function::Initcap,
            };
            let a = text_argument(x, name, a)?;
            let ty = a.ty;
            Ok(Expr::call(function, vec![a], ty, span))
        }
        "UNIX_TIMESTAMP" if is_or_null(ty, SqlType::Timestamp) => {
            let a = vec![convert(a, SqlType::Timestamp)];
            Ok(Expr::call(Function::UnixTimestamp, a, SqlType::BigInt, span))
        }
        "TO_TIMESTAMP" if ty.is_numeric() || ty == SqlType::Null => {
            let a = vec![convert(a, SqlType::BigInt)];
            Ok(Expr::call(Function::ToTimestamp, a, SqlType::Timestamp, span))
        }
        "MONOTONIC" => Ok(Expr::call(Function::Monotonic, vec![a], ty, span)),
        "ABS" => cannot(
            x,
            name,
            &[ty],
            "ABS(<NUMERIC>)' 'ABS(<DATETIME_INTERVAL>)",
            span,
            None,
        ),
        "UNIX_TIMESTAMP" => cannot(x, name, &[ty], "UNIX_TIMESTAMP(<TIMESTAMP>)", span, None),
        _ => {
            let hint = "text is read by CHAR_TO_TIMESTAMP('yyyy-MM-dd HH:mm:ss', text)";
            cannot(x, name, &[ty], "TO_TIMESTAMP(<BIGINT>)", span, Some(hint))
        }
    }
}

fn binary(x: &Expressions, name: &str, a: Expr, b: Expr, span: Span) -> Bound<Expr> {
    let types = [a.ty, b.ty];
    match name {
        "NULLIF" => conditional::nullif(x, a, b, span),
        "POWER" => {
            let args = vec![double(x, name, a)?, double(x, name, b)?];
            Ok(Expr::call(Function::Power, args, SqlType::Double, span))
        }
        "MOD" => modulo(x, a, b, span),
        "TSDIFF" => {
            if types.iter().any(|t| !is_or_null(*t, SqlType::Timestamp)) {
                return cannot(x, name, &types, "TSDIFF(<TIMESTAMP>, <TIMESTAMP>)", span, None);
            }
            let args = vec![convert(a, SqlType::Timestamp), convert(b, SqlType::Timestamp)];
            Ok(Expr::call(Function::TsDiff, args, SqlType::BigInt, span))
        }
        "CHAR_TO_DATE" | "CHAR_TO_TIME" | "CHAR_TO_TIMESTAMP" => {
            let ty = datetime_of(name);
            check_datetime_pattern(x, &a);
            let args = vec![text_argument(x, name, a)?, text_argument(x, name, b)?];
            Ok(Expr::call(Function::ParseDatetime, args, ty, span))
        }
        _ => {
            let ty = datetime_of(name);
            let good = (types[0].is_character() || types[0] == SqlType::Null) && is_or_null(types[1], ty);
            if !good {
                let swapped = types[0] == ty && types[1].is_character();
                let hint = swapped.then_some("the pattern comes first");
                return cannot(
                    x,
                    name,
                    &types,
                    &format!("{name}(<CHARACTER>, <{ty}>)"),
                    span,
                    hint,
                );
            }
            check_datetime_pattern(x, &a);
            let args = vec![text_argument(x, name, a)?, convert(b, ty)];
            Ok(Expr::call(
                Function::FormatDatetime,
                args,
                SqlType::Varchar(128),
                span,
            ))
        }
    }
}

fn datetime_of(name: &str) -> SqlType {
    match name {
        "CHAR_TO_DATE" | "DATE_TO_CHAR" => SqlType::Date,
        "CHAR_TO_TIME" | "TIME_TO_CHAR" => SqlType::Time,
        _ => SqlType::Timestamp,
    }
}

fn is_or_null(ty: SqlType, wanted: SqlType) -> bool {
    ty == wanted || ty == SqlType::Null
}

fn double(x: &Expressions, name: &str, e: Expr) -> Bound<Expr> {
    if e.ty.is_numeric() || e.ty == SqlType::Null {
        return Ok(convert(e, SqlType::Double));
    }
    let (ty, span) = (e.ty, e.span);
    cannot(x, name, &[ty], &format!("{name}(<NUMERIC>)"), span, None)
}

/// MOD over integers, or decimals without a fraction; the result has the type of the divisor.
fn modulo(x: &Expressions, a: Expr, b: Expr, span: Span) -> Bound<Expr> {
    let types = [a.ty, b.ty];
    let whole = |t: SqlType| t == SqlType::Null || matches!(t.as_decimal(), Some((_, 0)));
    if !types.iter().all(|t| whole(*t)) {
        return cannot(
            x,
            "MOD",
            &types,
            "MOD(<EXACT_NUMERIC>, <EXACT_NUMERIC>)",
            span,
            None,
        );
    }
    let integer = |e: Expr| {
        if e.ty == SqlType::Null {
            convert(e, SqlType::Integer)
        } else {
            e
        }
    };
    let (a, b) = (integer(a), integer(b));
    let result = b.ty;
    let Some((a, b)) = comparison::align(a, b) else {
        return cannot(
            x,
            "MOD",
            &types,
            "MOD(<EXACT_NUMERIC>, <EXACT_NUMERIC>)",
            span,
            None,
        );
    };
    let ty = if a.ty.is_integer() {
        a.ty
    } else {
        result_decimal(result)
    };
    Ok(convert(Expr::call(Function::Mod, vec![a, b], ty, span), result))
}

fn result_decimal(divisor: SqlType) -> SqlType {
    match divisor.as_decimal() {
        Some((precision, _)) => SqlType::Decimal { precision, scale: 0 },
        None => divisor,
    }
}

fn regex_replace(x: &Expressions, args: Vec<Expr>, span: Span) -> Bound<Expr> {
    let mut bound = Vec::new();
    for (i, e) in args.into_iter().enumerate() {
        bound.push(match i {
            0..=2 => text_argument(x, "REGEX_REPLACE", e)?,
            _ => super::text_functions::position_argument(x, "REGEX_REPLACE", e)?,
        });
    }
    if let Some(pattern) = bound.get(1) {
        super::text_functions::check_regex(x, pattern);
    }
    Ok(Expr::call(
        Function::RegexReplace,
        bound,
        SqlType::Varchar(65_535),
        span,
    ))
}

fn cannot<T>(
    x: &Expressions,
    name: &str,
    types: &[SqlType],
    forms: &str,
    span: Span,
    hint: Option<&str>,
) -> Bound<T> {
    let types: Vec<String> = types.iter().map(|t| format!("<{t}>")).collect();
    let message = format!(
        "Cannot apply '{name}' to arguments of type '{name}({})'. Supported form(s): '{forms}'",
        types.join(", ")
    );
    x.refuse(span, message, hint.map(str::to_owned))
}
