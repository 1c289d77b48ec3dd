//! TINYINT … BIGINT and DECIMAL: every source becomes an unscaled value at the target's scale.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};

use super::super::super::arithmetic::decimal::{Shown, fits, power_of_ten, rescale};
use super::super::super::arithmetic::float::Float;
use super::super::super::arithmetic::out_of_range;
use super::super::super::failures::Failures;
use super::super::super::vector::{Vector, each_primitive, map1};
use super::{exact_text, not_a_number};
use crate::row_error::RowError;
use crate::types::{IntervalQualifier, SqlType};

/// What a value must fit into.
#[derive(Clone, Copy)]
struct Target {
    ty: SqlType,
    /// Of a DECIMAL.
    precision: Option<u8>,
    scale: u8,
}

impl Target {
    fn of(ty: SqlType) -> Self {
        match ty {
            SqlType::Decimal { precision, scale } => Self {
                ty,
                precision: Some(precision),
                scale,
            },
            _ => Self {
                ty,
                precision: None,
                scale: 0,
            },
        }
    }

    /// The native value, if it is in range.
    fn narrow<N: TryFrom<i128>>(self, unscaled: i128) -> Option<N> {
        let value = N::try_from(unscaled).ok()?;
        self.precision.is_none_or(|p| fits(unscaled, p)).then_some(value)
    }

    /// The native value, and whether it is out of range.
    fn check<N: TryFrom<i128> + Default>(self, unscaled: Option<i128>) -> (N, bool) {
        match unscaled.and_then(|u| self.narrow(u)) {
            Some(value) => (value, false),
            None => (N::default(), true),
        }
    }
}

/// `value` as `to`, whose native type is `T`'s.
pub(super) fn convert<T>(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let target = Target::of(to);
    let scale = target.scale;
    match from {
        SqlType::TinyInt => from_integer::<Int8Type, T>(value, target, failures),
        SqlType::SmallInt => from_integer::<Int16Type, T>(value, target, failures),
        SqlType::Integer => from_integer::<Int32Type, T>(value, target, failures),
        SqlType::BigInt => from_integer::<Int64Type, T>(value, target, failures),
        SqlType::Decimal { scale: s, .. } => {
            let convert = |v| target.check(rescale(v, s, scale));
            map1::<Decimal128Type, T>(value, to, failures, convert, |v| out_of_range(Shown(v, s), to))
        }
        SqlType::Real => {
            let convert = |v| target.check(of_real(v, scale));
            map1::<Float32Type, T>(value, to, failures, convert, |v| out_of_range(v.text(), to))
        }
        SqlType::Double => {
            let convert = |v| target.check(of_double(v, scale));
            map1::<Float64Type, T>(value, to, failures, convert, |v| out_of_range(v.text(), to))
        }
        SqlType::Char(_) | SqlType::Varchar(_) => from_text::<T>(value, target, failures),
        SqlType::Interval(q) => from_interval::<T>(value, q, target, failures),
        _ => failures.mismatch(to),
    }
}

fn from_integer<A, T>(value: &Vector, target: Target, failures: &mut Failures<'_>) -> Vector
where
    A: ArrowPrimitiveType,
    A::Native: Into<i128>,
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let convert = |v: A::Native| target.check(rescale(v.into(), 0, target.scale));
    map1::<A, T>(value, target.ty, failures, convert, |v| {
        let v: i128 = v.into();
        out_of_range(v, target.ty)
    })
}

fn from_text<T>(value: &Vector, target: Target, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let Some(texts) = value.texts() else {
        return failures.mismatch(target.ty);
    };
    each_primitive::<T>(target.ty, failures, |row| {
        let Some(text) = texts.get(row) else {
            return Ok(None);
        };
        let unscaled = exact_text::parse(text.trim(), target.scale).ok_or_else(|| not_a_number(text))?;
        let value = unscaled.and_then(|u| target.narrow(u));
        value
            .map(Some)
            .ok_or_else(|| out_of_range(text.trim(), target.ty))
    })
}

/// The value in its one field, digits beyond the scale dropped.
fn from_interval<T>(
    value: &Vector,
    q: IntervalQualifier,
    target: Target,
    failures: &mut Failures<'_>,
) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let to = target.ty;
    each_primitive::<T>(to, failures, |row| {
        let Some(v) = value.integer(row) else {
            return Ok(None);
        };
        if q.from != q.to {
            return Err(RowError::runtime(format!(
                "cannot convert a value of INTERVAL {q} to {to}: it has more than one field"
            )));
        }
        let unscaled = i128::from(v) * power_of_ten(target.scale.into()) / i128::from(q.from.width());
        let error = || out_of_range(Shown(unscaled, target.scale), to);
        target.narrow(unscaled).map(Some).ok_or_else(error)
    })
}

/// A finite REAL at a scale: its digits are fewer than its exact value has, so they are always taken.
fn of_real(v: f32, scale: u8) -> Option<i128> {
    if scale == 0 {
        return whole(v.into());
    }
    exact_text::parse(&format!("{v:E}"), scale).flatten()
}

/// A finite DOUBLE at a scale.
fn of_double(v: f64, scale: u8) -> Option<i128> {
    /// Below 2^41 a product is wrong by less than a thousandth.
    const SAFE: f64 = 2_199_023_255_552.0;
    if scale == 0 {
        return whole(v);
    }
    #[expect(clippy::cast_precision_loss, reason = "powers of ten up to 10^22 are exact")]
    let product = v * power_of_ten(scale.into()) as f64;
    let rounded = product.round();
    if product.abs() < SAFE && ((product - rounded).abs() - 0.5).abs() > 1e-3 {
        return whole(rounded);
    }
    exact_text::parse(&format!("{v:E}"), scale).flatten()
}

/// A float rounded half away from zero.
fn whole(v: f64) -> Option<i128> {
    let rounded = v.round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "inside 128 bits, checked in the same place"
    )]
    (rounded.abs() < 1e30).then_some(rounded as i128)
}
