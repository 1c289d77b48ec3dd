//! Numbers from numbers, text and intervals (`sql.md` §3): rounded half away from zero, checked for range.
//!
//! A text goes to an exact type through its exact value, never through a float; a float goes to DECIMAL
//! through its shortest digits, as `BigDecimal.valueOf` has it. Interval fields are truncated.

use arrow::datatypes::{Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};

use super::super::failures::Failures;
use super::super::vector::Vector;
use crate::row_error::RowError;
use crate::types::SqlType;

mod approximate;
mod exact;
mod exact_text;

/// `value` as `to`.
pub(super) fn to_number(value: &Vector, from: SqlType, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    match to {
        SqlType::TinyInt => exact::convert::<Int8Type>(value, from, to, failures),
        SqlType::SmallInt => exact::convert::<Int16Type>(value, from, to, failures),
        SqlType::Integer => exact::convert::<Int32Type>(value, from, to, failures),
        SqlType::BigInt => exact::convert::<Int64Type>(value, from, to, failures),
        SqlType::Decimal { .. } => exact::convert::<Decimal128Type>(value, from, to, failures),
        SqlType::Real => approximate::convert::<Float32Type>(value, from, to, failures),
        SqlType::Double => approximate::convert::<Float64Type>(value, from, to, failures),
        _ => failures.mismatch(to),
    }
}

/// The error of a text that is no number, in the words of the service.
fn not_a_number(text: &str) -> RowError {
    RowError::runtime(format!("For input string: \"{text}\""))
}
