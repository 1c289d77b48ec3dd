//! WHERE and HAVING: the rows for which a predicate is TRUE.
//!
//! UNKNOWN drops a row as FALSE does; a failing predicate drops it into the error stream. Each of the three
//! is counted, so that the pump's books balance.

use arrow::array::BooleanArray;

use super::{Context, Operator};
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// Keeps the rows for which the predicate is TRUE.
pub struct Filter {
    predicate: Evaluator,
}

impl Filter {
    /// A filter by a BOOLEAN expression over the input's columns.
    pub fn new(predicate: &Expr) -> Self {
        Self {
            predicate: Evaluator::new(predicate),
        }
    }
}

impl Operator for Filter {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let mut errors = RowErrors::new();
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let keep = self.predicate.select(input, &mut errors);
        let failed = errors.len();
        for (row, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, row as usize);
        }
        let kept = keep.true_count();
        let dropped = (batch.len() - failed - kept) as u64;
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_filtered += dropped;
        } else {
            cx.errors.counts.groups_filtered += dropped;
        }
        push_kept(batch, &keep, kept, cx, out);
    }

    fn advance(&mut self, _bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn save(&self) -> OperatorState {
        OperatorState::default()
    }

    fn load(&mut self, _state: OperatorState) -> Result<(), StateError> {
        Ok(())
    }
}

/// Hands on the rows that `keep` marks (`kept` of them), without copying when that is all of them.
pub(super) fn push_kept(
    batch: RowBatch,
    keep: &BooleanArray,
    kept: usize,
    cx: &mut Context<'_>,
    out: &mut Vec<RowBatch>,
) {
    if kept == batch.len() {
        out.push(batch);
        return;
    }
    if kept == 0 {
        return;
    }
    match batch.filter(keep) {
        Ok(rows) => out.push(rows),
        // Arrow refuses only columns of unequal length. Whatever it is, no row goes in silence.
        Err(error) => {
            for row in keep.values().set_indices() {
                let error = RowError::runtime(format!("the row cannot be kept: {error}; please report this"));
                cx.errors.report(error, &batch.origin, row);
            }
        }
    }
}
