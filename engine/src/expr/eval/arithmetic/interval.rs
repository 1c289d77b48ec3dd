//! Interval × number and interval ÷ number (`sql.md` §6.2); sums of intervals are plain integers.
//!
//! The value stays in milliseconds (or months) whatever the qualifier shows. Division by an integer
//! truncates like integer division; a decimal or float factor rounds half away from zero.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};

use super::super::failures::Failures;
use super::super::vector::{Vector, each_primitive, map1};
use super::decimal::{Shown, divide_rounded, power_of_ten};
use super::float::Float;
use super::{Operator, integer, out_of_range};
use crate::row_error::RowError;
use crate::types::SqlType;

/// A numeric operand of any type.
enum Number {
    Whole(i128),
    Decimal(i128, u8),
    Float(f64),
}

/// `interval op number`.
pub(super) fn scale(
    operator: Operator,
    interval: &Vector,
    (number, number_type): (&Vector, SqlType),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    // The epoch form of a window key divides by an integer for every row.
    let whole = match number_type {
        SqlType::TinyInt => Some(widened::<Int8Type>(number, failures)),
        SqlType::SmallInt => Some(widened::<Int16Type>(number, failures)),
        SqlType::Integer => Some(widened::<Int32Type>(number, failures)),
        SqlType::BigInt => Some(number.clone()),
        _ => None,
    };
    if let Some(whole) = whole
        && out.arrow() == arrow::datatypes::DataType::Int64
    {
        return integer::binary::<Int64Type>(operator, (interval, &whole), out, failures);
    }
    let value = |row| -> Result<Option<i128>, RowError> {
        let (Some(a), Some(b)) = (interval.integer(row), read(number, number_type, row)) else {
            return Ok(None);
        };
        apply(operator, i128::from(a), b, out).map(Some)
    };
    let narrow = |v: i128| out_of_range(v, out);
    if out.arrow() == arrow::datatypes::DataType::Int32 {
        each_primitive::<Int32Type>(out, failures, |row| {
            value(row)?
                .map(|v| i32::try_from(v).map_err(|_| narrow(v)))
                .transpose()
        })
    } else {
        each_primitive::<Int64Type>(out, failures, |row| {
            value(row)?
                .map(|v| i64::try_from(v).map_err(|_| narrow(v)))
                .transpose()
        })
    }
}

/// The integer as BIGINT, which cannot fail.
fn widened<T>(number: &Vector, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64>,
{
    let never = |_| RowError::runtime("");
    map1::<T, Int64Type>(number, SqlType::BigInt, failures, |v| (v.into(), false), never)
}

fn read(number: &Vector, ty: SqlType, row: usize) -> Option<Number> {
    if number.is_null(row) {
        return None;
    }
    let i = number.index(row);
    match ty {
        SqlType::Decimal { scale, .. } => number
            .primitive::<Decimal128Type>()
            .map(|a| Number::Decimal(a.value(i), scale)),
        SqlType::Real => number
            .primitive::<Float32Type>()
            .map(|a| Number::Float(a.value(i).into())),
        SqlType::Double => number
            .primitive::<Float64Type>()
            .map(|a| Number::Float(a.value(i))),
        _ => number.integer(row).map(|v| Number::Whole(v.into())),
    }
}

fn apply(operator: Operator, a: i128, b: Number, out: SqlType) -> Result<i128, RowError> {
    let divides = operator == Operator::Divide;
    match b {
        Number::Whole(0) | Number::Decimal(0, _) if divides => Err(operator.by_zero(a, 0)),
        Number::Float(0.0) if divides => Err(operator.by_zero(a, 0)),
        Number::Whole(b) => Ok(if divides { a / b } else { a * b }),
        Number::Decimal(b, s) => {
            let unit = power_of_ten(s.into());
            let product = if divides {
                a.checked_mul(unit)
            } else {
                a.checked_mul(b)
            };
            product
                .map(|p| divide_rounded(p, if divides { b } else { unit }))
                .ok_or_else(|| out_of_range(operator.show(a, Shown(b, s)), out))
        }
        Number::Float(b) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "an interval of a float factor is rounded anyway"
            )]
            let a = a as f64;
            let exact = if divides { a / b } else { a * b };
            let rounded = exact.round();
            if rounded.abs() >= 9.3e18 || !rounded.is_finite() {
                return Err(out_of_range(operator.show(a, b.text()), out));
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "in range of 128 bits, checked above"
            )]
            let whole = rounded as i128;
            Ok(whole)
        }
    }
}
