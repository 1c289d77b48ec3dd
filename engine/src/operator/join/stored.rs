//! Columns of the rows that wait on one side of a join, in chunks.
//!
//! A chunk that comes with a batch is shared with it only until its rows have been tried; what waits longer is
//! copied once (R9: no state is a view into an input buffer). Chunks of like size are joined as they pile up, so that
//! ever so small batches leave a few large arrays behind, and are dropped whole when their last row has gone.

use std::collections::VecDeque;

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{concat, interleave, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::operator::row_copies::owned;

/// Stands for "no row" where rows are named by their numbers.
pub const NO_ROW: u64 = u64::MAX;

/// Chunks are not joined beyond so many rows.
const CHUNK_ROWS: usize = 8_192;

/// The chunks of one side.
#[derive(Debug)]
pub struct Stored {
    types: Vec<DataType>,
    chunks: VecDeque<Chunk>,
    /// Number of the row behind the last.
    end: u64,
}

#[derive(Debug)]
struct Chunk {
    /// Number of its first row.
    first: u64,
    rows: usize,
    columns: Vec<ArrayRef>,
    /// It shares buffers with the batch that it came in.
    borrowed: bool,
}

impl Stored {
    /// No rows of columns with these types.
    pub fn new(types: Vec<DataType>) -> Self {
        Self {
            types,
            chunks: VecDeque::new(),
            end: 0,
        }
    }

    /// The types of the columns.
    pub fn types(&self) -> &[DataType] {
        &self.types
    }

    /// Adds rows of a batch, still sharing its buffers.
    pub fn append(&mut self, columns: Vec<ArrayRef>, rows: usize) {
        self.chunks.push_back(Chunk {
            first: self.end,
            rows,
            columns,
            borrowed: true,
        });
        self.end += rows as u64;
    }

    /// Drops the chunks below row `first`, and copies what is shared.
    pub fn settle(&mut self, first: u64) -> Result<(), ArrowError> {
        while self
            .chunks
            .front()
            .is_some_and(|c| c.first + c.rows as u64 <= first)
        {
            self.chunks.pop_front();
        }
        let shared = self.chunks.iter().rev().take_while(|c| c.borrowed).count();
        for chunk in self.chunks.iter_mut().rev().take(shared) {
            let gone = usize::try_from(first.saturating_sub(chunk.first)).unwrap_or(0);
            for column in &mut chunk.columns {
                *column = copied(column, gone, chunk.rows - gone)?;
            }
            chunk.first += gone as u64;
            chunk.rows -= gone;
            chunk.borrowed = false;
        }
        self.join_small()
    }

    fn join_small(&mut self) -> Result<(), ArrowError> {
        while let Some(at) = self.chunks.len().checked_sub(2)
            && let (Some(before), Some(last)) = (self.chunks.get(at), self.chunks.back())
            && before.rows <= 2 * last.rows
            && before.rows + last.rows <= CHUNK_ROWS
        {
            let columns = before.columns.iter().zip(&last.columns);
            let columns = columns.map(|(a, b)| Ok(owned(&concat(&[a.as_ref(), b.as_ref()])?)));
            let columns = columns.collect::<Result<Vec<_>, ArrowError>>()?;
            let (first, rows) = (before.first, before.rows + last.rows);
            self.chunks.truncate(at);
            self.chunks.push_back(Chunk {
                first,
                rows,
                columns,
                borrowed: false,
            });
        }
        Ok(())
    }

    /// The rows of these numbers, in this order; [`NO_ROW`] is a row of NULLs. `wanted`: the columns that are needed;
    /// of the others comes an empty shell.
    pub fn gather(
        &self,
        numbers: &[u64],
        wanted: impl Fn(usize) -> bool,
    ) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut places = self.places(numbers);
        // Only the chunks that are needed: there may be many others.
        let needed = places
            .iter()
            .map(|(chunk, _)| *chunk)
            .filter(|c| *c < self.chunks.len());
        let first = needed.clone().min().unwrap_or(0);
        let end = needed.max().map_or(first, |last| last + 1);
        places
            .iter_mut()
            .for_each(|(chunk, _)| *chunk = (*chunk).min(end) - first);
        let misses = numbers.contains(&NO_ROW);
        let column = |(i, ty): (usize, &DataType)| {
            if !wanted(i) {
                return Ok(new_null_array(&DataType::Null, numbers.len()));
            }
            let null = misses.then(|| new_null_array(ty, 1));
            let chunks = self
                .chunks
                .range(first..end)
                .filter_map(|chunk| chunk.columns.get(i));
            let parts: Vec<&dyn Array> = chunks.chain(&null).map(AsRef::as_ref).collect();
            interleave(&parts, &places)
        };
        self.types.iter().enumerate().map(column).collect()
    }

    /// Chunk and row in it of each number; the chunk behind the last is that of NULLs.
    fn places(&self, numbers: &[u64]) -> Vec<(usize, usize)> {
        // Rows that stand together are mostly in one chunk.
        let mut at = 0;
        let place = |number: &u64| {
            if *number == NO_ROW {
                return (self.chunks.len(), 0);
            }
            let holds = |chunk: &Chunk| (chunk.first..chunk.first + chunk.rows as u64).contains(number);
            if !self.chunks.get(at).is_some_and(holds) {
                at = self
                    .chunks
                    .partition_point(|c| c.first <= *number)
                    .saturating_sub(1);
            }
            let first = self.chunks.get(at).map_or(0, |chunk| chunk.first);
            (at, usize::try_from(number.saturating_sub(first)).unwrap_or(0))
        };
        numbers.iter().map(place).collect()
    }

    /// The columns of the rows from number `first` on, by chunk, with the number of the first row of each.
    pub fn parts(&self, first: u64) -> impl Iterator<Item = (u64, usize, Vec<ArrayRef>)> {
        self.chunks.iter().filter_map(move |chunk| {
            let gone = usize::try_from(first.saturating_sub(chunk.first)).ok()?;
            let rows = chunk.rows.checked_sub(gone).filter(|rows| *rows > 0)?;
            let columns = chunk.columns.iter().map(|column| column.slice(gone, rows));
            Some((chunk.first + gone as u64, rows, columns.collect()))
        })
    }
}

/// Some rows of a column, with bytes of their own.
pub fn copied(column: &ArrayRef, offset: usize, rows: usize) -> Result<ArrayRef, ArrowError> {
    let narrow = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
    let range = UInt32Array::from_iter_values(narrow(offset)..narrow(offset + rows));
    Ok(owned(&take(column, &range, None)?))
}

/// Some ROWTIMEs, with bytes of their own.
pub fn copied_rowtimes(rowtimes: &[i64]) -> ScalarBuffer<i64> {
    rowtimes.to_vec().into()
}
