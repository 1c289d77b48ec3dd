//! Text forms with a grammar of their own: LIKE, SIMILAR TO, SUBSTRING, POSITION, OVERLAY, TRIM.
//!
//! Result lengths are those of `functions.md` §13; positions are BIGINT for evaluation.

use super::conversion::{convert, joined_length, length};
use super::expression::Expressions;
use super::faults::Bound;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind, Function, TrimSide, Value, eval};
use crate::sql::ast;
use crate::types::SqlType;

/// `text [NOT] LIKE|SIMILAR TO pattern [ESCAPE e]`.
pub(super) fn like(
    x: &Expressions,
    trees: [&ast::Expr; 2],
    escape: Option<&ast::Expr>,
    negated: bool,
    similar: bool,
    span: Span,
) -> Bound<Expr> {
    let args = x.bind_all(trees.into_iter().chain(escape))?;
    let name = if similar { "SIMILAR TO" } else { "LIKE" };
    if args.iter().any(|a| !is_text(a.ty)) {
        let types: Vec<String> = args.iter().map(|a| format!("<{}>", a.ty)).collect();
        let forms = format!("'<STRING> {name} <STRING>' '<STRING> {name} <STRING> ESCAPE <STRING>'");
        let mut shown = types
            .iter()
            .take(2)
            .cloned()
            .collect::<Vec<_>>()
            .join(&format!(" {name} "));
        if let Some(e) = types.get(2) {
            shown.push_str(&format!(" ESCAPE {e}"));
        }
        return x.refuse(
            span,
            format!("Cannot apply '{name}' to arguments of type '{shown}'. Supported form(s): {forms}"),
            Some("convert to text first: CAST(… AS VARCHAR(20))".to_owned()),
        );
    }
    let function = if similar {
        Function::Similar { negated }
    } else {
        Function::Like { negated }
    };
    check_pattern(
        x,
        args.get(1),
        args.get(2),
        if similar {
            eval::check_similar
        } else {
            eval::check_like
        },
    );
    let args = args.into_iter().map(text).collect();
    Ok(Expr::call(function, args, SqlType::Boolean, span))
}

/// Warns of a pattern that is a constant and no pattern. It is no refusal: a faulty constant is an error of the rows
/// that come to it (R6), and perhaps none does.
fn check_pattern(
    x: &Expressions,
    pattern: Option<&Expr>,
    escape: Option<&Expr>,
    check: fn(&str, Option<&str>) -> Result<(), String>,
) {
    let Some((pattern, text)) = pattern.and_then(|e| Some((e, constant(e)?))) else {
        return;
    };
    let written = match escape {
        None => None,
        Some(e) => match constant(e) {
            None => return,
            text => text,
        },
    };
    let Err(message) = check(text, written) else {
        return;
    };
    let place = escape.filter(|_| message.starts_with("Invalid escape character"));
    let warning = Diagnostic::warning(place.unwrap_or(pattern).span, message)
        .with_hint("every row that comes to this pattern fails, into error_stream");
    x.fault(warning);
}

/// The text of a constant.
fn constant(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::Literal(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Warns of a constant that is no pattern of times.
pub(super) fn check_datetime_pattern(x: &Expressions, pattern: &Expr) {
    check_pattern(x, Some(pattern), None, |text, _| {
        eval::check_datetime_pattern(text)
    });
}

/// Warns of a constant that is no regular expression; refuses one that is, and that only Java runs: its rows would fail
/// although nothing is wrong with them.
pub(super) fn check_regex(x: &Expressions, pattern: &Expr) {
    if let Some(what) = constant(pattern).and_then(eval::regex_beyond) {
        let message = format!("{what} in a regular expression cannot run yet");
        x.fault(Diagnostic::not_implemented(pattern.span, message));
        return;
    }
    check_pattern(x, Some(pattern), None, |text, _| eval::check_regex(text));
}

/// Text, or a NULL that can be.
fn is_text(ty: SqlType) -> bool {
    ty.is_character() || ty == SqlType::Null
}

fn text(e: Expr) -> Expr {
    if e.ty == SqlType::Null {
        convert(e, SqlType::Varchar(1))
    } else {
        e
    }
}

/// An argument that must be text.
pub(super) fn text_argument(x: &Expressions, function: &str, e: Expr) -> Bound<Expr> {
    if is_text(e.ty) {
        return Ok(text(e));
    }
    let message = format!(
        "Cannot apply '{function}' to arguments of type '{function}(<{}>)'. Supported form(s): \
         '{function}(<CHARACTER>)'",
        e.ty
    );
    x.refuse(
        e.span,
        message,
        Some("convert to text first: CAST(… AS VARCHAR(20))".to_owned()),
    )
}

/// A position or count: any number, as BIGINT.
pub(super) fn position_argument(x: &Expressions, function: &str, e: Expr) -> Bound<Expr> {
    if e.ty.is_numeric() || e.ty == SqlType::Null {
        return Ok(convert(e, SqlType::BigInt));
    }
    let message = format!(
        "Cannot apply '{function}' to arguments of type '{function}(…, <{}>)'. Supported form(s): \
         '{function}(…, <INTEGER>)'",
        e.ty
    );
    x.invalid(e.span, message)
}

/// SUBSTRING with positions, or with a regular expression where text stands for the start.
pub(super) fn substring(
    x: &Expressions,
    [expr, start]: [&ast::Expr; 2],
    count: Option<&ast::Expr>,
    comma: bool,
    span: Span,
) -> Bound<Expr> {
    let (s, start) = (x.bind(expr), x.bind(start));
    let count = count.map(|e| x.bind(e)).transpose();
    let (s, start, count) = (s?, start?, count?);
    if start.ty.is_character() {
        if let Some(count) = count {
            return x.refuse(
                count.span,
                "SUBSTRING(text FROM pattern) takes no FOR".to_owned(),
                Some("the three-part form is SUBSTRING(text SIMILAR pattern ESCAPE e)".to_owned()),
            );
        }
        check_regex(x, &start);
        let s = text_argument(x, "SUBSTRING", s)?;
        let ty = SqlType::Varchar(length(s.ty));
        return Ok(Expr::call(Function::SubstringRegex, vec![s, start], ty, span));
    }
    let binary = matches!(s.ty, SqlType::Binary(_) | SqlType::Varbinary(_));
    let s = if binary {
        Ok(s)
    } else {
        text_argument(x, "SUBSTRING", s)
    };
    let start = position_argument(x, "SUBSTRING", start);
    let count = count.map(|e| position_argument(x, "SUBSTRING", e)).transpose();
    let s = s?;
    let ty = if binary {
        SqlType::Varbinary(length(s.ty))
    } else {
        SqlType::Varchar(length(s.ty))
    };
    let args = [s, start?].into_iter().chain(count?).collect();
    let function = if comma {
        Function::SubstringOrNull
    } else {
        Function::Substring
    };
    Ok(Expr::call(function, args, ty, span))
}

/// `SUBSTRING(s SIMILAR p ESCAPE e)`.
pub(super) fn substring_similar(x: &Expressions, trees: [&ast::Expr; 3], span: Span) -> Bound<Expr> {
    let args = all_text(x, "SUBSTRING", x.bind_all(trees)?)?;
    check_pattern(x, args.get(1), args.get(2), |pattern, escape| {
        eval::check_substring_similar(pattern, escape.unwrap_or_default())
    });
    let ty = SqlType::Varchar(args.first().map_or(0, |s| length(s.ty)));
    Ok(Expr::call(Function::SubstringSimilar, args, ty, span))
}

fn all_text(x: &Expressions, function: &str, args: Vec<Expr>) -> Bound<Vec<Expr>> {
    let args: Vec<Bound<Expr>> = args.into_iter().map(|e| text_argument(x, function, e)).collect();
    args.into_iter().collect()
}

/// `POSITION(a IN b)`.
pub(super) fn position(x: &Expressions, needle: &ast::Expr, haystack: &ast::Expr, span: Span) -> Bound<Expr> {
    let args = all_text(x, "POSITION", x.bind_all([needle, haystack])?)?;
    Ok(Expr::call(Function::Position, args, SqlType::Integer, span))
}

/// `OVERLAY(s PLACING r FROM i [FOR n])`.
pub(super) fn overlay(
    x: &Expressions,
    trees: [&ast::Expr; 3],
    count: Option<&ast::Expr>,
    span: Span,
) -> Bound<Expr> {
    let mut args = x.bind_all(trees.into_iter().chain(count))?;
    let numbers = args.split_off(args.len().min(2));
    let mut args = all_text(x, "OVERLAY", args)?;
    for n in numbers {
        args.push(position_argument(x, "OVERLAY", n)?);
    }
    let ty = match args.as_slice() {
        [s, r, ..] => SqlType::Varchar(joined_length(s.ty, r.ty)),
        _ => SqlType::Varchar(1),
    };
    Ok(Expr::call(Function::Overlay, args, ty, span))
}

/// `TRIM([[side] [c] FROM] s)`; the default character is a blank.
pub(super) fn trim(
    x: &Expressions,
    side: TrimSide,
    character: Option<&ast::Expr>,
    expr: &ast::Expr,
    span: Span,
) -> Bound<Expr> {
    let c = match character {
        Some(e) => x.bind(e),
        None => Ok(Expr::literal(Value::Text(" ".into()), SqlType::Char(1), span)),
    };
    let s = x.bind(expr);
    let args = all_text(x, "TRIM", vec![c?, s?])?;
    let ty = SqlType::Varchar(args.get(1).map_or(0, |s| length(s.ty)));
    Ok(Expr::call(Function::Trim(side), args, ty, span))
}
