//! Intervals from text and from other intervals, and their text (`sql.md` §3.1, §3.2, §6.1).
//!
//! The text always has its sign and shows a fraction of seconds only if there is one. A value may exceed the
//! leading precision of its qualifier (`+371` SECOND); only text must keep to it.

use std::fmt::Write;

use arrow::datatypes::{Int32Type, Int64Type};

use super::super::arithmetic::out_of_range;
use super::super::datetime_functions::cut_to;
use super::super::failures::Failures;
use super::super::vector::{Vector, each_primitive, map1};
use super::cannot_convert;
use super::datetime::milliseconds;
use crate::row_error::RowError;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

/// `value` as `to`.
pub(super) fn to_interval(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    let SqlType::Interval(q) = to else {
        return failures.mismatch(to);
    };
    if from.is_character() {
        return from_text(value, q, to, failures);
    }
    if from.family() != to.family() {
        return failures.mismatch(to);
    }
    let never = |_| RowError::runtime("");
    if q.is_year_month() {
        let cut = |v: i32| (i32::try_from(cut_to(v.into(), q)).unwrap_or(v), false);
        return map1::<Int32Type, Int32Type>(value, to, failures, cut, never);
    }
    map1::<Int64Type, Int64Type>(
        value,
        to,
        failures,
        |v| (cut_to(v, q), false),
        |_| RowError::runtime(""),
    )
}

fn from_text(value: &Vector, q: IntervalQualifier, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    let Some(texts) = value.texts() else {
        return failures.mismatch(to);
    };
    let read = |row| match texts.get(row) {
        None => Ok(None),
        Some(text) => parse(text.trim(), q)
            .map(Some)
            .ok_or_else(|| cannot_convert(text, to)),
    };
    if !q.is_year_month() {
        return each_primitive::<Int64Type>(to, failures, read);
    }
    each_primitive::<Int32Type>(to, failures, |row| {
        read(row)?
            .map(|v| i32::try_from(v).map_err(|_| out_of_range(v, to)))
            .transpose()
    })
}

/// Reads `[+|-]DD HH:MM:SS.SSS`, trimmed to the qualifier's fields.
fn parse(text: &str, q: IntervalQualifier) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0i64;
    for unit in q.fields() {
        let n = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = rest.split_at_checked(n)?;
        let leading = unit == q.from;
        if n == 0 || n > if leading { usize::from(q.precision) } else { 2 } {
            return None;
        }
        let value: i64 = digits.parse().ok()?;
        if !leading && value > unit.greatest() {
            return None;
        }
        total = total.checked_add(value.checked_mul(unit.width())?)?;
        rest = after;
        if unit == TimeUnit::Second {
            if let Some(fraction) = rest.strip_prefix('.') {
                total = total.checked_add(milliseconds(fraction)?)?;
                rest = "";
            }
        } else if unit != q.to {
            rest = rest.strip_prefix(unit.separator())?;
        }
    }
    rest.is_empty().then_some(sign * total)
}

/// Appends the text of an interval: `+2 00:06:11`, `+6:11`, `+371`, `-4-04`.
pub(super) fn write(value: i64, q: IntervalQualifier, out: &mut String) {
    out.push(if value < 0 { '-' } else { '+' });
    let mut rest = cut_to(value, q).unsigned_abs();
    for unit in q.fields() {
        let width = unit.width().unsigned_abs();
        let field = rest / width;
        rest %= width;
        let _ = if unit == q.from {
            write!(out, "{field}")
        } else {
            write!(out, "{field:02}")
        };
        if unit != q.to {
            out.push(unit.separator());
        } else if unit == TimeUnit::Second && rest > 0 {
            let digits = format!("{rest:03}");
            out.push('.');
            out.push_str(digits.get(..usize::from(q.fraction.min(3))).unwrap_or_default());
        }
    }
}
