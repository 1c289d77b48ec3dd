//! DATE, TIME and TIMESTAMP from each other and from text (`sql.md` §3.1, §3.2).
//!
//! Text is read as `yyyy-MM-dd`, `HH:mm:ss[.f]` or both with a blank between, blanks around it ignored and
//! fields of one digit accepted; a missing or foreign part is an error. A TIME becomes a TIMESTAMP of the day
//! on which the run started.

use arrow::datatypes::{Date32Type, Time32MillisecondType, TimestampMillisecondType};

use super::super::failures::Failures;
use super::super::vector::{Vector, each_primitive, map1};
use super::cannot_convert;
use crate::clock::Clock;
use crate::datetime::{DAY_MS, days_from_civil, days_in_month};
use crate::row_error::RowError;
use crate::types::SqlType;

/// `value` as `to`.
pub(super) fn to_datetime(
    value: &Vector,
    from: SqlType,
    to: SqlType,
    clock: &Clock,
    failures: &mut Failures<'_>,
) -> Vector {
    if from.is_character() {
        return from_text(value, to, failures);
    }
    let today = clock.run_start_ms.div_euclid(DAY_MS) * DAY_MS;
    let never = |_| RowError::runtime("");
    let small = |v: i64| i32::try_from(v).map_or((0, true), |v| (v, false));
    match (from, to) {
        _ if from == to => value.clone(),
        (SqlType::Date, SqlType::Timestamp) => map1::<Date32Type, TimestampMillisecondType>(
            value,
            to,
            failures,
            |days| (i64::from(days) * DAY_MS, false),
            |_| RowError::runtime(""),
        ),
        (SqlType::Time, SqlType::Timestamp) => map1::<Time32MillisecondType, TimestampMillisecondType>(
            value,
            to,
            failures,
            |ms| (today + i64::from(ms), false),
            |_| RowError::runtime(""),
        ),
        (SqlType::Timestamp, SqlType::Date) => map1::<TimestampMillisecondType, Date32Type>(
            value,
            to,
            failures,
            |ms| small(ms.div_euclid(DAY_MS)),
            |ms| super::super::arithmetic::out_of_range(ms, to),
        ),
        (SqlType::Timestamp, SqlType::Time) => map1::<TimestampMillisecondType, Time32MillisecondType>(
            value,
            to,
            failures,
            |ms| small(ms.rem_euclid(DAY_MS)),
            never,
        ),
        _ => failures.mismatch(to),
    }
}

fn from_text(value: &Vector, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    let Some(texts) = value.texts() else {
        return failures.mismatch(to);
    };
    let read = |row, parse: fn(&str) -> Option<i64>| match texts.get(row) {
        None => Ok(None),
        Some(text) => parse(text.trim())
            .map(Some)
            .ok_or_else(|| cannot_convert(text, to)),
    };
    let small = |v: Option<i64>| v.and_then(|v| i32::try_from(v).ok());
    match to {
        SqlType::Date => each_primitive::<Date32Type>(to, failures, |row| Ok(small(read(row, date)?))),
        SqlType::Time => {
            each_primitive::<Time32MillisecondType>(to, failures, |row| Ok(small(read(row, time)?)))
        }
        _ => each_primitive::<TimestampMillisecondType>(to, failures, |row| read(row, timestamp)),
    }
}

fn date(text: &str) -> Option<i64> {
    let mut fields = text.split('-');
    let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() || year.len() != 4 {
        return None;
    }
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    valid.then(|| days_from_civil(year, month, day))
}

fn time(text: &str) -> Option<i64> {
    let mut fields = text.split(':');
    let (hour, minute, second) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    let (second, fraction) = match second.split_once('.') {
        Some((second, fraction)) => (second, milliseconds(fraction)?),
        None => (second, 0),
    };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * 1_000 + fraction)
}

fn timestamp(text: &str) -> Option<i64> {
    let (day, rest) = text.split_once(' ')?;
    Some(date(day)? * DAY_MS + time(rest.trim_start_matches(' '))?)
}

/// One to `digits` digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let valid = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

/// Digits of a fraction; those after the third are dropped.
pub(super) fn milliseconds(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digit = |i: usize| fraction.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
    Some(digit(0) * 100 + digit(1) * 10 + digit(2))
}
