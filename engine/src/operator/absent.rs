//! The place of a node that nothing runs yet. The binder refuses every query that would need it.

use super::{Context, Junction, Operator};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// Hands rows on as they are.
pub struct Absent;

impl Operator for Absent {
    fn push(&mut self, batch: RowBatch, _cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        out.push(batch);
    }

    fn advance(&mut self, _bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn save(&self) -> OperatorState {
        OperatorState::default()
    }

    fn load(&mut self, _state: OperatorState) -> Result<(), StateError> {
        Ok(())
    }
}

impl Junction for Absent {
    fn push(&mut self, _port: usize, _batch: RowBatch, _cx: &mut Context<'_>) {}

    fn advance(&mut self, _bounds_ms: &[i64], _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn forward(&self, bounds_ms: &[i64]) -> i64 {
        bounds_ms.iter().copied().min().unwrap_or(i64::MIN)
    }

    fn save(&self) -> OperatorState {
        OperatorState::default()
    }

    fn load(&mut self, _state: OperatorState) -> Result<(), StateError> {
        Ok(())
    }

    fn held_rows(&self) -> usize {
        0
    }
}
