//! REAL and DOUBLE: the nearest value; one that is not finite is out of range.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    ArrowNativeType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};

use super::super::super::arithmetic::decimal::{Shown, power_of_ten};
use super::super::super::arithmetic::float::Float;
use super::super::super::arithmetic::out_of_range;
use super::super::super::failures::Failures;
use super::super::super::vector::{Vector, each_primitive, map1};
use super::{exact_text, not_a_number};
use crate::types::SqlType;

/// The native floats; `true` beside a value that is out of range.
pub(super) trait Nearest: ArrowNativeType {
    fn to(v: f64) -> (Self, bool);
    fn read(text: &str) -> Option<(Self, bool)>;
}

impl Nearest for f32 {
    fn to(v: f64) -> (Self, bool) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the nearest REAL is what the cast means"
        )]
        let v = v as f32;
        (v, !v.is_finite())
    }
    fn read(text: &str) -> Option<(Self, bool)> {
        let v: f32 = text.parse().ok()?;
        Some((v, !v.is_finite()))
    }
}

impl Nearest for f64 {
    fn to(v: f64) -> (Self, bool) {
        (v, !v.is_finite())
    }
    fn read(text: &str) -> Option<(Self, bool)> {
        let v: f64 = text.parse().ok()?;
        Some((v, !v.is_finite()))
    }
}

/// `value` as `to`, whose native type is `T`'s.
pub(super) fn convert<T>(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Nearest,
{
    match from {
        SqlType::TinyInt => number::<Int8Type, T>(value, to, failures, f64::from),
        SqlType::SmallInt => number::<Int16Type, T>(value, to, failures, f64::from),
        SqlType::Integer => number::<Int32Type, T>(value, to, failures, f64::from),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the nearest float is what the cast means"
        )]
        SqlType::BigInt => number::<Int64Type, T>(value, to, failures, |v| v as f64),
        SqlType::Real => number::<Float32Type, T>(value, to, failures, f64::from),
        SqlType::Double => number::<Float64Type, T>(value, to, failures, |v| v),
        SqlType::Decimal { scale, .. } => map1::<Decimal128Type, T>(
            value,
            to,
            failures,
            |v| T::Native::to(of_decimal(v, scale)),
            |v| out_of_range(Shown(v, scale), to),
        ),
        SqlType::Char(_) | SqlType::Varchar(_) => from_text::<T>(value, to, failures),
        _ => failures.mismatch(to),
    }
}

fn number<A, T>(
    value: &Vector,
    to: SqlType,
    failures: &mut Failures<'_>,
    f: impl Fn(A::Native) -> f64,
) -> Vector
where
    A: ArrowPrimitiveType,
    T: ArrowPrimitiveType,
    T::Native: Nearest,
{
    map1::<A, T>(
        value,
        to,
        failures,
        |v| T::Native::to(f(v)),
        |v| out_of_range(f(v).text(), to),
    )
}

fn from_text<T>(value: &Vector, to: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Nearest,
{
    let Some(texts) = value.texts() else {
        return failures.mismatch(to);
    };
    each_primitive::<T>(to, failures, |row| {
        let Some(text) = texts.get(row) else {
            return Ok(None);
        };
        let digits = text.trim();
        // Rust reads "inf" and "nan" too; SQL does not.
        let number = exact_text::is_number(digits)
            .then(|| T::Native::read(digits))
            .flatten();
        let (value, overflows) = number.ok_or_else(|| not_a_number(text))?;
        if overflows {
            return Err(out_of_range(digits, to));
        }
        Ok(Some(value))
    })
}

/// The nearest DOUBLE. Up to 2^53 one division is correctly rounded; beyond, the decimal text is read.
fn of_decimal(unscaled: i128, scale: u8) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact below 2^53, and powers of ten up to 10^22"
    )]
    if unscaled.unsigned_abs() < 1 << 53 && scale <= 22 {
        return unscaled as f64 / power_of_ten(scale.into()) as f64;
    }
    format!("{unscaled}e-{scale}").parse().unwrap_or(f64::INFINITY)
}
