//! What an operator holds, as bytes: a JSON manifest and Arrow IPC batches, versioned (R7).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use serde_json::Value as Json;

/// The state of one operator. Batches are shared, so that taking a copy does not stop the stream.
#[derive(Debug, Clone, Default)]
pub struct OperatorState {
    /// Small facts: the open window, counters, the last ROWTIME.
    pub facts: Json,
    /// Bulk: keys and accumulators.
    pub batches: Vec<RecordBatch>,
}

impl OperatorState {
    /// A state of facts and at least one column, all of one length.
    pub fn of_columns(facts: Json, columns: Vec<ArrayRef>) -> Result<Self, ArrowError> {
        let fields: Vec<Field> = (columns.iter().enumerate())
            .map(|(i, c)| Field::new(format!("c{i}"), c.data_type().clone(), true))
            .collect();
        Ok(Self {
            facts,
            batches: vec![RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?],
        })
    }

    /// A column of such a state.
    pub fn column(&self, at: usize, ty: &DataType) -> Result<ArrayRef, StateError> {
        let batch = self.batches.first();
        let column = batch.and_then(|batch| batch.columns().get(at));
        match column {
            Some(column) if column.data_type() == ty => Ok(Arc::clone(column)),
            Some(_) => Err(StateError::Mismatch("a column of another type".to_owned())),
            None => Err(StateError::Mismatch("it has fewer columns".to_owned())),
        }
    }
}

/// A saved state that cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The bytes are not a state of this version, or are damaged.
    #[error("the saved state cannot be read: {0}")]
    Damaged(String),
    /// The state belongs to another plan.
    #[error("the saved state belongs to another plan: {0}")]
    Mismatch(String),
}

impl From<arrow::error::ArrowError> for StateError {
    fn from(e: arrow::error::ArrowError) -> Self {
        Self::Damaged(e.to_string())
    }
}

impl From<serde_json::Error> for StateError {
    fn from(e: serde_json::Error) -> Self {
        Self::Damaged(e.to_string())
    }
}
