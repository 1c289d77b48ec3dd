//! Rows on their way through the dataflow: columns, their ROWTIMEs, and the rows they came from.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::buffer::ScalarBuffer;
use arrow::error::ArrowError;

use crate::plan::Field;

/// A batch of rows of one relation in stream order. Columns follow the relation's fields; every column and
/// `rowtimes` have the same length.
#[derive(Debug, Clone)]
pub struct RowBatch {
    /// ROWTIME in ms, never going back within a stream.
    pub rowtimes: ScalarBuffer<i64>,
    /// The columns.
    pub columns: Vec<ArrayRef>,
    /// The rows as the pump read them, for the error stream.
    pub origin: Origin,
    /// Made by closing a window: goes before new rows of the same ROWTIME (R2).
    pub closing: bool,
}

/// Gives rows the columns of a stream, where they have those that it declares: of the others, which say how a row came,
/// it may have more or fewer.
pub fn fit_columns(columns: &mut Vec<ArrayRef>, rows: usize, fields: &[Field]) {
    columns.truncate(fields.len());
    for field in fields.get(columns.len()..).unwrap_or_default() {
        columns.push(new_null_array(&field.ty.arrow(), rows));
    }
}

/// Where the rows of a batch came from: the input columns of the pump (or of the operator behind a window),
/// and which of their rows each row is made of.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Columns as read, in the order of the relation that the pump (or the window's output) has.
    pub columns: Arc<Vec<ArrayRef>>,
    /// ROWTIMEs as read.
    pub rowtimes: ScalarBuffer<i64>,
    /// Row i of the batch is row `rows[i]` here; `None` means the same position.
    pub rows: Option<UInt32Array>,
    /// Which relation of the pump `columns` belongs to: see [`crate::dataflow::errors::PumpErrors::relations`].
    pub relation: usize,
    /// How many rows of that relation the pump has seen before these.
    pub seen: u64,
}

impl Origin {
    /// Position in `columns` of the batch's row `row`.
    pub fn position(&self, row: usize) -> usize {
        match &self.rows {
            Some(rows) => rows.value(row) as usize,
            None => row,
        }
    }
}

impl RowBatch {
    /// Rows that are their own origin.
    pub fn new(rowtimes: ScalarBuffer<i64>, columns: Vec<ArrayRef>, relation: usize, closing: bool) -> Self {
        let origin = Origin {
            columns: Arc::new(columns.clone()),
            rowtimes: rowtimes.clone(),
            rows: None,
            relation,
            seen: 0,
        };
        Self {
            rowtimes,
            columns,
            origin,
            closing,
        }
    }

    /// The same rows, behind so many of their relation.
    pub fn behind(mut self, seen: u64) -> Self {
        self.origin.seen = seen;
        self
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rowtimes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rowtimes.is_empty()
    }

    /// The rows `offset .. offset + len`, without copying values.
    pub fn slice(&self, offset: usize, len: usize) -> RowBatch {
        let rows = match &self.origin.rows {
            Some(rows) => Some(rows.slice(offset, len)),
            None if offset == 0 && len == self.len() => None,
            None => Some(UInt32Array::from_iter_values(
                (offset..offset + len).map(|i| u32::try_from(i).unwrap_or(u32::MAX)),
            )),
        };
        RowBatch {
            rowtimes: self.rowtimes.slice(offset, len),
            columns: self.columns.iter().map(|c| c.slice(offset, len)).collect(),
            origin: Origin {
                rows,
                ..self.origin.clone()
            },
            closing: self.closing,
        }
    }

    /// The rows for which `keep` is set (no NULLs in it), with their origin.
    pub fn filter(&self, keep: &BooleanArray) -> Result<RowBatch, ArrowError> {
        let positions: UInt32Array = keep.values().set_indices_u32().collect::<Vec<u32>>().into();
        let predicate = arrow::compute::FilterBuilder::new(keep).optimize().build();
        let columns = self
            .columns
            .iter()
            .map(|c| predicate.filter(c))
            .collect::<Result<Vec<_>, _>>()?;
        let rowtimes: Vec<i64> = positions
            .values()
            .iter()
            .map(|&i| self.rowtimes[i as usize])
            .collect();
        let rows = match &self.origin.rows {
            None => positions,
            Some(rows) => positions
                .values()
                .iter()
                .map(|&i| rows.value(i as usize))
                .collect::<Vec<u32>>()
                .into(),
        };
        Ok(RowBatch {
            rowtimes: rowtimes.into(),
            columns,
            origin: Origin {
                rows: Some(rows),
                ..self.origin.clone()
            },
            closing: self.closing,
        })
    }
}
