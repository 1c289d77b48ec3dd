//! The columns of one step, put together from the runs of rows that the merge took.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMillisecondArray};
use arrow::datatypes::TimestampMillisecondType;

use super::Run;
use crate::pipeline::SplitBatch;

/// The columns of the runs one after another; a single run is a slice of its batch.
pub fn join_runs(runs: &[Run]) -> Vec<ArrayRef> {
    if let [run] = runs {
        return run
            .batch
            .columns
            .iter()
            .map(|c| c.slice(run.start, run.len))
            .collect();
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
            // Splits of one stream have the types of its fields; if one breaks that, its values are lost to NULL
            // rather than the run to a panic.
            arrow::compute::interleave(&parts, &places)
                .unwrap_or_else(|_| arrow::array::new_null_array(parts[0].data_type(), places.len()))
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
