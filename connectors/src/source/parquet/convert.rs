//! A column of a file as a column of the stream, by the rules for records (`application.md` §5.3).
//!
//! | file ↓ / stream → | numeric | BOOLEAN | CHAR, VARCHAR | DATE, TIME, TIMESTAMP | BINARY, VARBINARY |
//! |---|---|---|---|---|---|
//! | integer, decimal | exactly, else an error | 0 is FALSE | its digits | error | error |
//! | floating point | rounded once to REAL and DOUBLE, exactly to others; NaN and infinity are errors | 0 is FALSE | its digits | error | error |
//! | boolean | 1 or 0 | itself | `true`, `false` | error | one bit |
//! | text | read as a number | `true` in any case | itself, cut to length | read as ISO text | read as `X'…'` |
//! | date, time, timestamp | error | FALSE | as in a row out, its number beyond the calendar | the part that it has, ms, in UTC | error |
//! | binary | as text, if it is UTF-8 | as text | as text, else `X'…'` | as text | itself, cut or filled |
//! | struct, list, map | error | error | JSON, cut to length | error | error |
//!
//! Where both sides are alike a kernel does the column at once; everything else goes value by value through the
//! builders that records go through, so that there is one set of rules and of messages.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewBuilder, Float32Array, Float64Array,
    PrimitiveArray, StringViewArray, Time32MillisecondArray, TimestampMillisecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use rowtime_engine::datetime::{DAY_MS, days_from_civil};
use rowtime_engine::plan::Field;
use rowtime_engine::types::SqlType;

use super::printer::Printer;
use crate::format::cell::{CellBuilder, Value, fault_message};

/// A converted column; a value that does not load is NULL in it.
pub struct Converted {
    /// The column.
    pub array: ArrayRef,
    /// Rows whose value does not load, and why.
    pub faults: Vec<(usize, String)>,
}

/// Converts a column of a file for a column of the stream; if `strict`, a DECIMAL is not rounded.
pub fn convert(array: &ArrayRef, field: &Field, strict: bool) -> Converted {
    let array = without_dictionary(array);
    if !(strict && is_decimal(array.data_type()))
        && let Some(done) = by_kernel(&array, field.ty)
        && done.null_count() == array.logical_null_count()
    {
        return Converted {
            array: done,
            faults: Vec::new(),
        };
    }
    by_value(&array, field, strict)
}

/// A column in its own type of the dialect; none if some value has no place there.
pub fn to_natural(array: &ArrayRef, ty: SqlType) -> Option<ArrayRef> {
    let done = by_kernel(array, ty)?;
    (done.null_count() == array.logical_null_count()).then_some(done)
}

/// A dictionary replaced by its values.
pub fn without_dictionary(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Dictionary(_, value) => cast(array, value).unwrap_or_else(|_| array.clone()),
        _ => array.clone(),
    }
}

/// The bytes of a binary value.
pub fn bytes(array: &ArrayRef, row: usize) -> Option<&[u8]> {
    match array.data_type() {
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Some(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => Some(array.as_fixed_size_binary().value(row)),
        _ => None,
    }
}

/// All values at once, where a kernel does what the rules say. A value that does not load is NULL.
pub fn by_kernel(array: &ArrayRef, ty: SqlType) -> Option<ArrayRef> {
    let from = array.data_type();
    match ty {
        _ if *from == DataType::Null => Some(arrow::array::new_null_array(&ty.arrow(), array.len())),
        SqlType::Boolean if *from == DataType::Boolean => Some(array.clone()),
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Integer | SqlType::BigInt if from.is_integer() => {
            cast(array, &ty.arrow()).ok()
        }
        SqlType::Real if from.is_integer() || from.is_floating() => {
            let array = cast(array, &DataType::Float32).ok()?;
            Some(Arc::new(finite::<Float32Type>(array.as_primitive(), |v| {
                v.is_finite()
            })))
        }
        SqlType::Double if from.is_integer() || from.is_floating() => {
            let array = cast(array, &DataType::Float64).ok()?;
            Some(Arc::new(finite::<Float64Type>(array.as_primitive(), |v| {
                v.is_finite()
            })))
        }
        SqlType::Decimal { precision, .. } if from.is_integer() || is_decimal(from) => {
            let array = cast(array, &ty.arrow()).ok()?;
            // The kernel does not look at the precision, and the unscaled value is 64 bits wide (`sql.md` §2).
            let fits = |v: i128| {
                v.unsigned_abs() < 10u128.pow(u32::from(precision.min(38))) && i64::try_from(v).is_ok()
            };
            let array = array.as_primitive::<Decimal128Type>();
            let narrow = array.unary_opt::<_, Decimal128Type>(|v| fits(v).then_some(v));
            Some(Arc::new(narrow.with_data_type(ty.arrow())))
        }
        SqlType::Varchar(length) if is_text(from) => texts(array, length as usize),
        SqlType::Binary(length) => binaries(array, length as usize, true),
        SqlType::Varbinary(length) => binaries(array, length as usize, false),
        SqlType::Timestamp => timestamps(array).map(|a| Arc::new(a) as ArrayRef),
        SqlType::Date => {
            let ms = timestamps(array)?;
            let days = ms.unary_opt::<_, Date32Type>(|ms| i32::try_from(ms.div_euclid(DAY_MS)).ok());
            Some(Arc::new(days))
        }
        SqlType::Time => times(array),
        _ => None,
    }
}

fn finite<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    is_finite: impl Fn(T::Native) -> bool,
) -> PrimitiveArray<T> {
    array.unary_opt(|v| is_finite(v).then_some(v))
}

fn is_decimal(ty: &DataType) -> bool {
    matches!(
        ty,
        DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
    )
}

fn is_text(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Texts, if none is to be cut. Views of the file's own pages would keep those, so they are copied.
fn texts(array: &ArrayRef, length: usize) -> Option<ArrayRef> {
    let views = cast(array, &DataType::Utf8View).ok()?;
    let views = views.as_string_view();
    let is_long = |text: &str| text.len() > length && text.chars().nth(length).is_some();
    if views.iter().flatten().any(is_long) {
        return None;
    }
    let own: StringViewArray = if *array.data_type() == DataType::Utf8View {
        views.gc()
    } else {
        views.clone()
    };
    Some(Arc::new(own))
}

fn binaries(array: &ArrayRef, length: usize, filled: bool) -> Option<ArrayRef> {
    let is_binary = matches!(
        array.data_type(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
    );
    if !is_binary {
        return None;
    }
    let mut out = BinaryViewBuilder::with_capacity(array.len());
    let mut scratch = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            out.append_null();
            continue;
        }
        scratch.clear();
        scratch.extend_from_slice(bytes(array, row)?);
        scratch.truncate(length);
        if filled {
            scratch.resize(length, 0);
        }
        out.append_value(&scratch);
    }
    Some(Arc::new(out.finish()))
}

/// Instants in milliseconds, down to the millisecond before; NULL outside of the years 1 to 9999.
fn timestamps(array: &ArrayRef) -> Option<TimestampMillisecondArray> {
    let within = |ms: i64| {
        let (first, end) = (
            days_from_civil(1, 1, 1) * DAY_MS,
            days_from_civil(10_000, 1, 1) * DAY_MS,
        );
        (first <= ms && ms < end).then_some(ms)
    };
    let scaled = |n: i64, per: i64| n.checked_mul(per).and_then(within);
    Some(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => array
            .as_primitive::<TimestampSecondType>()
            .unary_opt(|n| scaled(n, 1_000)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            array.as_primitive::<TimestampMillisecondType>().unary_opt(within)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .unary_opt(|n| within(n.div_euclid(1_000))),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => array
            .as_primitive::<TimestampNanosecondType>()
            .unary_opt(|n| within(n.div_euclid(1_000_000))),
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .unary_opt(|n| scaled(n.into(), DAY_MS)),
        DataType::Date64 => array
            .as_primitive::<arrow::datatypes::Date64Type>()
            .unary_opt(within),
        _ => return None,
    })
}

/// Times of day, in milliseconds.
fn times(array: &ArrayRef) -> Option<ArrayRef> {
    let of_day = |ms: i64| i32::try_from(ms).ok().filter(|_| (0..DAY_MS).contains(&ms));
    let out: Time32MillisecondArray = match array.data_type() {
        DataType::Time32(TimeUnit::Second) => array
            .as_primitive::<Time32SecondType>()
            .unary_opt(|n| of_day(i64::from(n) * 1_000)),
        DataType::Time32(_) => array
            .as_primitive::<Time32MillisecondType>()
            .unary_opt(|n| of_day(n.into())),
        DataType::Time64(TimeUnit::Microsecond) => array
            .as_primitive::<Time64MicrosecondType>()
            .unary_opt(|n| of_day(n.div_euclid(1_000))),
        DataType::Time64(_) => array
            .as_primitive::<Time64NanosecondType>()
            .unary_opt(|n| of_day(n.div_euclid(1_000_000))),
        DataType::Timestamp(..) => timestamps(array)?.unary_opt(|ms| of_day(ms.rem_euclid(DAY_MS))),
        _ => return None,
    };
    Some(Arc::new(out))
}

/// Value by value, through the builders of records.
fn by_value(array: &ArrayRef, field: &Field, strict: bool) -> Converted {
    let printer = Printer::new(array);
    let mut builder = CellBuilder::new(field.ty, array.len(), strict);
    let mut scratch = String::new();
    let mut faults = Vec::new();
    for row in 0..array.len() {
        let value = printer.value(row, &mut scratch);
        if value == Value::Null {
            builder.append_null();
            continue;
        }
        let appended = match whole_float(array, field.ty, row) {
            Some(text) => builder.append(&Value::Number(&text)),
            None => builder.append(&value),
        };
        if let Err(fault) = appended {
            builder.append_null();
            faults.push((row, fault_message(fault, field, &value)));
        }
    }
    Converted {
        array: builder.finish(),
        faults,
    }
}

/// A floating-point value without a fraction, for an exact type: `12.0` was not written as a fraction here.
fn whole_float(array: &ArrayRef, ty: SqlType, row: usize) -> Option<String> {
    let is_whole_type = matches!(
        ty,
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Integer | SqlType::BigInt
    );
    if !is_whole_type {
        return None;
    }
    let value = match array.data_type() {
        DataType::Float32 => f64::from(array.as_any().downcast_ref::<Float32Array>()?.value(row)),
        DataType::Float64 => array.as_any().downcast_ref::<Float64Array>()?.value(row),
        _ => return None,
    };
    (value.is_finite() && value.fract() == 0.0).then(|| format!("{value:.0}"))
}
