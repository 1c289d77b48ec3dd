//! A forest as a saved state, and back (R7).
//!
//! Facts: how many records it has seen. Batches: one row a tree, one a node, one a point held, then the values of the
//! leaves' points and of the last records, one number a row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Float64Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use serde_json::{Value as Json, json};

use crate::state::{OperatorState, StateError};
use rowtime_forest::ForestState;

/// A forest as a state.
pub(super) fn save(forest: &ForestState) -> OperatorState {
    match batches(forest) {
        Ok(batches) => OperatorState {
            facts: json!({ "records": forest.records }),
            batches,
        },
        // Facts that do not read back: a state that could not be copied is refused on load.
        Err(error) => OperatorState {
            facts: Json::String(error.to_string()),
            batches: Vec::new(),
        },
    }
}

fn batches(forest: &ForestState) -> Result<Vec<RecordBatch>, ArrowError> {
    Ok(vec![
        RecordBatch::try_from_iter([
            ("generator", column::<UInt64Type>(&forest.generators)),
            ("next", column::<UInt64Type>(&forest.next)),
            ("nodes", column::<UInt32Type>(&forest.nodes)),
            ("held", column::<UInt32Type>(&forest.held)),
        ])?,
        RecordBatch::try_from_iter([
            ("dim", column::<UInt16Type>(&forest.dims)),
            ("cut", column::<Float64Type>(&forest.cuts)),
        ])?,
        RecordBatch::try_from_iter([
            ("key", column::<Float64Type>(&forest.keys)),
            ("leaf", column::<UInt16Type>(&forest.leaves)),
        ])?,
        RecordBatch::try_from_iter([("value", column::<Float64Type>(&forest.points))])?,
        RecordBatch::try_from_iter([("value", column::<Float64Type>(&forest.recent))])?,
    ])
}

fn column<T: ArrowPrimitiveType>(values: &[T::Native]) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(
        ScalarBuffer::from(values.to_vec()),
        None,
    ))
}

/// A state as a forest.
pub(super) fn load(state: &OperatorState) -> Result<ForestState, StateError> {
    let damaged = || StateError::Damaged("the state of a random cut forest".into());
    let records = state
        .facts
        .get("records")
        .and_then(Json::as_u64)
        .ok_or_else(damaged)?;
    let values = |batch, column| values::<Float64Type>(state, batch, column).ok_or_else(damaged);
    Ok(ForestState {
        records,
        generators: self::values::<UInt64Type>(state, 0, 0).ok_or_else(damaged)?,
        next: self::values::<UInt64Type>(state, 0, 1).ok_or_else(damaged)?,
        nodes: self::values::<UInt32Type>(state, 0, 2).ok_or_else(damaged)?,
        held: self::values::<UInt32Type>(state, 0, 3).ok_or_else(damaged)?,
        dims: self::values::<UInt16Type>(state, 1, 0).ok_or_else(damaged)?,
        cuts: values(1, 1)?,
        keys: values(2, 0)?,
        leaves: self::values::<UInt16Type>(state, 2, 1).ok_or_else(damaged)?,
        points: values(3, 0)?,
        recent: values(4, 0)?,
    })
}

fn values<T: ArrowPrimitiveType>(
    state: &OperatorState,
    batch: usize,
    column: usize,
) -> Option<Vec<T::Native>> {
    let array = state.batches.get(batch)?.columns().get(column)?;
    let array = array
        .as_primitive_opt::<T>()
        .filter(|array| array.null_count() == 0)?;
    Some(array.values().to_vec())
}
