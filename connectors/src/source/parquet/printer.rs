//! The values of an Arrow column as a record would carry them: text, numbers, JSON.
//!
//! What the dialect has a value for looks as it does in a row of the dialect, a time beyond its calendar is the number
//! that the file holds, with its unit, and anything else is arrow's own text. Columns of structs, lists and maps are JSON.

use std::fmt::Write as _;

use arrow::array::{
    Array, ArrayRef, AsArray, GenericListArray, MapArray, OffsetSizeTrait, RecordBatch,
    TimestampMillisecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMillisecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rowtime_engine::row_text;
use rowtime_engine::types::{LENGTH_MAX, SqlType};

use super::binding::member;
use super::convert;
use crate::format::cell::Value;

/// A column, prepared for reading values.
pub struct Printer {
    array: ArrayRef,
    form: Form,
}

enum Form {
    /// In the dialect's own form; NULL where a value has none.
    Plain(SqlType, ArrayRef),
    /// Bytes, and whether all of them are text.
    Bytes,
    Struct(Vec<(String, Printer)>),
    List(Box<Printer>, Vec<usize>),
    Map(Box<Printer>, Box<Printer>, Vec<usize>),
    /// As arrow shows it.
    Other,
}

/// The type of the dialect that a column has by itself; none for structs, lists and what the dialect does not have.
pub fn natural(ty: &DataType) -> Option<SqlType> {
    Some(match ty {
        DataType::Null => SqlType::Null,
        DataType::Boolean => SqlType::Boolean,
        DataType::Int8 => SqlType::TinyInt,
        DataType::Int16 | DataType::UInt8 => SqlType::SmallInt,
        DataType::Int32 | DataType::UInt16 => SqlType::Integer,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => SqlType::BigInt,
        DataType::Float16 | DataType::Float32 => SqlType::Real,
        DataType::Float64 => SqlType::Double,
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) => {
            decimal(*p, *s)?
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => SqlType::Varchar(LENGTH_MAX),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            SqlType::Varbinary(LENGTH_MAX)
        }
        DataType::Date32 | DataType::Date64 => SqlType::Date,
        DataType::Time32(_) | DataType::Time64(_) => SqlType::Time,
        DataType::Timestamp(..) => SqlType::Timestamp,
        DataType::Dictionary(_, value) => natural(value)?,
        _ => return None,
    })
}

/// A DECIMAL of up to 18 digits: those have room in 64 bits.
fn decimal(precision: u8, scale: i8) -> Option<SqlType> {
    let scale = u8::try_from(scale).ok()?;
    (precision <= 18 && scale <= precision).then_some(SqlType::Decimal { precision, scale })
}

impl Printer {
    /// Prepares a column.
    pub fn new(array: &ArrayRef) -> Self {
        let array = convert::without_dictionary(array);
        let form = Self::form(&array).unwrap_or(Form::Other);
        Self { array, form }
    }

    /// Prepares a batch as a column of structs.
    pub fn of_batch(batch: &RecordBatch) -> Self {
        let array: ArrayRef = std::sync::Arc::new(arrow::array::StructArray::from(batch.clone()));
        Self::new(&array)
    }

    fn form(array: &ArrayRef) -> Option<Form> {
        Some(match array.data_type() {
            DataType::Struct(fields) => {
                let members = fields.iter().filter_map(|field| {
                    let child = member(array, field.name())?;
                    Some((field.name().clone(), Self::new(&child)))
                });
                Form::Struct(members.collect())
            }
            DataType::List(_) => list::<i32>(array.as_list_opt()?),
            DataType::LargeList(_) => list::<i64>(array.as_list_opt()?),
            DataType::FixedSizeList(..) => {
                let list = array.as_fixed_size_list_opt()?;
                let length = usize::try_from(list.value_length()).unwrap_or_default();
                let ends = (0..=list.len()).map(|row| row * length).collect();
                Form::List(Box::new(Self::new(list.values())), ends)
            }
            DataType::Map(..) => {
                let map: &MapArray = array.as_map_opt()?;
                let ends = map
                    .value_offsets()
                    .iter()
                    .map(|n| usize::try_from(*n).unwrap_or_default());
                let (keys, values) = (Self::new(map.keys()), Self::new(map.values()));
                Form::Map(Box::new(keys), Box::new(values), ends.collect())
            }
            ty => match natural(ty)? {
                SqlType::Varbinary(_) => Form::Bytes,
                natural => {
                    let converted = convert::by_kernel(array, natural)?;
                    Form::Plain(natural, converted)
                }
            },
        })
    }

    /// Its instants, if it is a column of them.
    pub fn timestamps(&self) -> Option<&TimestampMillisecondArray> {
        match &self.form {
            Form::Plain(SqlType::Timestamp, array) => array.as_primitive_opt::<TimestampMillisecondType>(),
            _ => None,
        }
    }

    /// A value as a record carries it.
    pub fn value<'s>(&self, row: usize, scratch: &'s mut String) -> Value<'s> {
        scratch.clear();
        if self.array.is_null(row) || matches!(self.form, Form::Plain(SqlType::Null, _)) {
            return Value::Null;
        }
        let mut is_number = false;
        match self.form_of(row) {
            Form::Plain(SqlType::Boolean, array) => return Value::Bool(array.as_boolean().value(row)),
            Form::Plain(ty, array) => is_number = !row_text::write_plain(scratch, *ty, array, row),
            Form::Bytes => {
                let bytes = convert::bytes(&self.array, row).unwrap_or_default();
                match std::str::from_utf8(bytes) {
                    Ok(text) => scratch.push_str(text),
                    Err(_) => {
                        scratch.push_str("X'");
                        row_text::write_hex(scratch, bytes);
                        scratch.push('\'');
                    }
                }
            }
            Form::Struct(_) | Form::List(..) | Form::Map(..) => {
                self.write_json(scratch, row);
                return Value::Structure(scratch.as_str().into());
            }
            Form::Other => {
                is_number = self.array.data_type().is_numeric();
                self.write_other(scratch, row);
            }
        }
        if is_number {
            Value::Number(scratch)
        } else {
            Value::Text(scratch.as_str().into())
        }
    }

    /// Appends a value as JSON.
    pub fn write_json(&self, out: &mut String, row: usize) {
        if self.array.is_null(row) || matches!(self.form, Form::Plain(SqlType::Null, _)) {
            out.push_str("null");
            return;
        }
        match self.form_of(row) {
            Form::Plain(ty, array) => row_text::write_json_value(out, *ty, array, row),
            Form::Struct(members) => {
                for (i, (name, member)) in members.iter().enumerate() {
                    out.push(if i == 0 { '{' } else { ',' });
                    row_text::write_json_string(out, name);
                    out.push(':');
                    member.write_json(out, row);
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
            Form::List(element, ends) => {
                out.push('[');
                for (n, i) in between(ends, row).enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    element.write_json(out, i);
                }
                out.push(']');
            }
            Form::Map(keys, values, ends) => {
                out.push('{');
                let mut key = String::new();
                for (n, i) in between(ends, row).enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    if let Value::Bool(value) = keys.value(i, &mut key) {
                        key = value.to_string();
                    }
                    row_text::write_json_string(out, &key);
                    out.push(':');
                    values.write_json(out, i);
                }
                out.push('}');
            }
            Form::Bytes => {
                let mut text = String::new();
                self.value(row, &mut text);
                row_text::write_json_string(out, &text);
            }
            Form::Other => {
                let mut text = String::new();
                self.write_other(&mut text, row);
                if self.array.data_type().is_numeric() && text.parse::<f64>().is_ok_and(f64::is_finite) {
                    out.push_str(&text);
                } else {
                    row_text::write_json_string(out, &text);
                }
            }
        }
    }

    /// How a value is shown: one that has no form in the dialect as any other, although its type has.
    fn form_of(&self, row: usize) -> &Form {
        match &self.form {
            Form::Plain(ty, array) if *ty != SqlType::Null && array.is_null(row) => &Form::Other,
            form => form,
        }
    }

    fn write_other(&self, out: &mut String, row: usize) {
        let array = self.array.slice(row, 1);
        let (shown, unit) = match (array.data_type(), ticks(array.data_type())) {
            (_, Some(unit)) => (cast(&array, &DataType::Int64), unit),
            // Arrow shows the half floats of 16 bits with other digits than the wider ones.
            (DataType::Float16, None) => (cast(&array, &DataType::Float32), ""),
            _ => (Ok(array.clone()), ""),
        };
        let shown = shown.unwrap_or(array);
        if let Ok(formatter) = ArrayFormatter::try_new(&shown, &FormatOptions::default()) {
            let _ = write!(out, "{}{unit}", formatter.value(0));
        }
    }
}

/// What a time beyond the calendar counts.
fn ticks(ty: &DataType) -> Option<&'static str> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Some(match ty {
        DataType::Date32 => " days since 1970",
        DataType::Timestamp(Second, _) => " seconds since 1970",
        DataType::Date64 | DataType::Timestamp(Millisecond, _) => " milliseconds since 1970",
        DataType::Timestamp(Microsecond, _) => " microseconds since 1970",
        DataType::Timestamp(Nanosecond, _) => " nanoseconds since 1970",
        DataType::Time32(Second) => " seconds of a day",
        DataType::Time32(_) => " milliseconds of a day",
        DataType::Time64(Microsecond) => " microseconds of a day",
        DataType::Time64(_) => " nanoseconds of a day",
        _ => return None,
    })
}

fn between(ends: &[usize], row: usize) -> std::ops::Range<usize> {
    let end = |i: usize| ends.get(i).copied().unwrap_or_default();
    end(row)..end(row + 1)
}

fn list<O: OffsetSizeTrait>(list: &GenericListArray<O>) -> Form {
    let ends = list.value_offsets().iter().map(|n| n.as_usize()).collect();
    Form::List(Box::new(Printer::new(list.values())), ends)
}
