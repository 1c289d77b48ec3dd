//! Typing of arithmetic, `||`, NOT, AND and OR (`sql.md` §4–§6.2).
//!
//! Integers keep the wider integer type, anything approximate makes DOUBLE, decimals follow the precision
//! formulas; intervals and datetimes have forms of their own. Everything else is refused with the forms there are.

use super::comparison;
use super::conversion::{aligned_decimal, convert, joined_length, union_of_fields};
use super::expression::{DEPTH_MAX, Expressions};
use super::faults::{Bound, Reported};
use super::literals;
use super::rows;
use crate::diagnostic::Span;
use crate::expr::{Comparison, Expr, ExprKind, Function};
use crate::sql::ast::{self, BinaryOp};
use crate::types::{DECIMAL_PRECISION_DERIVED_MAX as CAP, Family, SqlType};

/// Unary plus and minus.
pub(super) fn sign(x: &Expressions, minus: bool, operand: &ast::Expr, span: Span) -> Bound<Expr> {
    if let ast::ExprKind::Literal(literal @ ast::Literal::Number(_)) = &operand.kind {
        return literals::bind(literal, minus, span, &x.binder.faults);
    }
    let operand = x.bind(operand)?;
    let ty = operand.ty;
    if !ty.is_numeric() && !ty.is_interval() && ty != SqlType::Null {
        let op = if minus { '-' } else { '+' };
        return x.invalid(
            span,
            format!(
                "Cannot apply '{op}' to arguments of type '{op}<{ty}>'. Supported form(s): '{op}<NUMERIC>' \
                 '{op}<DATETIME_INTERVAL>'"
            ),
        );
    }
    if minus && ty != SqlType::Null {
        Ok(Expr::call(Function::Negate, vec![operand], ty, span))
    } else {
        Ok(Expr { span, ..operand })
    }
}

/// NOT.
pub(super) fn not(x: &Expressions, operand: &ast::Expr, span: Span) -> Bound<Expr> {
    let operand = boolean_operand(x, operand, "NOT")?;
    Ok(Expr::call(Function::Not, vec![operand], SqlType::Boolean, span))
}

/// An operand that must be BOOLEAN (NULL is UNKNOWN).
pub(super) fn boolean_operand(x: &Expressions, e: &ast::Expr, op: &str) -> Bound<Expr> {
    let bound = x.bind(e)?;
    match bound.ty {
        SqlType::Boolean => Ok(bound),
        SqlType::Null => Ok(convert(bound, SqlType::Boolean)),
        other => {
            let form = |ty: &str| match op {
                "NOT" => format!("NOT<{ty}>"),
                "AND" | "OR" => format!("<{ty}> {op} <BOOLEAN>"),
                _ => format!("<{ty}> {op}"),
            };
            x.invalid(
                e.span,
                format!(
                    "Cannot apply '{op}' to arguments of type '{}'. Supported form(s): '{}'",
                    form(&other.to_string()),
                    form("BOOLEAN")
                ),
            )
        }
    }
}

/// Two operands and what stands between them; `whole` is the node itself.
pub(super) fn binary(
    x: &Expressions,
    whole: &ast::Expr,
    op: BinaryOp,
    left: &ast::Expr,
    right: &ast::Expr,
) -> Bound<Expr> {
    let span = whole.span;
    if let (ast::ExprKind::Row(items), BinaryOp::Eq | BinaryOp::NotEq) = (&left.kind, op) {
        return rows::equal(x, items, right, op == BinaryOp::NotEq, span);
    }
    let compare = |c, text| comparison::compare_trees(x, c, text, left, right, span);
    match op {
        BinaryOp::And | BinaryOp::Or => logic(x, whole, op),
        BinaryOp::Eq => compare(Comparison::Eq, "="),
        BinaryOp::NotEq => compare(Comparison::NotEq, "<>"),
        BinaryOp::Lt => compare(Comparison::Lt, "<"),
        BinaryOp::LtEq => compare(Comparison::LtEq, "<="),
        BinaryOp::Gt => compare(Comparison::Gt, ">"),
        BinaryOp::GtEq => compare(Comparison::GtEq, ">="),
        BinaryOp::Concat
        | BinaryOp::Plus
        | BinaryOp::Minus
        | BinaryOp::Times
        | BinaryOp::Divide
        | BinaryOp::Foreign => chain(x, whole),
    }
}

/// `a || b || c …` from its left end, without a step down the stack for every operator.
fn chain(x: &Expressions, whole: &ast::Expr) -> Bound<Expr> {
    let mut steps = Vec::new();
    let mut at = whole;
    while let ast::ExprKind::Binary { op, left, right } = &at.kind
        && is_value_operator(*op)
    {
        steps.push((*op, right, at.span));
        at = left;
    }
    let depth = x.depth.get();
    let below = depth.saturating_add(u32::try_from(steps.len()).unwrap_or(u32::MAX));
    if below >= DEPTH_MAX {
        return x.invalid(whole.span, "Expression is nested too deeply");
    }
    x.depth.set(below);
    let mut result = x.bind(at);
    for (op, right, span) in steps.into_iter().rev() {
        let right = x.bind(right);
        result = match (result, right) {
            (Ok(_), Ok(_)) if op == BinaryOp::Foreign => Err(Reported),
            (Ok(a), Ok(b)) if op == BinaryOp::Concat => concat(x, a, b, span),
            (Ok(a), Ok(b)) => arithmetic(x, op, a, b, span),
            (Err(reported), _) | (_, Err(reported)) => Err(reported),
        };
    }
    x.depth.set(depth);
    result
}

fn is_value_operator(op: BinaryOp) -> bool {
    use BinaryOp::{Concat, Divide, Foreign, Minus, Plus, Times};
    matches!(op, Concat | Plus | Minus | Times | Divide | Foreign)
}

/// A chain of one connective becomes one node, however long it is.
fn logic(x: &Expressions, whole: &ast::Expr, op: BinaryOp) -> Bound<Expr> {
    let name = if op == BinaryOp::And { "AND" } else { "OR" };
    let mut operands = Vec::new();
    let mut open = vec![whole];
    while let Some(e) = open.pop() {
        match &e.kind {
            ast::ExprKind::Binary { op: o, left, right } if *o == op => {
                open.push(right);
                open.push(left);
            }
            _ => operands.push(boolean_operand(x, e, name)),
        }
    }
    let operands = operands.into_iter().collect::<Bound<Vec<Expr>>>()?;
    let kind = if op == BinaryOp::And {
        ExprKind::And(operands)
    } else {
        ExprKind::Or(operands)
    };
    Ok(Expr::new(kind, SqlType::Boolean, whole.span))
}

fn concat(x: &Expressions, a: Expr, b: Expr, span: Span) -> Bound<Expr> {
    let n = joined_length(a.ty, b.ty);
    let ty = match (a.ty, b.ty) {
        (SqlType::Char(_), SqlType::Char(_)) => SqlType::Char(n),
        (p, q) if is_or_null(p, Family::Character) && is_or_null(q, Family::Character) => SqlType::Varchar(n),
        (p, q) if is_or_null(p, Family::Binary) && is_or_null(q, Family::Binary) => SqlType::Varbinary(n),
        (p, q) => {
            return x.refuse(
                span,
                format!(
                    "Cannot apply '||' to arguments of type '<{p}> || <{q}>'. Supported form(s): \
                     '<STRING> || <STRING>'"
                ),
                Some("convert the other side: CAST(… AS VARCHAR(20))".to_owned()),
            );
        }
    };
    let own = |e: Expr| if e.ty == SqlType::Null { convert(e, ty) } else { e };
    Ok(Expr::call(Function::Concat, vec![own(a), own(b)], ty, span))
}

fn is_or_null(ty: SqlType, family: Family) -> bool {
    ty == SqlType::Null || ty.family() == family
}

/// `a op b` over bound operands.
pub(super) fn arithmetic(x: &Expressions, op: BinaryOp, a: Expr, b: Expr, span: Span) -> Bound<Expr> {
    let (a, b) = give_null_a_type(op, a, b);
    if a.ty.is_numeric() && b.ty.is_numeric() {
        return Ok(numeric(op, a, b, span));
    }
    let plus = op == BinaryOp::Plus;
    match (op, a.ty, b.ty) {
        (BinaryOp::Plus | BinaryOp::Minus, SqlType::Interval(p), SqlType::Interval(q))
            if p.is_year_month() == q.is_year_month() =>
        {
            let ty = SqlType::Interval(union_of_fields(p, q));
            let function = if plus { Function::Add } else { Function::Subtract };
            Ok(Expr::call(
                function,
                vec![convert(a, ty), convert(b, ty)],
                ty,
                span,
            ))
        }
        (BinaryOp::Plus | BinaryOp::Minus, dt, SqlType::Interval(q))
            if takes_interval(dt, q.is_year_month()) =>
        {
            let function = if plus {
                Function::DatetimeAdd
            } else {
                Function::DatetimeSubtract
            };
            Ok(Expr::call(function, vec![a, b], dt, span))
        }
        (BinaryOp::Plus, SqlType::Interval(q), dt) if takes_interval(dt, q.is_year_month()) => {
            Ok(Expr::call(Function::DatetimeAdd, vec![b, a], dt, span))
        }
        (BinaryOp::Times, ty @ SqlType::Interval(_), n) if n.is_numeric() => {
            Ok(Expr::call(Function::Multiply, vec![a, b], ty, span))
        }
        (BinaryOp::Times, n, ty @ SqlType::Interval(_)) if n.is_numeric() => {
            Ok(Expr::call(Function::Multiply, vec![b, a], ty, span))
        }
        (BinaryOp::Divide, ty @ SqlType::Interval(_), n) if n.is_numeric() => {
            Ok(Expr::call(Function::Divide, vec![a, b], ty, span))
        }
        (_, p, q) => x.refuse(span, cannot_apply(op, p, q), arithmetic_hint(op, p, q)),
    }
}

fn takes_interval(datetime: SqlType, year_month: bool) -> bool {
    match datetime {
        SqlType::Time => !year_month,
        _ => datetime.is_datetime(),
    }
}

/// A bare NULL takes the type of its neighbour.
fn give_null_a_type(op: BinaryOp, a: Expr, b: Expr) -> (Expr, Expr) {
    let typed = |other: SqlType| match other {
        SqlType::Null => SqlType::Integer,
        SqlType::Interval(_) if op == BinaryOp::Divide || op == BinaryOp::Times => SqlType::Integer,
        t if t.is_datetime() => SqlType::Interval(crate::types::IntervalQualifier::single(
            crate::types::TimeUnit::Day,
        )),
        t => t,
    };
    let (p, q) = (a.ty, b.ty);
    let a = if p == SqlType::Null {
        convert(a, typed(q))
    } else {
        a
    };
    let b = if q == SqlType::Null {
        convert(b, typed(p))
    } else {
        b
    };
    (a, b)
}

fn numeric(op: BinaryOp, a: Expr, b: Expr, span: Span) -> Expr {
    let function = match op {
        BinaryOp::Plus => Function::Add,
        BinaryOp::Minus => Function::Subtract,
        BinaryOp::Times => Function::Multiply,
        _ => Function::Divide,
    };
    if let (Some(p), Some(q)) = (a.ty.as_decimal(), b.ty.as_decimal()) {
        if a.ty.is_integer() && b.ty.is_integer() {
            let ty = a.ty.max(b.ty);
            return Expr::call(function, vec![convert(a, ty), convert(b, ty)], ty, span);
        }
        let (precision, scale) = decimal_result(op, p, q);
        let ty = SqlType::Decimal { precision, scale };
        let operand = |e: Expr| match op {
            BinaryOp::Plus | BinaryOp::Minus => to_scale(e, scale),
            _ => to_own_decimal(e),
        };
        return Expr::call(function, vec![operand(a), operand(b)], ty, span);
    }
    let ty = SqlType::Double;
    Expr::call(function, vec![convert(a, ty), convert(b, ty)], ty, span)
}

/// The number as a DECIMAL of this scale.
pub(super) fn to_scale(e: Expr, scale: u8) -> Expr {
    match e.ty {
        SqlType::Decimal { scale: own, .. } if own == scale => e,
        _ => convert(e, aligned_decimal(scale)),
    }
}

fn to_own_decimal(e: Expr) -> Expr {
    match e.ty.as_decimal() {
        Some((precision, scale)) => convert(e, SqlType::Decimal { precision, scale }),
        None => e,
    }
}

/// Precision and scale of `a op b` (`sql.md` §4.2).
fn decimal_result(op: BinaryOp, (p1, s1): (u8, u8), (p2, s2): (u8, u8)) -> (u8, u8) {
    let [p1, s1, p2, s2, cap] = [p1, s1, p2, s2, CAP].map(i32::from);
    let (precision, scale) = match op {
        BinaryOp::Plus | BinaryOp::Minus => {
            let s = s1.max(s2);
            (cap.min((p1 - s1).max(p2 - s2) + s + 1), s)
        }
        BinaryOp::Times => (cap.min(p1 + p2), cap.min(s1 + s2)),
        _ => {
            let whole = p1 - s1 + s2;
            let wished = 6.max(s1 + p2 + 1);
            let s = wished.min((cap - whole).max(s1)).min(cap);
            (cap.min(whole + s), s)
        }
    };
    let precision = precision.max(scale).max(1);
    (
        u8::try_from(precision).unwrap_or(CAP),
        u8::try_from(scale).unwrap_or(0),
    )
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Plus => "+",
        BinaryOp::Minus => "-",
        BinaryOp::Times => "*",
        _ => "/",
    }
}

fn cannot_apply(op: BinaryOp, a: SqlType, b: SqlType) -> String {
    let s = symbol(op);
    let forms = match op {
        BinaryOp::Plus => {
            "'<NUMERIC> + <NUMERIC>' '<DATETIME_INTERVAL> + <DATETIME_INTERVAL>' '<DATETIME> + <DATETIME_INTERVAL>' \
             '<DATETIME_INTERVAL> + <DATETIME>'"
        }
        BinaryOp::Minus => {
            "'<NUMERIC> - <NUMERIC>' '<DATETIME_INTERVAL> - <DATETIME_INTERVAL>' '<DATETIME> - <DATETIME_INTERVAL>'"
        }
        BinaryOp::Times => {
            "'<NUMERIC> * <NUMERIC>' '<DATETIME_INTERVAL> * <NUMERIC>' '<NUMERIC> * <DATETIME_INTERVAL>'"
        }
        _ => "'<NUMERIC> / <NUMERIC>' '<DATETIME_INTERVAL> / <NUMERIC>'",
    };
    format!("Cannot apply '{s}' to arguments of type '<{a}> {s} <{b}>'. Supported form(s): {forms}")
}

fn arithmetic_hint(op: BinaryOp, a: SqlType, b: SqlType) -> Option<String> {
    let either = |f: fn(SqlType) -> bool| f(a) || f(b);
    if op == BinaryOp::Minus && a.is_datetime() && a == b {
        return Some("a difference of times names its unit: (a - b) SECOND".to_owned());
    }
    if op == BinaryOp::Plus && a.is_character() && b.is_character() {
        return Some("text is joined by ||".to_owned());
    }
    if either(SqlType::is_character) && either(SqlType::is_numeric) {
        return Some("convert the text: CAST(… AS DOUBLE), or join text by ||".to_owned());
    }
    if either(SqlType::is_datetime) && either(SqlType::is_numeric) {
        return Some("add an interval: … + INTERVAL '1' SECOND".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_results_follow_the_page() {
        for (op, a, b, result) in [
            (BinaryOp::Plus, (10, 1), (10, 3), (13, 3)),
            (BinaryOp::Times, (10, 2), (10, 3), (18, 5)),
            (BinaryOp::Divide, (2, 1), (10, 0), (13, 12)),
            (BinaryOp::Divide, (2, 1), (2, 1), (8, 6)),
            (BinaryOp::Divide, (18, 4), (18, 4), (18, 4)),
            (BinaryOp::Plus, (19, 5), (10, 0), (18, 5)),
        ] {
            assert_eq!(decimal_result(op, a, b), result, "{op:?} {a:?} {b:?}");
        }
    }
}
