//! The keys of groups in order of first appearance, copied once each.
//!
//! Copies own their bytes (R9: state keeps no view into an input buffer). New groups come in chunks; chunks of
//! like size are joined as they pile up, so that ever so small batches leave a few large arrays behind.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_empty_array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;

/// Key columns, one row a group.
#[derive(Debug)]
pub struct KeyCopies {
    types: Vec<DataType>,
    /// Chunks of rows, each with every column.
    chunks: Vec<Vec<ArrayRef>>,
}

impl KeyCopies {
    /// No groups yet.
    pub fn new(types: Vec<DataType>) -> Self {
        Self {
            types,
            chunks: Vec::new(),
        }
    }

    /// The types of the columns.
    pub fn types(&self) -> &[DataType] {
        &self.types
    }

    /// Copies these rows of the columns.
    pub fn append(&mut self, columns: &[ArrayRef], rows: Vec<u32>) -> Result<(), ArrowError> {
        if rows.is_empty() || columns.is_empty() {
            return Ok(());
        }
        let rows = UInt32Array::from(rows);
        let chunk: Result<Vec<ArrayRef>, ArrowError> = columns
            .iter()
            .map(|c| Ok(owned(&take(c, &rows, None)?)))
            .collect();
        self.chunks.push(chunk?);
        while let [.., before, last] = self.chunks.as_slice()
            && rows_of(before) <= 2 * rows_of(last)
        {
            let joined = join(before, last)?;
            self.chunks.truncate(self.chunks.len() - 2);
            self.chunks.push(joined);
        }
        Ok(())
    }

    /// Whole columns.
    pub fn columns(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        if let [chunk] = self.chunks.as_slice() {
            return Ok(chunk.clone());
        }
        let column = |(i, ty)| {
            let parts: Vec<&dyn Array> = self
                .chunks
                .iter()
                .filter_map(|c: &Vec<ArrayRef>| c.get(i))
                .map(AsRef::as_ref)
                .collect();
            if parts.is_empty() {
                return Ok(new_empty_array(ty));
            }
            concat(&parts)
        };
        self.types.iter().enumerate().map(column).collect()
    }

    /// Forgets every group.
    pub fn clear(&mut self) {
        self.chunks.clear();
    }
}

/// The same values with bytes of their own.
pub fn owned(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::BinaryView => Arc::new(array.as_binary_view().gc()),
        _ => Arc::clone(array),
    }
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

fn rows_of(chunk: &[ArrayRef]) -> usize {
    chunk.first().map_or(0, |c| c.len())
}

fn join(before: &[ArrayRef], last: &[ArrayRef]) -> Result<Vec<ArrayRef>, ArrowError> {
    before
        .iter()
        .zip(last)
        .map(|(a, b)| Ok(owned(&concat(&[a.as_ref(), b.as_ref()])?)))
        .collect()
}
