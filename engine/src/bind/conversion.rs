//! Conversions: what may be assigned, what may be cast, and the type that several values share.
//!
//! The matrix of `sql.md` §3, the families of §2.1, and `decisions.md` 13. A conversion of a constant that
//! cannot fail is done here; any other becomes a node, since a faulty constant is an error of its row (R6).

use std::sync::Arc;

use crate::expr::{CastMode, Expr, ExprKind, Value};
use crate::types::{DECIMAL_PRECISION_DERIVED_MAX, Family, IntervalQualifier, LENGTH_MAX, SqlType};

/// A decimal type wide enough to hold either side of an alignment; only its scale matters.
pub(super) fn aligned_decimal(scale: u8) -> SqlType {
    SqlType::Decimal { precision: 38, scale }
}

/// Whether a value of `from` goes into a column of `to` without a CAST.
pub(super) fn is_assignable(from: SqlType, to: SqlType) -> bool {
    from == SqlType::Null || from.family() == to.family()
}

/// Whether `CAST(x AS to)` exists.
pub(super) fn is_castable(from: SqlType, to: SqlType) -> bool {
    use Family::{Binary, Boolean, Character, Date, DayTime, Null, Numeric, Time, Timestamp, YearMonth};
    match (from.family(), to.family()) {
        (Null, _) => true,
        (a, b) if a == b => true,
        (Character, Binary) | (_, Binary | Null) | (Binary, _) => false,
        (_, Character) | (Character, _) => true,
        (Date, Timestamp) | (Time, Timestamp) | (Timestamp, Date | Time) => true,
        (DayTime | YearMonth, Numeric) => {
            let single = matches!(from, SqlType::Interval(q) if q.from == q.to);
            single && !to.is_approximate()
        }
        (Boolean | Numeric | Date | Time | Timestamp | DayTime | YearMonth, _) => false,
    }
}

/// The expression as a value of `to`, inside its family (the caller has asked [`is_assignable`]).
pub(super) fn convert(expr: Expr, to: SqlType) -> Expr {
    if expr.ty == to {
        return expr;
    }
    if let ExprKind::Literal(value) = &expr.kind
        && let Some(value) = converted_constant(value, expr.ty, to)
    {
        return Expr::literal(value, to, expr.span);
    }
    if expr.ty == SqlType::Null && matches!(expr.kind, ExprKind::Case { .. } | ExprKind::Coalesce(_)) {
        return all_null(expr, to);
    }
    let span = expr.span;
    Expr::new(
        ExprKind::Cast {
            expr: Box::new(expr),
            mode: CastMode::Assignment,
        },
        to,
        span,
    )
}

/// A CASE or COALESCE over NULLs alone takes the type that is wanted of it, branch by branch.
fn all_null(mut expr: Expr, to: SqlType) -> Expr {
    let give = |e: &mut Expr| {
        let taken = std::mem::replace(e, Expr::rowtime(e.span));
        *e = convert(taken, to);
    };
    match &mut expr.kind {
        ExprKind::Case { whens, otherwise, .. } => {
            whens.iter_mut().for_each(|(_, value)| give(value));
            otherwise.iter_mut().for_each(|value| give(value));
        }
        ExprKind::Coalesce(values) => values.iter_mut().for_each(give),
        _ => {}
    }
    expr.ty = to;
    expr
}

fn converted_constant(value: &Value, from: SqlType, to: SqlType) -> Option<Value> {
    match (value, to) {
        (Value::Null, _) => Some(Value::Null),
        (Value::Int(v), _) if from.is_integer() => match to {
            SqlType::TinyInt => i8::try_from(*v).ok().map(|v| Value::Int(v.into())),
            SqlType::SmallInt => i16::try_from(*v).ok().map(|v| Value::Int(v.into())),
            SqlType::Integer => i32::try_from(*v).ok().map(|v| Value::Int(v.into())),
            SqlType::BigInt => Some(Value::Int(*v)),
            SqlType::Decimal { precision, scale } => rescaled(i128::from(*v), 0, precision, scale),
            SqlType::Double => i32::try_from(*v).ok().map(|v| Value::Float(v.into())),
            SqlType::Real => i16::try_from(*v).ok().map(|v| Value::Float(v.into())),
            _ => None,
        },
        // Both count milliseconds, or both months.
        (Value::Int(v), SqlType::Interval(_)) if from.family() == to.family() => Some(Value::Int(*v)),
        (Value::Decimal(v), SqlType::Decimal { precision, scale }) => {
            let (_, s) = from.as_decimal()?;
            rescaled(*v, s, precision, scale)
        }
        (Value::Decimal(v), SqlType::Double) => {
            let (_, s) = from.as_decimal()?;
            format!("{v}e-{s}").parse().ok().map(Value::Float)
        }
        (Value::Text(text), SqlType::Varchar(n)) => {
            (text.chars().count() <= n as usize).then(|| Value::Text(Arc::clone(text)))
        }
        (Value::Text(text), SqlType::Char(n)) => {
            let missing = (n as usize).checked_sub(text.chars().count())?;
            Some(Value::Text(format!("{text}{}", " ".repeat(missing)).into()))
        }
        _ => None,
    }
}

fn rescaled(unscaled: i128, from: u8, precision: u8, to: u8) -> Option<Value> {
    let factor = 10i128.checked_pow(u32::from(to.checked_sub(from)?))?;
    let value = unscaled.checked_mul(factor)?;
    let limit = 10i128.checked_pow(u32::from(precision))?;
    (value.abs() < limit && i64::try_from(value).is_ok()).then_some(Value::Decimal(value))
}

/// The type that CASE, COALESCE or UNION gives values of these types; `None` when families mix.
pub(super) fn common_type(types: &[SqlType]) -> Option<SqlType> {
    let mut known = types.iter().copied().filter(|t| *t != SqlType::Null);
    let first = known.next().unwrap_or(SqlType::Null);
    known.try_fold(first, common_of_two)
}

fn common_of_two(a: SqlType, b: SqlType) -> Option<SqlType> {
    if a == b {
        return Some(a);
    }
    if a.family() != b.family() {
        return None;
    }
    Some(match (a, b) {
        (SqlType::Interval(p), SqlType::Interval(q)) => SqlType::Interval(union_of_fields(p, q)),
        _ if a.is_character() => SqlType::Varchar(length(a).max(length(b))),
        _ if a.is_numeric() => common_number(a, b),
        _ => SqlType::Varbinary(length(a).max(length(b))),
    })
}

fn common_number(a: SqlType, b: SqlType) -> SqlType {
    if a.is_approximate() || b.is_approximate() {
        return SqlType::Double;
    }
    if a.is_integer() && b.is_integer() {
        return a.max(b);
    }
    match (a.as_decimal(), b.as_decimal()) {
        (Some((p, s)), Some((q, t))) => {
            let scale = s.max(t);
            let whole = p.saturating_sub(s).max(q.saturating_sub(t));
            SqlType::Decimal {
                precision: whole
                    .saturating_add(scale)
                    .min(DECIMAL_PRECISION_DERIVED_MAX)
                    .max(p.max(q).min(DECIMAL_PRECISION_DERIVED_MAX)),
                scale,
            }
        }
        _ => SqlType::Double,
    }
}

/// Characters or bytes that a value of the type may have.
pub(super) fn length(ty: SqlType) -> u32 {
    match ty {
        SqlType::Char(n) | SqlType::Varchar(n) | SqlType::Binary(n) | SqlType::Varbinary(n) => n,
        _ => 0,
    }
}

/// The sum of two lengths, as far as a type can say it.
pub(super) fn joined_length(a: SqlType, b: SqlType) -> u32 {
    length(a).saturating_add(length(b)).min(LENGTH_MAX)
}

/// `DAY` and `DAY TO HOUR` give `DAY TO HOUR`.
pub(super) fn union_of_fields(a: IntervalQualifier, b: IntervalQualifier) -> IntervalQualifier {
    IntervalQualifier {
        from: a.from.min(b.from),
        to: a.to.max(b.to),
        precision: a.precision.max(b.precision),
        fraction: a.fraction.max(b.fraction),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TimeUnit;

    const fn decimal(precision: u8, scale: u8) -> SqlType {
        SqlType::Decimal { precision, scale }
    }

    #[test]
    fn the_cast_matrix_of_the_dialect() {
        let second = SqlType::Interval(IntervalQualifier::single(TimeUnit::Second));
        let compound = SqlType::Interval(IntervalQualifier::range(TimeUnit::Minute, TimeUnit::Second));
        for (from, to, allowed) in [
            (SqlType::Integer, SqlType::Varchar(9), true),
            (SqlType::Integer, SqlType::Boolean, false),
            (SqlType::Integer, SqlType::Timestamp, false),
            (SqlType::Integer, second, false),
            (SqlType::Varchar(9), SqlType::Timestamp, true),
            (SqlType::Varchar(9), SqlType::Binary(9), false),
            (SqlType::Boolean, SqlType::Integer, false),
            (SqlType::Boolean, SqlType::Char(5), true),
            (SqlType::Date, SqlType::Timestamp, true),
            (SqlType::Date, SqlType::Time, false),
            (SqlType::Time, SqlType::Date, false),
            (SqlType::Timestamp, SqlType::BigInt, false),
            (second, SqlType::BigInt, true),
            (second, SqlType::Double, false),
            (compound, SqlType::BigInt, false),
            (compound, SqlType::Varchar(9), true),
            (SqlType::Binary(2), SqlType::Varbinary(3), true),
            (SqlType::Binary(2), SqlType::Varchar(3), false),
            (SqlType::Null, SqlType::Date, true),
        ] {
            assert_eq!(is_castable(from, to), allowed, "{from} AS {to}");
        }
    }

    #[test]
    fn branches_meet_in_one_type() {
        for (types, common) in [
            (
                vec![SqlType::Char(3), SqlType::Char(5)],
                Some(SqlType::Varchar(5)),
            ),
            (vec![SqlType::Char(3), SqlType::Char(3)], Some(SqlType::Char(3))),
            (vec![SqlType::Null, SqlType::Integer], Some(SqlType::Integer)),
            (vec![SqlType::Integer, SqlType::BigInt], Some(SqlType::BigInt)),
            (vec![SqlType::Real, SqlType::Integer], Some(SqlType::Double)),
            (vec![decimal(4, 2), SqlType::Integer], Some(decimal(12, 2))),
            (vec![SqlType::Integer, SqlType::Varchar(2)], None),
        ] {
            assert_eq!(common_type(&types), common, "{types:?}");
        }
    }
}
