//! The columns of one step, put together from the runs of rows that the merge took.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, NullArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, TimestampMillisecondType};
use arrow::error::ArrowError;

use super::cursor::Run;
use crate::pipeline::SplitBatch;

/// The columns of the runs one after another; a single run is a slice of its batch.
///
/// # Errors
/// Splits of one stream whose columns are not of one type.
pub fn join_runs(runs: &[Run]) -> Result<Vec<ArrayRef>, ArrowError> {
    if let [run] = runs {
        let columns = run.batch.columns.iter();
        return Ok(columns.map(|c| c.slice(run.start, run.len)).collect());
    }
    let mut batches: Vec<&Arc<SplitBatch>> = Vec::new();
    let mut places = Vec::new();
    for run in runs {
        let number = match batches.iter().position(|b| Arc::ptr_eq(b, &run.batch)) {
            Some(number) => number,
            None => {
                batches.push(&run.batch);
                batches.len() - 1
            }
        };
        places.extend((run.start..run.start + run.len).map(|row| (number, row)));
    }
    let width = batches.first().map_or(0, |b| b.columns.len());
    (0..width)
        .map(|i| {
            let parts: Vec<&dyn Array> = batches.iter().map(|b| b.columns[i].as_ref()).collect();
            // A column that one split left out is not wanted, even if another has it.
            if parts.iter().any(|part| *part.data_type() == DataType::Null) {
                return Ok(Arc::new(NullArray::new(places.len())) as ArrayRef);
            }
            arrow::compute::interleave(&parts, &places)
        })
        .collect()
}

/// APPROXIMATE_ARRIVAL_TIME of a source that has none of its own: the arrival clock.
pub fn fill_arrival(column: &ArrayRef, rowtimes: &[i64]) -> ArrayRef {
    let given = column.as_primitive_opt::<TimestampMillisecondType>();
    Arc::new(TimestampMillisecondArray::from_iter_values(
        rowtimes.iter().enumerate().map(|(row, &rowtime)| match given {
            Some(given) if given.is_valid(row) => given.value(row),
            _ => rowtime,
        }),
    ))
}
