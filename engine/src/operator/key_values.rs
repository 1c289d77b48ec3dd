//! Values of keys: where they change, whether two are one, and one of them kept.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{SortOptions, partition, take};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;

use super::row_copies::owned;

/// Runs of equal values, NULL = NULL.
pub fn runs(column: &ArrayRef) -> Result<Vec<Range<usize>>, ArrowError> {
    if *column.data_type() == DataType::Null {
        let whole = 0..column.len();
        return Ok(Vec::from_iter((!whole.is_empty()).then_some(whole)));
    }
    Ok(partition(std::slice::from_ref(column))?.ranges())
}

/// Whether two one-row columns hold the same value, NULL = NULL.
pub fn same_value(a: &ArrayRef, b: &ArrayRef) -> Result<bool, ArrowError> {
    if *a.data_type() == DataType::Null {
        return Ok(true);
    }
    let order = arrow::array::make_comparator(a, b, SortOptions::default())?;
    Ok(order(0, 0).is_eq())
}

/// A one-row column of a row's value that keeps no buffer of the column alive.
pub fn pinned(column: &ArrayRef, row: usize) -> ArrayRef {
    let row = UInt32Array::from(vec![u32::try_from(row).unwrap_or(u32::MAX)]);
    take(column, &row, None).map_or_else(
        |_| arrow::array::new_null_array(column.data_type(), 1),
        |one| owned(&one),
    )
}

/// -0.0 and 0.0 are one key.
pub fn one_zero(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float32 => Arc::new(
            array
                .as_primitive::<Float32Type>()
                .unary::<_, Float32Type>(|v| v + 0.0),
        ),
        DataType::Float64 => Arc::new(
            array
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|v| v + 0.0),
        ),
        _ => array,
    }
}
