//! FLOOR, CEIL and STEP (`functions.md` §8) over numbers, datetimes and intervals.
//!
//! Units of time are aligned to the epoch and floor consistently, also before 1970, because windows are
//! half-open intervals cut by them; only STEP over integers truncates toward zero, as its formula says.
//! STEP by months counts months since 1970-01. CEIL of a TIME past the last unit wraps to 00:00:00.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, TimestampMillisecondType,
};

use super::arithmetic::decimal::power_of_ten;
use super::arithmetic::{Operator, out_of_range};
use super::datetime_functions::in_limit;
use super::failures::Failures;
use super::vector::{Vector, map1};
use crate::datetime::{self, DAY_MS};
use crate::row_error::RowError;
use crate::types::{SqlType, TimeUnit};

/// FLOOR(a), or CEIL(a) if `up`, of a number or of an interval (to its leading field).
pub(super) fn whole(up: bool, a: &Vector, ty: SqlType, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let never = |_| RowError::runtime("");
    match ty {
        SqlType::Real => map1::<Float32Type, Float32Type>(
            a,
            out,
            failures,
            |v| (if up { v.ceil() } else { v.floor() }, false),
            |_| RowError::runtime(""),
        ),
        SqlType::Double => map1::<Float64Type, Float64Type>(
            a,
            out,
            failures,
            |v| (if up { v.ceil() } else { v.floor() }, false),
            |_| RowError::runtime(""),
        ),
        SqlType::Decimal { scale, .. } => {
            let to = out.as_decimal().map_or(0, |(_, s)| s);
            let unit = power_of_ten(scale.into());
            let back = power_of_ten(to.into());
            let round = |v: i128| (multiple(up, v, unit) / unit).wrapping_mul(back);
            map1::<Decimal128Type, Decimal128Type>(a, out, failures, |v| (round(v), false), never)
        }
        SqlType::Interval(q) => to_unit(up, q.from, a, ty, out, failures),
        _ => a.clone(),
    }
}

/// The multiple of `unit` (above 0) at or below `v`, or at or above it if `up`.
fn multiple(up: bool, v: i128, unit: i128) -> i128 {
    let rest = v.rem_euclid(unit);
    if up && rest != 0 {
        v - rest + unit
    } else {
        v - rest
    }
}

/// FLOOR(a TO unit), or CEIL.
pub(super) fn to_unit(
    up: bool,
    unit: TimeUnit,
    a: &Vector,
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    match (ty, unit.millis()) {
        (SqlType::Interval(q), _) if q.is_year_month() => {
            let months = if unit == TimeUnit::Year { 12 } else { 1 };
            map_i64::<Int32Type>(a, out, failures, move |v| step(up, v, months))
        }
        (SqlType::Interval(_), Some(width)) => {
            map_i64::<Int64Type>(a, out, failures, move |v| step(up, v, width))
        }
        (SqlType::Interval(_), None) => a.clone(),
        (_, Some(width)) => datetimes(a, ty, out, failures, move |ms| step(up, ms, width)),
        (_, None) => datetimes(a, ty, out, failures, move |ms| {
            let floor = datetime::floor_to(ms, unit);
            let months = if unit == TimeUnit::Year { 12 } else { 1 };
            Some(if up && floor != ms {
                datetime::add_months(floor, months)
            } else {
                floor
            })
        }),
    }
}

/// The multiple of `width` (above 0) at or below `v`, or at or above it if `up`.
fn step(up: bool, v: i64, width: i64) -> Option<i64> {
    let rest = v.rem_euclid(width);
    let floor = v.checked_sub(rest)?;
    if up && rest != 0 {
        floor.checked_add(width)
    } else {
        Some(floor)
    }
}

/// Whether the steps have no width, which fails every row.
fn fails_without_width(width: i64, failures: &mut Failures<'_>) -> bool {
    if width == 0 {
        failures.fail_all(&Operator::Divide.by_zero("STEP", 0));
    }
    width == 0
}

/// STEP(i BY n).
pub(super) fn step_integer(n: i64, a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    if fails_without_width(n, failures) {
        return Vector::null(out);
    }
    // (i / n) * n: truncation toward zero, and never further from zero than i.
    let f = move |v: i64| Some(v.wrapping_div(n).wrapping_mul(n));
    match out {
        SqlType::TinyInt => map_i64::<Int8Type>(a, out, failures, f),
        SqlType::SmallInt => map_i64::<Int16Type>(a, out, failures, f),
        SqlType::Integer => map_i64::<Int32Type>(a, out, failures, f),
        _ => map_i64::<Int64Type>(a, out, failures, f),
    }
}

/// STEP(d BY INTERVAL …) of a day-time interval.
pub(super) fn step_millis(
    n: i64,
    a: &Vector,
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let width = n.saturating_abs();
    if fails_without_width(width, failures) {
        return Vector::null(out);
    }
    match ty {
        SqlType::Interval(_) => map_i64::<Int64Type>(a, out, failures, move |v| step(false, v, width)),
        _ => datetimes(a, ty, out, failures, move |ms| step(false, ms, width)),
    }
}

/// STEP(d BY INTERVAL …) of months or years.
pub(super) fn step_months(
    n: i64,
    a: &Vector,
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let width = n.saturating_abs();
    if fails_without_width(width, failures) {
        return Vector::null(out);
    }
    match ty {
        SqlType::Interval(_) => map_i64::<Int32Type>(a, out, failures, move |v| step(false, v, width)),
        _ => datetimes(a, ty, out, failures, move |ms| {
            let (year, month, _) = datetime::civil_from_days(ms.div_euclid(DAY_MS));
            let months = (year - 1970) * 12 + month - 1;
            Some(datetime::add_months(0, step(false, months, width)?))
        }),
    }
}

/// A function of the instant over DATE (its midnight), TIME (on 1970-01-01) or TIMESTAMP.
fn datetimes(
    a: &Vector,
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
    f: impl Fn(i64) -> Option<i64>,
) -> Vector {
    match ty {
        SqlType::Date => map_i64::<Date32Type>(a, out, failures, |days| {
            Some(f(days * DAY_MS)?.div_euclid(DAY_MS))
        }),
        SqlType::Time => {
            map_i64::<Time32MillisecondType>(a, out, failures, |ms| Some(f(ms)?.rem_euclid(DAY_MS)))
        }
        SqlType::Timestamp => map_i64::<TimestampMillisecondType>(a, out, failures, |ms| f(in_limit(ms)?)),
        _ => failures.mismatch(out),
    }
}

fn map_i64<T>(a: &Vector, out: SqlType, failures: &mut Failures<'_>, f: impl Fn(i64) -> Option<i64>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64> + TryFrom<i64>,
{
    let checked = |v: T::Native| match f(v.into()).and_then(|r| T::Native::try_from(r).ok()) {
        Some(result) => (result, false),
        None => (v, true),
    };
    map1::<T, T>(a, out, failures, checked, |v| out_of_range(v.into(), out))
}
