//! A row as text: JSON as `cli.md` says ("Rows as JSON") and the cells of CSV.
//!
//! One place for the engine's error rows, the sinks and the test runner, so that a value looks the same
//! wherever it is shown.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, TimestampMillisecondType,
};

use crate::datetime;
use crate::number_text;
use crate::plan::Field;
use crate::types::SqlType;

/// Appends the value without quotes (`NULL` values append nothing). Returns whether JSON quotes it.
pub fn write_plain(out: &mut String, ty: SqlType, array: &ArrayRef, row: usize) -> bool {
    match ty {
        SqlType::Null => false,
        SqlType::Boolean => {
            out.push_str(if array.as_boolean().value(row) {
                "true"
            } else {
                "false"
            });
            false
        }
        SqlType::TinyInt => number(out, array.as_primitive::<Int8Type>().value(row).into()),
        SqlType::SmallInt => number(out, array.as_primitive::<Int16Type>().value(row).into()),
        SqlType::Integer => number(out, array.as_primitive::<Int32Type>().value(row).into()),
        SqlType::BigInt => number(out, array.as_primitive::<Int64Type>().value(row)),
        SqlType::Decimal { scale, .. } => {
            number_text::write_decimal(out, array.as_primitive::<Decimal128Type>().value(row), scale);
            false
        }
        SqlType::Real => {
            number_text::write_real(out, array.as_primitive::<Float32Type>().value(row));
            false
        }
        SqlType::Double => {
            number_text::write_double(out, array.as_primitive::<Float64Type>().value(row));
            false
        }
        SqlType::Char(_) | SqlType::Varchar(_) => {
            out.push_str(array.as_string_view().value(row));
            true
        }
        SqlType::Binary(_) | SqlType::Varbinary(_) => {
            write_base64(out, array.as_binary_view().value(row));
            true
        }
        SqlType::Date => {
            datetime::write_date(out, array.as_primitive::<Date32Type>().value(row).into());
            true
        }
        SqlType::Time => {
            datetime::write_time(
                out,
                array.as_primitive::<Time32MillisecondType>().value(row).into(),
                true,
            );
            true
        }
        SqlType::Timestamp => {
            datetime::write_timestamp(
                out,
                array.as_primitive::<TimestampMillisecondType>().value(row),
                true,
            );
            true
        }
        SqlType::Interval(q) if q.is_year_month() => {
            number(out, array.as_primitive::<Int32Type>().value(row).into())
        }
        SqlType::Interval(_) => number(out, array.as_primitive::<Int64Type>().value(row)),
    }
}

fn number(out: &mut String, value: i64) -> bool {
    let _ = write!(out, "{value}");
    false
}

/// Appends the value as JSON.
pub fn write_json_value(out: &mut String, ty: SqlType, array: &ArrayRef, row: usize) {
    if ty == SqlType::Null || array.is_null(row) {
        out.push_str("null");
        return;
    }
    if ty.is_character() {
        write_json_string(out, array.as_string_view().value(row));
        return;
    }
    let start = out.len();
    if write_plain(out, ty, array, row) {
        out.insert(start, '"');
        out.push('"');
    }
}

/// Appends a row as one JSON object, keys in the order of the fields.
pub fn write_json_row(out: &mut String, fields: &[Field], columns: &[ArrayRef], row: usize) {
    write_json_row_with_rowtime(out, None, fields, columns, row);
}

/// The same with ROWTIME as the first key, if it is given.
pub fn write_json_row_with_rowtime(
    out: &mut String,
    rowtime_ms: Option<i64>,
    fields: &[Field],
    columns: &[ArrayRef],
    row: usize,
) {
    out.push('{');
    if let Some(ms) = rowtime_ms {
        out.push_str("\"ROWTIME\":\"");
        datetime::write_timestamp(out, ms, true);
        out.push('"');
    }
    for (i, (field, column)) in fields.iter().zip(columns).enumerate() {
        if i > 0 || rowtime_ms.is_some() {
            out.push(',');
        }
        write_json_string(out, &field.name);
        out.push(':');
        write_json_value(out, field.ty, column, row);
    }
    out.push('}');
}

/// Appends a JSON string literal.
pub fn write_json_string(out: &mut String, text: &str) {
    out.push('"');
    let mut clean = 0;
    for (i, b) in text.bytes().enumerate() {
        let escape = match b {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[clean..i]);
        if escape.is_empty() {
            let _ = write!(out, "\\u{b:04x}");
        } else {
            out.push_str(escape);
        }
        clean = i + 1;
    }
    out.push_str(&text[clean..]);
    out.push('"');
}

/// Appends upper-case hex.
pub fn write_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for b in bytes {
        out.push(char::from(DIGITS[usize::from(b >> 4)]));
        out.push(char::from(DIGITS[usize::from(b & 15)]));
    }
}

fn write_base64(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, &b| w << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(DIGITS[(word >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
}
