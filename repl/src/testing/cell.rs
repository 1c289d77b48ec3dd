//! Cells as values of the dialect's types, and values as cells.
//!
//! An expected cell is read by its column's type and written again before it is compared, so that `7`,
//! `7.0` and `7.00` are the same DECIMAL, while a cell that is no such value is compared as it stands.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, StringViewArray, Time32MillisecondArray,
    TimestampMillisecondArray, new_null_array,
};
use arrow::datatypes::TimestampMillisecondType;
use rowtime_engine::datetime::{self, DAY_MS};
use rowtime_engine::expr::Value;
use rowtime_engine::row_text;
use rowtime_engine::types::SqlType;

use super::table::{Align, Cell};

/// Reads a time of the test file: `10:00`, `10:00:00[.250]` on the day `date`, or a whole timestamp. In ms.
pub fn parse_instant(text: &str, date: i64) -> Option<i64> {
    let short = if text.len() == 5 {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    datetime::parse_time(&short)
        .map(|ms| date * DAY_MS + ms)
        .or_else(|| datetime::parse_iso_timestamp(text))
}

/// Writes a time as short as it reads back on the day `date`.
pub fn instant_text(ms: i64, date: i64) -> String {
    let full = datetime::timestamp_text(ms);
    let text = if ms.div_euclid(DAY_MS) == date {
        full.get(11..).unwrap_or(&full)
    } else {
        &full
    };
    text.strip_suffix(".000").unwrap_or(text).to_owned()
}

/// Numbers stand right.
pub fn align_of(ty: SqlType) -> Align {
    if ty.is_numeric() || ty.is_interval() {
        Align::Right
    } else {
        Align::Left
    }
}

/// The value of a cell in a column of type `ty`.
pub fn parse(cell: &Cell, ty: SqlType, date: i64) -> Result<Value, String> {
    if cell.is_null() {
        return Ok(Value::Null);
    }
    let text = cell.text.as_str();
    let wrong = || format!("{} is no {ty}", cell.print());
    match ty {
        SqlType::Null => Err(wrong()),
        SqlType::Boolean => match text.to_lowercase().as_str() {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(wrong()),
        },
        SqlType::TinyInt => text
            .parse::<i8>()
            .map(|v| Value::Int(v.into()))
            .map_err(|_| wrong()),
        SqlType::SmallInt => text
            .parse::<i16>()
            .map(|v| Value::Int(v.into()))
            .map_err(|_| wrong()),
        SqlType::Integer => text
            .parse::<i32>()
            .map(|v| Value::Int(v.into()))
            .map_err(|_| wrong()),
        SqlType::BigInt => text.parse().map(Value::Int).map_err(|_| wrong()),
        SqlType::Interval(q) if q.is_year_month() => text
            .parse::<i32>()
            .map(|v| Value::Int(v.into()))
            .map_err(|_| wrong()),
        SqlType::Interval(_) => text.parse().map(Value::Int).map_err(|_| wrong()),
        SqlType::Decimal { precision, scale } => parse_decimal(text, precision, scale)
            .map(Value::Decimal)
            .ok_or_else(wrong),
        SqlType::Real => parse_finite(text)
            .filter(|v| (*v as f32).is_finite())
            .map(Value::Float)
            .ok_or_else(wrong),
        SqlType::Double => parse_finite(text).map(Value::Float).ok_or_else(wrong),
        SqlType::Char(n) | SqlType::Varchar(n) => {
            parse_text(text, n, matches!(ty, SqlType::Char(_))).ok_or_else(wrong)
        }
        SqlType::Binary(n) | SqlType::Varbinary(n) => parse_base64(text)
            .filter(|bytes| bytes.len() <= n as usize)
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(wrong),
        SqlType::Date => datetime::parse_date(text).map(Value::Int).ok_or_else(wrong),
        SqlType::Time => datetime::parse_time(text).map(Value::Int).ok_or_else(wrong),
        SqlType::Timestamp => parse_instant(text, date).map(Value::Int).ok_or_else(wrong),
    }
}

fn parse_finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// Declared lengths count characters; CHAR is padded.
fn parse_text(text: &str, length: u32, pad: bool) -> Option<Value> {
    let missing = (length as usize).checked_sub(text.chars().count())?;
    let padding = if pad { missing } else { 0 };
    Some(Value::Text(format!("{text}{}", " ".repeat(padding)).into()))
}

fn parse_decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let padding = usize::from(scale).checked_sub(fraction.len())?;
    let all = format!("{whole}{fraction}{}", "0".repeat(padding));
    if !all.bytes().all(|b| b.is_ascii_digit()) || whole.is_empty() {
        return None;
    }
    let value: i128 = all.parse().ok()?;
    // Derived decimals may hold more digits than they declare; what does not fit in 64 bits never exists.
    let fits = value.to_string().len() <= usize::from(precision).max(19);
    fits.then_some(if negative { -value } else { value })
}

fn parse_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let padding = chunk.iter().rev().take_while(|b| **b == b'=').count();
        if chunk.len() != 4 || padding > 2 {
            return None;
        }
        let mut word = 0u32;
        for b in chunk {
            word = word << 6 | base64_digit(*b)?;
        }
        out.extend(word.to_be_bytes().iter().skip(1).take(3 - padding));
    }
    Some(out)
}

fn base64_digit(b: u8) -> Option<u32> {
    Some(match b {
        b'A'..=b'Z' => u32::from(b - b'A'),
        b'a'..=b'z' => u32::from(b - b'a') + 26,
        b'0'..=b'9' => u32::from(b - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        b'=' => 0,
        _ => return None,
    })
}

/// The array of a column. Values must be of the type, as [`parse`] gives them.
pub fn array(ty: SqlType, values: &[Value]) -> ArrayRef {
    let ints = || {
        values.iter().map(|v| match v {
            Value::Int(i) => Some(*i),
            _ => None,
        })
    };
    let floats = || {
        values.iter().map(|v| match v {
            Value::Float(f) => Some(*f),
            _ => None,
        })
    };
    let small = |i: i64| i32::try_from(i).ok();
    match ty {
        SqlType::Null => new_null_array(&ty.arrow(), values.len()),
        SqlType::Boolean => Arc::new(values.iter().map(matches_boolean).collect::<BooleanArray>()),
        SqlType::TinyInt => Arc::new(ints().map(|i| i8::try_from(i?).ok()).collect::<Int8Array>()),
        SqlType::SmallInt => Arc::new(ints().map(|i| i16::try_from(i?).ok()).collect::<Int16Array>()),
        SqlType::Integer => Arc::new(ints().map(|i| small(i?)).collect::<Int32Array>()),
        SqlType::Interval(q) if q.is_year_month() => {
            Arc::new(ints().map(|i| small(i?)).collect::<Int32Array>())
        }
        SqlType::BigInt | SqlType::Interval(_) => Arc::new(ints().collect::<Int64Array>()),
        SqlType::Decimal { .. } => {
            let unscaled = values.iter().map(|v| match v {
                Value::Decimal(d) => Some(*d),
                _ => None,
            });
            Arc::new(unscaled.collect::<Decimal128Array>().with_data_type(ty.arrow()))
        }
        SqlType::Real => Arc::new(floats().map(|f| f.map(|f| f as f32)).collect::<Float32Array>()),
        SqlType::Double => Arc::new(floats().collect::<Float64Array>()),
        SqlType::Char(_) | SqlType::Varchar(_) => {
            let texts = values.iter().map(|v| match v {
                Value::Text(text) => Some(text.as_ref()),
                _ => None,
            });
            Arc::new(texts.collect::<StringViewArray>())
        }
        SqlType::Binary(_) | SqlType::Varbinary(_) => {
            let bytes = values.iter().map(|v| match v {
                Value::Bytes(bytes) => Some(bytes.as_ref()),
                _ => None,
            });
            Arc::new(bytes.collect::<BinaryViewArray>())
        }
        SqlType::Date => Arc::new(ints().map(|i| small(i?)).collect::<Date32Array>()),
        SqlType::Time => Arc::new(ints().map(|i| small(i?)).collect::<Time32MillisecondArray>()),
        SqlType::Timestamp => Arc::new(ints().collect::<TimestampMillisecondArray>()),
    }
}

fn matches_boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(b) => Some(*b),
        _ => None,
    }
}

/// The cell of a value.
pub fn of(ty: SqlType, column: &ArrayRef, row: usize, date: i64) -> Cell {
    if ty == SqlType::Null || column.is_null(row) {
        return Cell::null();
    }
    if ty == SqlType::Timestamp {
        let ms = column.as_primitive::<TimestampMillisecondType>().value(row);
        return Cell::value(instant_text(ms, date));
    }
    let mut text = String::new();
    row_text::write_plain(&mut text, ty, column, row);
    if let SqlType::Char(n) = ty
        && text.chars().count() == n as usize
    {
        // The padding follows from the type; a value that lacks it keeps its blanks and is seen.
        text.truncate(text.trim_end_matches(' ').len());
    }
    Cell::value(text)
}

/// An expected cell as its value would be printed, or unchanged when it is no such value.
pub fn normal(cell: &Cell, ty: SqlType, date: i64) -> Cell {
    match parse(cell, ty, date) {
        Ok(value) => of(ty, &array(ty, &[value]), 0, date),
        Err(_) => cell.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rowtime_engine::types::{IntervalQualifier, TimeUnit};

    #[test]
    fn cells_are_read_by_type_and_written_in_one_form() {
        let interval = SqlType::Interval(IntervalQualifier::single(TimeUnit::Second));
        for (ty, written, printed) in [
            (SqlType::Boolean, "TRUE", "true"),
            (SqlType::TinyInt, "-128", "-128"),
            (SqlType::BigInt, "9223372036854775807", "9223372036854775807"),
            (
                SqlType::Decimal {
                    precision: 5,
                    scale: 2,
                },
                "7",
                "7.00",
            ),
            (
                SqlType::Decimal {
                    precision: 5,
                    scale: 2,
                },
                "-0.5000",
                "-0.50",
            ),
            (SqlType::Double, "29", "29.0"),
            (SqlType::Real, "0.1", "0.1"),
            (SqlType::Char(4), "ab", "ab"),
            (SqlType::Varchar(4), "abcd", "abcd"),
            (SqlType::Varbinary(4), "AQID", "AQID"),
            (SqlType::Varbinary(4), "AQ==", "AQ=="),
            (SqlType::Date, "2020-01-01", "2020-01-01"),
            (SqlType::Time, "10:00:00", "10:00:00.000"),
            (SqlType::Timestamp, "10:00", "10:00:00"),
            (SqlType::Timestamp, "1970-01-02 10:00:00.250", "10:00:00.250"),
            (SqlType::Timestamp, "1970-01-03", "1970-01-03 00:00:00"),
            (interval, "1500", "1500"),
            (SqlType::Integer, "NULL", "NULL"),
        ] {
            assert!(parse(&Cell::plain(written), ty, 1).is_ok(), "{ty} {written}");
            assert_eq!(
                normal(&Cell::plain(written), ty, 1).print(),
                printed,
                "{ty} {written}"
            );
        }
    }

    #[test]
    fn cells_of_another_type_are_refused() {
        for (ty, written) in [
            (SqlType::TinyInt, "128"),
            (SqlType::Integer, "1.0"),
            (
                SqlType::Decimal {
                    precision: 5,
                    scale: 2,
                },
                "1.234",
            ),
            (
                SqlType::Decimal {
                    precision: 5,
                    scale: 2,
                },
                ".",
            ),
            (SqlType::Double, "NaN"),
            (SqlType::Real, "1e300"),
            (SqlType::Char(2), "abc"),
            (SqlType::Varchar(2), "abc"),
            (SqlType::Varbinary(4), "AQI"),
            (SqlType::Timestamp, "yesterday"),
            (SqlType::Boolean, "1"),
        ] {
            assert!(parse(&Cell::plain(written), ty, 0).is_err(), "{ty} {written}");
        }
    }

    #[test]
    fn unpadded_char_values_are_seen() {
        let column = array(SqlType::Char(4), &[Value::Text("ab ".into())]);
        assert_eq!(of(SqlType::Char(4), &column, 0, 0).print(), "\"ab \"");
    }
}
