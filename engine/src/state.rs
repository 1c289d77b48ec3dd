//! What an operator holds, as bytes: a JSON manifest and Arrow IPC batches, versioned (R7).

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
