//! LIMIT, over data that ends: the first rows, and no more.
//!
//! What comes behind them counts as filtered, so that the pump's books balance.

use super::{Context, Operator};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// Lets so many rows through.
pub struct Limit {
    left: u64,
}

impl Limit {
    /// Lets the first `rows` rows through.
    pub fn new(rows: u64) -> Self {
        Self { left: rows }
    }
}

impl Operator for Limit {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let rows = batch.len();
        let taken = usize::try_from(self.left).map_or(rows, |left| left.min(rows));
        self.left -= taken as u64;
        let dropped = (rows - taken) as u64;
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_filtered += dropped;
        } else {
            cx.errors.counts.groups_filtered += dropped;
        }
        if taken == rows {
            out.push(batch);
        } else if taken > 0 {
            out.push(batch.slice(0, taken));
        }
    }

    fn advance(&mut self, _bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn save(&self) -> OperatorState {
        OperatorState {
            facts: self.left.into(),
            batches: Vec::new(),
        }
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.left = serde_json::from_value(state.facts)?;
        Ok(())
    }
}
