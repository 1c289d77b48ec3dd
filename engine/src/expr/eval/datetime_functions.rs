//! Arithmetic and functions of DATE, TIME and TIMESTAMP (`sql.md` §6.2, `functions.md` §6).
//!
//! TIME ± interval wraps at midnight, as the SQL standard has it. Results outside the years that a civil date
//! can show ([`TIMESTAMP_LIMIT_MS`]) are errors, so no later step can overflow.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType,
};

use super::arithmetic::decimal::rescale;
use super::arithmetic::out_of_range;
use super::failures::Failures;
use super::patterns::{Patterns, bad_pattern};
use super::simple_date_format::DatePattern;
use super::vector::{Vector, each_primitive, each_text, map1, map2};
use crate::datetime::{self, Civil, DAY_MS};
use crate::row_error::RowError;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

/// Greatest distance of a TIMESTAMP from 1970: a hundred million days.
const TIMESTAMP_LIMIT_MS: i64 = 8_640_000_000_000_000;

/// The instant, if it is inside the limit.
pub(super) fn in_limit(ms: i64) -> Option<i64> {
    (-TIMESTAMP_LIMIT_MS..=TIMESTAMP_LIMIT_MS)
        .contains(&ms)
        .then_some(ms)
}

/// The value of a datetime of type `ty` as an instant.
fn instant(value: i64, ty: SqlType) -> i64 {
    if ty == SqlType::Date {
        value * DAY_MS
    } else {
        value
    }
}

/// Datetime ± interval; `sign` is 1 or −1.
pub(super) fn shift(
    sign: i64,
    a: &Vector,
    (b, b_type): (&Vector, SqlType),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let months = b_type.arrow() == DataType::Int32;
    let args = (a, b);
    match (out, months) {
        (SqlType::Time, true) => a.clone(),
        (SqlType::Date, false) => moved::<Date32Type, Int64Type>(args, out, failures, |days, by| {
            to_day(by_millis(days * DAY_MS, by, sign))
        }),
        (SqlType::Date, true) => moved::<Date32Type, Int32Type>(args, out, failures, |days, by| {
            to_day(by_months(days * DAY_MS, by, sign))
        }),
        (SqlType::Time, false) => moved::<Time32MillisecondType, Int64Type>(args, out, failures, |ms, by| {
            Some((ms + by.rem_euclid(DAY_MS) * sign).rem_euclid(DAY_MS))
        }),
        (SqlType::Timestamp, false) => {
            moved::<TimestampMillisecondType, Int64Type>(args, out, failures, |ms, by| {
                by_millis(ms, by, sign)
            })
        }
        (SqlType::Timestamp, true) => {
            moved::<TimestampMillisecondType, Int32Type>(args, out, failures, |ms, by| {
                by_months(ms, by, sign)
            })
        }
        _ => failures.mismatch(out),
    }
}

fn by_millis(ms: i64, by: i64, sign: i64) -> Option<i64> {
    in_limit(ms.checked_add(by.checked_mul(sign)?)?)
}

fn by_months(ms: i64, by: i64, sign: i64) -> Option<i64> {
    /// More months than these leave the limit from anywhere inside it.
    const MONTHS_MAX: i64 = 2 * TIMESTAMP_LIMIT_MS / (28 * DAY_MS);
    if by.abs() > MONTHS_MAX {
        return None;
    }
    in_limit(datetime::add_months(in_limit(ms)?, by * sign))
}

fn to_day(ms: Option<i64>) -> Option<i64> {
    ms.map(|ms| ms.div_euclid(DAY_MS))
}

/// `f` of a datetime and an interval, as plain numbers; `None` is out of range.
fn moved<D, I>(
    args: (&Vector, &Vector),
    out: SqlType,
    failures: &mut Failures<'_>,
    f: impl Fn(i64, i64) -> Option<i64>,
) -> Vector
where
    D: ArrowPrimitiveType,
    D::Native: Into<i64> + TryFrom<i64>,
    I: ArrowPrimitiveType,
    I::Native: Into<i64>,
{
    let checked = |a: D::Native, b: I::Native| match f(a.into(), b.into()).and_then(|v| v.try_into().ok()) {
        Some(v) => (v, false),
        None => (a, true),
    };
    let error = |a: D::Native, b: I::Native| {
        let (a, b): (i64, i64) = (a.into(), b.into());
        out_of_range(format!("{a} moved by an interval of {b}"), out)
    };
    map2::<D, I, D>(args, out, failures, checked, error)
}

/// `value` cut toward zero to the qualifier's last field; ms for day-time qualifiers, else months.
pub(super) fn cut_to(value: i64, q: IntervalQualifier) -> i64 {
    let unit = match q.to {
        TimeUnit::Second => 10i64.pow(3u32.saturating_sub(q.fraction.into())),
        other => other.width(),
    };
    value / unit * unit
}

/// `(a - b) qualifier`.
pub(super) fn difference(
    q: IntervalQualifier,
    (a, b): (&Vector, &Vector),
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    if q.is_year_month() {
        return each_primitive::<Int32Type>(out, failures, |row| {
            let (Some(a), Some(b)) = (a.integer(row), b.integer(row)) else {
                return Ok(None);
            };
            let months = whole_months(instant(a, ty), instant(b, ty));
            Ok(i32::try_from(cut_to(months, q)).ok())
        });
    }
    let range = |a: i64, b: i64| out_of_range(format!("{a} - {b}"), out);
    match ty {
        SqlType::Date => map2::<Date32Type, Date32Type, Int64Type>(
            (a, b),
            out,
            failures,
            |a, b| (cut_to((i64::from(a) - i64::from(b)) * DAY_MS, q), false),
            |a, b| range(a.into(), b.into()),
        ),
        SqlType::Time => map2::<Time32MillisecondType, Time32MillisecondType, Int64Type>(
            (a, b),
            out,
            failures,
            |a, b| (cut_to(i64::from(a) - i64::from(b), q), false),
            |a, b| range(a.into(), b.into()),
        ),
        _ => map2::<TimestampMillisecondType, TimestampMillisecondType, Int64Type>(
            (a, b),
            out,
            failures,
            |a, b| {
                let (ms, overflows) = a.overflowing_sub(b);
                (cut_to(ms, q), overflows)
            },
            range,
        ),
    }
}

/// Whole calendar months from `b` to `a`, toward zero.
fn whole_months(a: i64, b: i64) -> i64 {
    let (ca, cb) = (Civil::of(a), Civil::of(b));
    let months = (ca.year - cb.year) * 12 + ca.month - cb.month;
    if a >= b && months > 0 && datetime::add_months(b, months) > a {
        months - 1
    } else if a < b && months < 0 && datetime::add_months(b, months) < a {
        months + 1
    } else {
        months
    }
}

/// EXTRACT(unit FROM a). SECOND keeps its fraction where the result is a decimal.
pub(super) fn extract(
    unit: TimeUnit,
    a: &Vector,
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    if let SqlType::Decimal { scale, .. } = out {
        return each_primitive::<Decimal128Type>(out, failures, |row| {
            let Some(value) = a.integer(row) else {
                return Ok(None);
            };
            let (value, digits) = if unit == TimeUnit::Second {
                (second_ms(value, ty), 3)
            } else {
                (field(unit, value, ty), 0)
            };
            Ok(rescale(value.into(), digits, scale))
        });
    }
    each_primitive::<Int64Type>(out, failures, |row| {
        Ok(a.integer(row).map(|v| field(unit, v, ty)))
    })
}

/// Milliseconds of the SECOND field; an interval that begins with SECOND has them all.
fn second_ms(value: i64, ty: SqlType) -> i64 {
    match ty {
        SqlType::Interval(q) if q.from == TimeUnit::Second => value,
        SqlType::Interval(_) => value % 60_000,
        SqlType::Date => 0,
        _ => value.rem_euclid(60_000),
    }
}

fn field(unit: TimeUnit, value: i64, ty: SqlType) -> i64 {
    if let SqlType::Interval(q) = ty {
        return interval_field(unit, value, q);
    }
    let civil = Civil::of(instant(value, ty));
    match unit {
        TimeUnit::Year => civil.year,
        TimeUnit::Month => civil.month,
        TimeUnit::Day => civil.day,
        TimeUnit::Hour => civil.hour,
        TimeUnit::Minute => civil.minute,
        TimeUnit::Second => civil.second,
    }
}

/// A field of an interval: the leading one has all that is above it, every field has the interval's sign.
fn interval_field(unit: TimeUnit, value: i64, q: IntervalQualifier) -> i64 {
    let (width, full) = match unit {
        TimeUnit::Year => (12, i64::MAX),
        TimeUnit::Month => (1, 12),
        TimeUnit::Day => (DAY_MS, i64::MAX),
        TimeUnit::Hour => (3_600_000, 24),
        TimeUnit::Minute => (60_000, 60),
        TimeUnit::Second => (1_000, 60),
    };
    let all = value / width;
    if unit == q.from { all } else { all % full }
}

/// TSDIFF(a, b).
pub(super) fn ts_diff(args: (&Vector, &Vector), out: SqlType, failures: &mut Failures<'_>) -> Vector {
    map2::<TimestampMillisecondType, TimestampMillisecondType, Int64Type>(
        args,
        out,
        failures,
        |a, b| b.overflowing_sub(a),
        |a, b| out_of_range(format!("TSDIFF({a}, {b})"), out),
    )
}

/// UNIX_TIMESTAMP(a), in ms.
pub(super) fn unix_timestamp(a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let never = |_| RowError::runtime("");
    map1::<TimestampMillisecondType, Int64Type>(a, out, failures, |ms| (ms, false), never)
}

/// TO_TIMESTAMP(ms).
pub(super) fn to_timestamp(a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    map1::<Int64Type, TimestampMillisecondType>(
        a,
        out,
        failures,
        |ms| (ms, in_limit(ms).is_none()),
        |ms| out_of_range(format!("TO_TIMESTAMP({ms})"), out),
    )
}

/// CHAR_TO_DATE, CHAR_TO_TIME, CHAR_TO_TIMESTAMP.
pub(super) fn parse(
    patterns: &Patterns<DatePattern>,
    (pattern, text): (&Vector, &Vector),
    out: SqlType,
    now_ms: i64,
    failures: &mut Failures<'_>,
) -> Vector {
    let (Some(pattern), Some(text)) = (pattern.texts(), text.texts()) else {
        return failures.mismatch(out);
    };
    let value = |row| -> Result<Option<i64>, RowError> {
        let (Some(pattern), Some(text)) = (pattern.get(row), text.get(row)) else {
            return Ok(None);
        };
        let compiled = patterns.get(pattern, None);
        let pattern = compiled.as_ref().as_ref().map_err(|m| bad_pattern(m))?;
        match pattern.parse(text, now_ms).and_then(in_limit) {
            Some(ms) => Ok(Some(ms)),
            None => Err(RowError::runtime(format!(
                "Unparseable date: \"{text}\" is not a {out} of the form '{}'",
                pattern.text()
            ))),
        }
    };
    let small = |v: i64| i32::try_from(v).ok();
    match out {
        SqlType::Date => each_primitive::<Date32Type>(out, failures, |row| {
            Ok(value(row)?.and_then(|ms| small(ms.div_euclid(DAY_MS))))
        }),
        SqlType::Time => each_primitive::<Time32MillisecondType>(out, failures, |row| {
            Ok(value(row)?.and_then(|ms| small(ms.rem_euclid(DAY_MS))))
        }),
        _ => each_primitive::<TimestampMillisecondType>(out, failures, value),
    }
}

/// DATE_TO_CHAR, TIME_TO_CHAR, TIMESTAMP_TO_CHAR; a text longer than the result type is cut.
pub(super) fn format(
    patterns: &Patterns<DatePattern>,
    (pattern, datetime): (&Vector, &Vector),
    ty: SqlType,
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let Some(pattern) = pattern.texts() else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let (Some(pattern), Some(value)) = (pattern.get(row), datetime.integer(row)) else {
            return Ok(false);
        };
        let compiled = patterns.get(pattern, None);
        let pattern = compiled.as_ref().as_ref().map_err(|m| bad_pattern(m))?;
        pattern.format(instant(value, ty), to);
        if let SqlType::Varchar(n) | SqlType::Char(n) = out {
            to.truncate(super::text::offset(to, n as usize));
        }
        Ok(true)
    })
}
