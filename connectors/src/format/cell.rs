//! One value into one column: the conversion table of `application.md` §5.3 (`sql.md` §11).
//!
//! Every conversion of input lives here, for JSON and CSV alike, and ends in an Arrow builder without an
//! allocation per value. It differs from SQL's CAST on purpose: ingest refuses `123.4` for INTEGER, and cuts
//! text silently at its declared length.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, NullBuilder, StringViewBuilder,
    Time32MillisecondBuilder, TimestampMillisecondBuilder,
};
use rowtime_engine::datetime::{self, DAY_MS};
use rowtime_engine::plan::Field;
use rowtime_engine::types::SqlType;

use super::number::{JsonNumber, NumberFault};

/// Characters of a value that an error message shows.
const SHOWN_CHARS_MAX: usize = 200;

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`, a missing member, an empty CSV field.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A JSON number as it is written.
    Number(&'a str),
    /// A JSON string.
    Text(Cow<'a, str>),
    /// A CSV field that is not empty.
    CsvText(&'a str),
    /// A JSON array or object as it is written.
    Structure(Cow<'a, str>),
}

/// Why a value does not load into its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellFault {
    /// Not a number.
    NotANumber,
    /// A fraction for an integer type.
    Fraction,
    /// More digits behind the point than the column has (`--strict`).
    Scale,
    /// Out of the column's range.
    Range,
    /// Not a date or time in an accepted form.
    NotADateTime,
    /// Not `X'…'`.
    NotHex,
    /// This kind of value never loads into this type.
    Kind,
}

impl From<NumberFault> for CellFault {
    fn from(fault: NumberFault) -> Self {
        match fault {
            NumberFault::Syntax => Self::NotANumber,
            NumberFault::Fraction => Self::Fraction,
            NumberFault::Range => Self::Range,
        }
    }
}

/// An Arrow builder for a column of the dialect.
pub enum CellBuilder {
    /// NULL.
    Null(NullBuilder),
    /// BOOLEAN.
    Boolean(BooleanBuilder),
    /// TINYINT.
    TinyInt(Int8Builder),
    /// SMALLINT.
    SmallInt(Int16Builder),
    /// INTEGER; year-month intervals.
    Integer(Int32Builder),
    /// BIGINT; day-time intervals.
    BigInt(Int64Builder),
    /// DECIMAL: its precision, its scale, and whether excess digits behind the point are refused.
    Decimal(Decimal128Builder, u8, u8, bool),
    /// REAL.
    Real(Float32Builder),
    /// DOUBLE.
    Double(Float64Builder),
    /// CHAR or VARCHAR: its length, whether it is padded, and scratch space.
    Text(StringViewBuilder, usize, bool, String),
    /// BINARY or VARBINARY: its length, whether it is filled, and scratch space.
    Binary(BinaryViewBuilder, usize, bool, Vec<u8>),
    /// DATE.
    Date(Date32Builder),
    /// TIME.
    Time(Time32MillisecondBuilder),
    /// TIMESTAMP.
    Timestamp(TimestampMillisecondBuilder),
}

impl CellBuilder {
    /// A builder for the type, with room for this many rows; `strict` refuses what is otherwise rounded.
    pub fn new(ty: SqlType, rows: usize, strict: bool) -> Self {
        match ty {
            SqlType::Null => Self::Null(NullBuilder::new()),
            SqlType::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            SqlType::TinyInt => Self::TinyInt(Int8Builder::with_capacity(rows)),
            SqlType::SmallInt => Self::SmallInt(Int16Builder::with_capacity(rows)),
            SqlType::Integer => Self::Integer(Int32Builder::with_capacity(rows)),
            SqlType::BigInt => Self::BigInt(Int64Builder::with_capacity(rows)),
            SqlType::Decimal { precision, scale } => {
                let builder = Decimal128Builder::with_capacity(rows).with_data_type(ty.arrow());
                Self::Decimal(builder, precision, scale, strict)
            }
            SqlType::Real => Self::Real(Float32Builder::with_capacity(rows)),
            SqlType::Double => Self::Double(Float64Builder::with_capacity(rows)),
            SqlType::Char(n) | SqlType::Varchar(n) => {
                let padded = matches!(ty, SqlType::Char(_));
                Self::Text(
                    StringViewBuilder::with_capacity(rows),
                    n as usize,
                    padded,
                    String::new(),
                )
            }
            SqlType::Binary(n) | SqlType::Varbinary(n) => {
                let filled = matches!(ty, SqlType::Binary(_));
                Self::Binary(
                    BinaryViewBuilder::with_capacity(rows),
                    n as usize,
                    filled,
                    Vec::new(),
                )
            }
            SqlType::Date => Self::Date(Date32Builder::with_capacity(rows)),
            SqlType::Time => Self::Time(Time32MillisecondBuilder::with_capacity(rows)),
            SqlType::Timestamp => Self::Timestamp(TimestampMillisecondBuilder::with_capacity(rows)),
            SqlType::Interval(q) if q.is_year_month() => Self::Integer(Int32Builder::with_capacity(rows)),
            SqlType::Interval(_) => Self::BigInt(Int64Builder::with_capacity(rows)),
        }
    }

    /// Appends NULL.
    pub fn append_null(&mut self) {
        match self {
            Self::Null(b) => b.append_null(),
            Self::Boolean(b) => b.append_null(),
            Self::TinyInt(b) => b.append_null(),
            Self::SmallInt(b) => b.append_null(),
            Self::Integer(b) => b.append_null(),
            Self::BigInt(b) => b.append_null(),
            Self::Decimal(b, ..) => b.append_null(),
            Self::Real(b) => b.append_null(),
            Self::Double(b) => b.append_null(),
            Self::Text(b, ..) => b.append_null(),
            Self::Binary(b, ..) => b.append_null(),
            Self::Date(b) => b.append_null(),
            Self::Time(b) => b.append_null(),
            Self::Timestamp(b) => b.append_null(),
        }
    }

    /// Appends a value that is not NULL, converted; appends nothing if it does not load.
    pub fn append(&mut self, value: &Value<'_>) -> Result<(), CellFault> {
        match self {
            Self::Null(b) => b.append_null(),
            Self::Boolean(b) => b.append_value(boolean(value)?),
            Self::TinyInt(b) => b.append_value(integer(value)?),
            Self::SmallInt(b) => b.append_value(integer(value)?),
            Self::Integer(b) => b.append_value(integer(value)?),
            Self::BigInt(b) => b.append_value(integer(value)?),
            Self::Decimal(b, precision, scale, strict) => {
                let (unscaled, exact) = number(value)?.to_decimal(*precision, *scale)?;
                if *strict && !exact {
                    return Err(CellFault::Scale);
                }
                b.append_value(unscaled);
            }
            Self::Real(b) => b.append_value(number(value)?.to_real()?),
            Self::Double(b) => b.append_value(number(value)?.to_double()?),
            Self::Text(b, length, padded, scratch) => append_text(b, *length, *padded, scratch, value),
            Self::Binary(b, length, filled, scratch) => {
                scratch.clear();
                binary(value, *length, *filled, scratch)?;
                b.append_value(&scratch);
            }
            Self::Date(b) => {
                let days = timestamp(value)?.div_euclid(DAY_MS);
                b.append_value(i32::try_from(days).map_err(|_| CellFault::Range)?);
            }
            Self::Time(b) => b.append_value(time(value)?),
            Self::Timestamp(b) => b.append_value(timestamp(value)?),
        }
        Ok(())
    }

    /// Appends a TIMESTAMP; another type of column gets NULL.
    pub fn append_timestamp(&mut self, ms: i64) {
        match self {
            Self::Timestamp(b) => b.append_value(ms),
            other => other.append_null(),
        }
    }

    /// The finished column.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Null(b) => Arc::new(b.finish()),
            Self::Boolean(b) => Arc::new(b.finish()),
            Self::TinyInt(b) => Arc::new(b.finish()),
            Self::SmallInt(b) => Arc::new(b.finish()),
            Self::Integer(b) => Arc::new(b.finish()),
            Self::BigInt(b) => Arc::new(b.finish()),
            Self::Decimal(b, ..) => Arc::new(b.finish()),
            Self::Real(b) => Arc::new(b.finish()),
            Self::Double(b) => Arc::new(b.finish()),
            Self::Text(b, ..) => Arc::new(b.finish()),
            Self::Binary(b, ..) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Timestamp(b) => Arc::new(b.finish()),
        }
    }
}

/// What the error row says: the service's words first, then the column.
pub fn fault_message(fault: CellFault, field: &Field, value: &Value<'_>) -> String {
    let (name, ty) = (&field.name, field.ty);
    let shown = shown(value);
    match fault {
        CellFault::NotANumber => format!("For input string: \"{shown}\" (column \"{name}\" of type {ty})"),
        CellFault::Fraction => format!(
            "For input string: \"{shown}\" (column \"{name}\" of type {ty} takes no fraction; declare DECIMAL or DOUBLE)"
        ),
        CellFault::Scale => format!(
            "For input string: \"{shown}\" (column \"{name}\": more digits behind the point than {ty} has; --strict \
             refuses to round)"
        ),
        CellFault::Range => {
            format!("For input string: \"{shown}\" (column \"{name}\": out of the range of {ty})")
        }
        CellFault::NotADateTime => format!(
            "Cannot load \"{shown}\" into column \"{name}\" of type {ty}; the accepted forms are those of 2018-05-09, \
             2018-05-09 12:50:41.337 and 2018-05-09T12:50:41Z"
        ),
        CellFault::NotHex => {
            format!("Cannot load \"{shown}\" into column \"{name}\" of type {ty}; write hex pairs as X'0AFF'")
        }
        CellFault::Kind => {
            let kind = match value {
                Value::Null => "NULL",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::Text(_) | Value::CsvText(_) => "a string",
                Value::Structure(raw) if raw.starts_with('[') => "an array",
                Value::Structure(_) => "an object",
            };
            format!("Cannot load {kind} into column \"{name}\" of type {ty}: {shown}")
        }
    }
}

fn shown(value: &Value<'_>) -> String {
    let text = match value {
        Value::Null => "NULL",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(text) | Value::CsvText(text) => text,
        Value::Text(text) | Value::Structure(text) => text,
    };
    let mut out = cut(text, SHOWN_CHARS_MAX).to_owned();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

fn number<'a>(value: &'a Value<'_>) -> Result<JsonNumber<'a>, CellFault> {
    let text = match value {
        Value::Bool(true) => "1",
        Value::Bool(false) => "0",
        Value::Number(text) | Value::CsvText(text) => text,
        Value::Text(text) => text,
        Value::Null | Value::Structure(_) => return Err(CellFault::Kind),
    };
    JsonNumber::parse(text).ok_or(CellFault::NotANumber)
}

fn integer<T: TryFrom<i64>>(value: &Value<'_>) -> Result<T, CellFault> {
    T::try_from(number(value)?.to_integer()?).map_err(|_| CellFault::Range)
}

fn boolean(value: &Value<'_>) -> Result<bool, CellFault> {
    match value {
        Value::Bool(b) => Ok(*b),
        Value::Number(text) => Ok(!JsonNumber::parse(text).ok_or(CellFault::NotANumber)?.is_zero()),
        Value::Text(text) => Ok(text.eq_ignore_ascii_case("true")),
        Value::CsvText(text) => Ok(*text == "true"),
        Value::Null | Value::Structure(_) => Err(CellFault::Kind),
    }
}

fn timestamp(value: &Value<'_>) -> Result<i64, CellFault> {
    datetime::parse_iso_timestamp(text(value)?).ok_or(CellFault::NotADateTime)
}

/// A time of day, alone or as part of a date-time.
fn time(value: &Value<'_>) -> Result<i32, CellFault> {
    let text = text(value)?.trim();
    let with_date = || {
        let has_time = text.contains(':');
        datetime::parse_iso_timestamp(text)
            .filter(|_| has_time)
            .map(|ms| ms.rem_euclid(DAY_MS))
    };
    let ms = datetime::parse_time(text)
        .or_else(with_date)
        .ok_or(CellFault::NotADateTime)?;
    i32::try_from(ms).map_err(|_| CellFault::Range)
}

fn text<'a>(value: &'a Value<'_>) -> Result<&'a str, CellFault> {
    match value {
        Value::Text(text) => Ok(text),
        Value::CsvText(text) => Ok(text),
        _ => Err(CellFault::Kind),
    }
}

fn append_text(
    b: &mut StringViewBuilder,
    length: usize,
    padded: bool,
    scratch: &mut String,
    value: &Value<'_>,
) {
    let text = match value {
        Value::Null => return b.append_null(),
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(text) | Value::CsvText(text) => text,
        Value::Text(text) => text,
        Value::Structure(raw) => {
            scratch.clear();
            write_compact(scratch, raw);
            scratch.truncate(cut(scratch, length).len());
            pad(scratch, if padded { length } else { 0 });
            return b.append_value(&scratch);
        }
    };
    let text = cut(text, length);
    if !padded {
        return b.append_value(text);
    }
    scratch.clear();
    scratch.push_str(text);
    pad(scratch, length);
    b.append_value(&scratch);
}

/// Fills with blanks up to a number of characters.
fn pad(text: &mut String, chars: usize) {
    for _ in text.chars().count()..chars {
        text.push(' ');
    }
}

/// The first `chars` characters.
fn cut(text: &str, chars: usize) -> &str {
    if text.len() <= chars {
        return text;
    }
    match text.char_indices().nth(chars) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// Appends valid JSON text without the white space between its tokens.
pub fn write_compact(out: &mut String, raw: &str) {
    let mut in_string = false;
    let mut escaped = false;
    let mut clean = 0;
    for (i, b) in raw.bytes().enumerate() {
        if in_string {
            in_string = escaped || b != b'"';
            escaped = !escaped && b == b'\\';
        } else if matches!(b, b' ' | b'\t' | b'\n' | b'\r') {
            out.push_str(&raw[clean..i]);
            clean = i + 1;
        } else {
            in_string = b == b'"';
        }
    }
    out.push_str(&raw[clean..]);
}

fn binary(value: &Value<'_>, length: usize, filled: bool, out: &mut Vec<u8>) -> Result<(), CellFault> {
    match value {
        Value::Bool(bit) => {
            // The lowest bit of a fixed length is in its last byte.
            out.resize(if filled { length.max(1) - 1 } else { 0 }, 0);
            out.push(u8::from(*bit));
            return Ok(());
        }
        Value::Text(_) | Value::CsvText(_) => {}
        Value::Null | Value::Number(_) | Value::Structure(_) => return Err(CellFault::Kind),
    }
    let text = text(value)?;
    let hex = text
        .strip_prefix(['X', 'x'])
        .and_then(|t| t.strip_prefix('\'')?.strip_suffix('\''));
    let hex = hex
        .filter(|h| h.len().is_multiple_of(2))
        .ok_or(CellFault::NotHex)?;
    for pair in hex.as_bytes().chunks(2) {
        let digit = |i: usize| {
            let b = pair.get(i).copied().unwrap_or_default();
            char::from(b).to_digit(16).ok_or(CellFault::NotHex)
        };
        out.push(u8::try_from(digit(0)? << 4 | digit(1)?).unwrap_or_default());
    }
    out.truncate(length);
    if filled {
        out.resize(length, 0);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
