//! `+ - * /`, negation, MOD and ABS over every type that has them (`sql.md` §4, §6.2).
//!
//! A result outside its type is an error of the row, never a wrap, an infinity or a NaN. Each family has its
//! file; here they are told apart by the type of the result.

use arrow::datatypes::{Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};

use super::failures::Failures;
use super::vector::Vector;
use crate::row_error::{ErrorName, RowError};
use crate::types::SqlType;

pub(super) mod decimal;
pub(super) mod float;
pub(super) mod integer;
pub(super) mod interval;

/// The operators of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Mod,
}

impl Operator {
    /// `a op b` as a message shows it.
    pub(super) fn show(self, a: impl std::fmt::Display, b: impl std::fmt::Display) -> String {
        match self {
            Self::Add => format!("{a} + {b}"),
            Self::Subtract => format!("{a} - {b}"),
            Self::Multiply => format!("{a} * {b}"),
            Self::Divide => format!("{a} / {b}"),
            Self::Mod => format!("MOD({a}, {b})"),
        }
    }

    /// The error of a zero divisor.
    pub(super) fn by_zero(self, a: impl std::fmt::Display, b: impl std::fmt::Display) -> RowError {
        RowError::new(
            ErrorName::DivisionByZero,
            format!("Division by zero: {}", self.show(a, b)),
        )
    }
}

/// The operators of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Negate,
    Abs,
}

/// The overflow error of the service.
pub(super) fn out_of_range(value: impl std::fmt::Display, out: SqlType) -> RowError {
    RowError::runtime(format!("Value {value} is out of range for {out}"))
}

/// `a op b`.
pub(super) fn binary(
    operator: Operator,
    (a, a_type): (&Vector, SqlType),
    (b, b_type): (&Vector, SqlType),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let args = (a, b);
    match out {
        SqlType::TinyInt => integer::binary::<Int8Type>(operator, args, out, failures),
        SqlType::SmallInt => integer::binary::<Int16Type>(operator, args, out, failures),
        SqlType::Integer => integer::binary::<Int32Type>(operator, args, out, failures),
        SqlType::BigInt => integer::binary::<Int64Type>(operator, args, out, failures),
        SqlType::Real => float::binary::<Float32Type>(operator, args, out, failures),
        SqlType::Double => float::binary::<Float64Type>(operator, args, out, failures),
        SqlType::Decimal { .. } => {
            let scale = |t: SqlType| t.as_decimal().map_or(0, |(_, s)| s);
            decimal::binary(operator, args, (scale(a_type), scale(b_type)), out, failures)
        }
        SqlType::Interval(q) => {
            if matches!(operator, Operator::Multiply | Operator::Divide) && !b_type.is_interval() {
                interval::scale(operator, a, (b, b_type), out, failures)
            } else if q.is_year_month() {
                integer::binary::<Int32Type>(operator, args, out, failures)
            } else {
                integer::binary::<Int64Type>(operator, args, out, failures)
            }
        }
        _ => failures.mismatch(out),
    }
}

/// `-a`, ABS(a).
pub(super) fn sign(sign: Sign, a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    match out {
        SqlType::TinyInt => integer::sign::<Int8Type>(sign, a, out, failures),
        SqlType::SmallInt => integer::sign::<Int16Type>(sign, a, out, failures),
        SqlType::Integer => integer::sign::<Int32Type>(sign, a, out, failures),
        SqlType::BigInt => integer::sign::<Int64Type>(sign, a, out, failures),
        SqlType::Real => float::sign::<Float32Type>(sign, a, out, failures),
        SqlType::Double => float::sign::<Float64Type>(sign, a, out, failures),
        SqlType::Decimal { precision, scale } => super::vector::map1::<Decimal128Type, Decimal128Type>(
            a,
            out,
            failures,
            |v| {
                let r = if sign == Sign::Abs {
                    v.wrapping_abs()
                } else {
                    v.wrapping_neg()
                };
                (r, !decimal::fits(r, precision))
            },
            |v| out_of_range(decimal::Shown(v.wrapping_neg(), scale), out),
        ),
        SqlType::Interval(q) if q.is_year_month() => integer::sign::<Int32Type>(sign, a, out, failures),
        SqlType::Interval(_) => integer::sign::<Int64Type>(sign, a, out, failures),
        _ => failures.mismatch(out),
    }
}
