//! Rows that an operator holds: the keys of a window's groups in order of first appearance, the rows of a sort.
//!
//! Copies own their bytes (R9: state keeps no view into an input buffer). New rows come in chunks; chunks of
//! like size are joined as they pile up, so that ever so small batches leave a few large arrays behind.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_empty_array};
use arrow::compute::{concat, interleave, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// Columns of rows, numbered as they came.
#[derive(Debug)]
pub struct RowCopies {
    types: Vec<DataType>,
    /// Chunks of rows, each with every column.
    chunks: Vec<Vec<ArrayRef>>,
}

impl RowCopies {
    /// No rows yet.
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
            let parts = self.parts(i);
            if parts.is_empty() {
                return Ok(new_empty_array(ty));
            }
            concat(&parts)
        };
        self.types.iter().enumerate().map(column).collect()
    }

    /// The rows with these numbers, in this order.
    pub fn pick(&self, rows: &[u32]) -> Result<Vec<ArrayRef>, ArrowError> {
        if let [chunk] = self.chunks.as_slice() {
            let rows = UInt32Array::from(rows.to_vec());
            return chunk.iter().map(|column| take(column, &rows, None)).collect();
        }
        let mut starts = Vec::with_capacity(self.chunks.len());
        let mut start = 0;
        for chunk in &self.chunks {
            starts.push(start);
            start += rows_of(chunk);
        }
        let place = |&row: &u32| {
            let chunk = starts.partition_point(|&start| start <= row as usize) - 1;
            (chunk, row as usize - starts[chunk])
        };
        if rows.iter().any(|&row| row as usize >= start) {
            return Err(ArrowError::InvalidArgumentError("a row that is not held".into()));
        }
        let places: Vec<(usize, usize)> = rows.iter().map(place).collect();
        let column = |(i, ty)| {
            let parts = self.parts(i);
            if parts.is_empty() {
                return Ok(new_empty_array(ty));
            }
            interleave(&parts, &places)
        };
        self.types.iter().enumerate().map(column).collect()
    }

    /// The chunks of one column.
    fn parts(&self, column: usize) -> Vec<&dyn Array> {
        let chunks = self.chunks.iter();
        chunks.filter_map(|c| c.get(column)).map(AsRef::as_ref).collect()
    }

    /// Forgets every row.
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
