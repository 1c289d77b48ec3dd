//! Numbers from numbers, text and intervals (`sql.md` §3): rounded half away from zero, checked for range.
//!
//! A text goes to an exact type through its exact value, never through a float; a float goes to DECIMAL
//! through its shortest digits, as `BigDecimal.valueOf` has it. Interval fields are truncated.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    ArrowNativeType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};

use super::super::arithmetic::decimal::{Shown, fits, power_of_ten, rescale};
use super::super::arithmetic::out_of_range;
use super::super::failures::Failures;
use super::super::vector::{Vector, each_primitive, map1};
use super::interval;
use crate::row_error::RowError;
use crate::types::SqlType;

mod exact_text;

/// `value` as `to`.
pub(super) fn to_number(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    match to {
        _ if from == to => value.clone(),
        SqlType::TinyInt => to_exact::<Int8Type>(value, from, to, failures),
        SqlType::SmallInt => to_exact::<Int16Type>(value, from, to, failures),
        SqlType::Integer => to_exact::<Int32Type>(value, from, to, failures),
        SqlType::BigInt => to_exact::<Int64Type>(value, from, to, failures),
        SqlType::Decimal { .. } => to_exact::<Decimal128Type>(value, from, to, failures),
        SqlType::Real => to_float::<Float32Type>(value, from, to, failures),
        SqlType::Double => to_float::<Float64Type>(value, from, to, failures),
        _ => failures.mismatch(to),
    }
}

/// Integers and decimals: all sources become an unscaled value at the target's scale.
fn to_exact<T>(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let (precision, scale) = match to {
        SqlType::Decimal { precision, scale } => (Some(precision), scale),
        _ => (None, 0),
    };
    let narrow = |unscaled: i128| match T::Native::try_from(unscaled) {
        Ok(v) if precision.is_none_or(|p| fits(unscaled, p)) => Some(v),
        _ => None,
    };
    let check = |unscaled: Option<i128>| match unscaled.and_then(narrow) {
        Some(v) => (v, false),
        None => (T::Native::default(), true),
    };
    match from {
        SqlType::TinyInt => whole::<Int8Type, T>(value, to, failures, |v| check(rescale(v, 0, scale))),
        SqlType::SmallInt => whole::<Int16Type, T>(value, to, failures, |v| check(rescale(v, 0, scale))),
        SqlType::Integer => whole::<Int32Type, T>(value, to, failures, |v| check(rescale(v, 0, scale))),
        SqlType::BigInt => whole::<Int64Type, T>(value, to, failures, |v| check(rescale(v, 0, scale))),
        SqlType::Decimal { scale: s, .. } => map1::<Decimal128Type, T>(
            value,
            to,
            failures,
            |v| check(rescale(v, s, scale)),
            |v| out_of_range(Shown(v, s), to),
        ),
        SqlType::Real => map1::<Float32Type, T>(
            value,
            to,
            failures,
            |v| check(real_to_exact(v, scale)),
            |v| out_of_range(v, to),
        ),
        SqlType::Double => map1::<Float64Type, T>(
            value,
            to,
            failures,
            |v| check(double_to_exact(v, scale)),
            |v| out_of_range(v, to),
        ),
        SqlType::Char(_) | SqlType::Varchar(_) => {
            let Some(texts) = value.texts() else {
                return failures.mismatch(to);
            };
            each_primitive::<T>(to, failures, |row| {
                let Some(text) = texts.get(row) else {
                    return Ok(None);
                };
                let unscaled = exact_text::parse(text.trim(), scale).ok_or_else(|| not_a_number(text))?;
                let value = unscaled.and_then(narrow);
                value.map(Some).ok_or_else(|| out_of_range(text.trim(), to))
            })
        }
        SqlType::Interval(q) => each_primitive::<T>(to, failures, |row| {
            let Some(v) = value.integer(row) else {
                return Ok(None);
            };
            if q.from != q.to {
                return Err(RowError::runtime(format!(
                    "cannot convert a value of INTERVAL {q} to {to}: it has more than one field"
                )));
            }
            let unscaled = i128::from(v) * power_of_ten(scale.into()) / i128::from(interval::width(q.from));
            let shown = || out_of_range(Shown(unscaled, scale), to);
            narrow(unscaled).map(Some).ok_or_else(shown)
        }),
        _ => failures.mismatch(to),
    }
}

/// The error of a text that is no number, in the words of the service.
fn not_a_number(text: &str) -> RowError {
    RowError::runtime(format!("For input string: \"{text}\""))
}

fn whole<A, T>(
    value: &Vector,
    to: SqlType,
    failures: &mut Failures<'_>,
    f: impl Fn(i128) -> (T::Native, bool),
) -> Vector
where
    A: ArrowPrimitiveType,
    A::Native: Into<i128>,
    T: ArrowPrimitiveType,
{
    map1::<A, T>(
        value,
        to,
        failures,
        |v| f(v.into()),
        |v| {
            let v: i128 = v.into();
            out_of_range(v, to)
        },
    )
}

/// A finite REAL at a scale: its digits are fewer than its exact value has, so they are always taken.
fn real_to_exact(v: f32, scale: u8) -> Option<i128> {
    if scale == 0 {
        return whole_part(v.into());
    }
    exact_text::parse(&format!("{v:E}"), scale).flatten()
}

/// A finite DOUBLE at a scale.
fn double_to_exact(v: f64, scale: u8) -> Option<i128> {
    /// Below 2^41 a product is wrong by less than a thousandth.
    const SAFE: f64 = 2_199_023_255_552.0;
    if scale == 0 {
        return whole_part(v);
    }
    #[expect(clippy::cast_precision_loss, reason = "powers of ten up to 10^22 are exact")]
    let product = v * power_of_ten(scale.into()) as f64;
    let rounded = product.round();
    if product.abs() < SAFE && ((product - rounded).abs() - 0.5).abs() > 1e-3 {
        return whole_part(rounded);
    }
    exact_text::parse(&format!("{v:E}"), scale).flatten()
}

/// A float rounded half away from zero.
fn whole_part(v: f64) -> Option<i128> {
    let rounded = v.round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "inside 128 bits, checked in the same place"
    )]
    (rounded.abs() < 1e30).then_some(rounded as i128)
}

/// REAL and DOUBLE.
fn to_float<T>(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: FromDouble,
{
    let check = |v: f64| T::Native::from_double(v);
    match from {
        SqlType::TinyInt => {
            map1::<Int8Type, T>(value, to, failures, |v| check(v.into()), |v| out_of_range(v, to))
        }
        SqlType::SmallInt => {
            map1::<Int16Type, T>(value, to, failures, |v| check(v.into()), |v| out_of_range(v, to))
        }
        SqlType::Integer => {
            map1::<Int32Type, T>(value, to, failures, |v| check(v.into()), |v| out_of_range(v, to))
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "the nearest float is what the cast means"
        )]
        SqlType::BigInt => {
            map1::<Int64Type, T>(value, to, failures, |v| check(v as f64), |v| out_of_range(v, to))
        }
        SqlType::Decimal { scale, .. } => map1::<Decimal128Type, T>(
            value,
            to,
            failures,
            |v| check(decimal_to_float(v, scale)),
            |v| out_of_range(Shown(v, scale), to),
        ),
        SqlType::Real => {
            map1::<Float32Type, T>(value, to, failures, |v| check(v.into()), |v| out_of_range(v, to))
        }
        SqlType::Double => map1::<Float64Type, T>(value, to, failures, check, |v| out_of_range(v, to)),
        SqlType::Char(_) | SqlType::Varchar(_) => {
            let Some(texts) = value.texts() else {
                return failures.mismatch(to);
            };
            each_primitive::<T>(to, failures, |row| {
                let Some(text) = texts.get(row) else {
                    return Ok(None);
                };
                let number = exact_text::is_number(text.trim())
                    .then(|| T::Native::read(text.trim()))
                    .flatten();
                let (value, overflows) = number.ok_or_else(|| not_a_number(text))?;
                if overflows {
                    Err(out_of_range(text.trim(), to))
                } else {
                    Ok(Some(value))
                }
            })
        }
        _ => failures.mismatch(to),
    }
}

/// The floats; `true` beside a value that is out of range.
trait FromDouble: ArrowNativeType {
    fn from_double(v: f64) -> (Self, bool);
    fn read(text: &str) -> Option<(Self, bool)>;
}

impl FromDouble for f32 {
    fn from_double(v: f64) -> (Self, bool) {
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

impl FromDouble for f64 {
    fn from_double(v: f64) -> (Self, bool) {
        (v, !v.is_finite())
    }
    fn read(text: &str) -> Option<(Self, bool)> {
        let v: f64 = text.parse().ok()?;
        Some((v, !v.is_finite()))
    }
}

/// The nearest DOUBLE. Up to 2^53 one division is correctly rounded; beyond, the decimal text is read.
fn decimal_to_float(unscaled: i128, scale: u8) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact below 2^53, and powers of ten up to 10^22"
    )]
    if unscaled.unsigned_abs() < 1 << 53 && scale <= 22 {
        return unscaled as f64 / power_of_ten(scale.into()) as f64;
    }
    format!("{unscaled}e-{scale}").parse().unwrap_or(f64::INFINITY)
}
