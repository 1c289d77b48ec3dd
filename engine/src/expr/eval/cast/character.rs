//! CHAR(n) and VARCHAR(n) from every type (`sql.md` §3.1, §3.2).
//!
//! Text and intervals are cut to n characters; anything else that does not fit is an error. A TIMESTAMP or
//! TIME shows its milliseconds only if it has some: the documented `2007-02-19 21:25:35` has no `.0`, and
//! applications that take `SUBSTRING` at fixed positions find `.SSS` where there is one. DOUBLE and REAL have
//! SQL's scientific form (`4.683442343249838E6`), DECIMAL no zero before its point.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, StringViewArray, make_view};
use arrow::datatypes::{Decimal128Type, Float32Type, Float64Type};

use super::super::failures::Failures;
use super::super::text::{length, offset};
use super::super::vector::{Texts, Vector, each_text};
use super::interval;
use crate::datetime::{self, DAY_MS};
use crate::number_text;
use crate::row_error::RowError;
use crate::types::SqlType;

/// `value` as `to`.
pub(super) fn to_text(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    let (n, pads) = match to {
        SqlType::Char(n) => (n as usize, true),
        SqlType::Varchar(n) => (n as usize, false),
        _ => return failures.mismatch(to),
    };
    if from.is_character() {
        let Some(texts) = value.texts() else {
            return failures.mismatch(to);
        };
        return if pads {
            padded(texts, n, value, failures)
        } else if longest(from) <= n {
            value.clone()
        } else {
            cut(texts, n, value, failures)
        };
    }
    each_text(failures, |row, out| {
        if value.is_null(row) {
            return Ok(false);
        }
        write_value(value, from, row, out);
        let long = length(out);
        if long > n {
            if !from.is_interval() {
                return Err(RowError::runtime(format!("Value '{out}' is too long for {to}")));
            }
            out.truncate(offset(out, n));
        }
        if pads {
            out.extend(std::iter::repeat_n(' ', n.saturating_sub(long)));
        }
        Ok(true)
    })
}

/// Characters that a value of a text type has at most.
fn longest(ty: SqlType) -> usize {
    match ty {
        SqlType::Char(n) | SqlType::Varchar(n) => n as usize,
        _ => usize::MAX,
    }
}

/// VARCHAR(n): the array itself if nothing is longer, else new views into the same bytes.
fn cut(texts: Texts<'_>, n: usize, value: &Vector, failures: &mut Failures<'_>) -> Vector {
    let array = texts.array();
    if array.lengths().all(|l| l as usize <= n) {
        return value.clone();
    }
    let mut views = Vec::with_capacity(array.len());
    for (i, &view) in array.views().iter().enumerate() {
        let text = if array.is_valid(i) { array.value(i) } else { "" };
        let end = if text.len() <= n {
            text.len()
        } else {
            offset(text, n)
        };
        views.push(if array.is_null(i) {
            0
        } else if end == text.len() {
            view
        } else if end <= 12 {
            make_view(text.get(..end).unwrap_or_default().as_bytes(), 0, 0)
        } else {
            // A long view keeps its prefix, buffer and offset; only the length shrinks.
            view & !u128::from(u32::MAX) | end as u128
        });
    }
    let buffers = array.data_buffers().to_vec();
    match StringViewArray::try_new(views.into(), buffers, array.nulls().cloned()) {
        Ok(array) => Vector::new(Arc::new(array), value.is_constant()),
        Err(_) => failures.mismatch(SqlType::Varchar(1)),
    }
}

/// CHAR(n): cut or filled up with blanks.
fn padded(texts: Texts<'_>, n: usize, value: &Vector, failures: &mut Failures<'_>) -> Vector {
    let exact = |text: &str| text.len() == n && text.is_ascii();
    if texts.array().iter().flatten().all(exact) {
        return value.clone();
    }
    each_text(failures, |row, out| {
        let Some(text) = texts.get(row) else {
            return Ok(false);
        };
        out.push_str(text.get(..offset(text, n)).unwrap_or_default());
        out.extend(std::iter::repeat_n(' ', n.saturating_sub(length(text))));
        Ok(true)
    })
}

/// Appends the text of a value that is not NULL.
fn write_value(value: &Vector, from: SqlType, row: usize, out: &mut String) {
    let i = value.index(row);
    match from {
        SqlType::Boolean => {
            let truth = value.booleans().is_some_and(|b| b.value(i));
            out.push_str(if truth { "TRUE" } else { "FALSE" });
        }
        SqlType::Decimal { scale, .. } => {
            let unscaled = value.primitive::<Decimal128Type>().map_or(0, |a| a.value(i));
            write_decimal(unscaled, scale, out);
        }
        SqlType::Real => {
            let v = value.primitive::<Float32Type>().map_or(0.0, |a| a.value(i));
            // −0 reads 0E0 too.
            let _ = write!(out, "{:E}", v + 0.0);
        }
        SqlType::Double => {
            let v = value.primitive::<Float64Type>().map_or(0.0, |a| a.value(i));
            let _ = write!(out, "{:E}", v + 0.0);
        }
        _ => write_integer(value.integer(row).unwrap_or_default(), from, out),
    }
}

fn write_integer(v: i64, from: SqlType, out: &mut String) {
    match from {
        SqlType::Date => datetime::write_date(out, v),
        SqlType::Time => datetime::write_time(out, v, v % 1_000 != 0),
        SqlType::Timestamp => datetime::write_timestamp(out, v, v.rem_euclid(DAY_MS) % 1_000 != 0),
        SqlType::Interval(q) => interval::write(v, q, out),
        _ => {
            let _ = write!(out, "{v}");
        }
    }
}

/// `.48`, `-.29`, `12.30`, `0` at scale 0.
fn write_decimal(unscaled: i128, scale: u8, out: &mut String) {
    number_text::write_decimal(out, unscaled, scale);
    let digits = usize::from(unscaled < 0);
    if scale > 0 && out.get(digits..).is_some_and(|t| t.starts_with("0.")) {
        out.remove(digits);
    }
}
