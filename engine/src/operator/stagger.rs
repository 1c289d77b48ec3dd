//! Stagger windows: WINDOWED BY STAGGER (`windows-and-time.md` §5).
//!
//! Every key has a window of its own. It opens with the first row of the key and closes `n` later by ROWTIME, when a
//! row, of whatever key, or a bound has come that far; a row at that very instant opens the next one
//! (`decisions.md` 28). All windows are of one length, so they close in the order in which they opened, which is
//! also the order in which their rows leave. All that a batch of rows or a bound closes leaves as one batch: instants are
//! many and their windows few, so a batch for each would cost many times what its windows do.

use arrow::array::BooleanArray;
use arrow::buffer::ScalarBuffer;
use arrow::error::ArrowError;

use self::windows::{Closed, Windows};
use super::evaluated::{GroupExprs, settle};
use super::{Context, Operator};
use crate::expr::Expr;
use crate::plan::Aggregate;
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

mod windows;

/// Most windows of one pump that are open at a time.
pub const WINDOWS_MAX: usize = 50_000_000;

/// Stagger windows. Their output columns are the keys, then the aggregates.
pub struct Stagger {
    exprs: GroupExprs,
    windows: Windows,
    relation: usize,
    /// Windows that have closed.
    emitted: u64,
}

impl Stagger {
    /// Windows of this length over `keys`; `relation` is the number of their output among the pump's relations.
    pub fn new(keys: &[Expr], length_ms: i64, aggregates: &[Aggregate], relation: usize) -> Self {
        Self::with_limit(keys, length_ms, aggregates, relation, WINDOWS_MAX)
    }

    fn with_limit(
        keys: &[Expr],
        length_ms: i64,
        aggregates: &[Aggregate],
        relation: usize,
        limit: usize,
    ) -> Self {
        let types = keys.iter().map(|key| key.ty.arrow()).collect();
        Self {
            exprs: GroupExprs::new(keys, aggregates),
            windows: Windows::new(types, length_ms.max(1), aggregates, limit),
            relation,
            emitted: 0,
        }
    }

    /// Emits windows that have closed.
    fn emit(&mut self, closed: Option<Closed>, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Some(closed) = closed else { return };
        let windows = closed.ends.len();
        let ends = ScalarBuffer::from(closed.ends.clone());
        match self.batch_of(closed, ends.clone(), cx) {
            Ok(batch) if batch.is_empty() => {}
            Ok(batch) => out.push(batch),
            // Joining arrays of one type fails only beyond 2^31 rows or bytes a column: an error a window.
            Err(error) => {
                let batch = RowBatch::new(ends, Vec::new(), self.relation, true);
                for window in 0..windows {
                    let error = RowError::runtime(format!("the window cannot be emitted: {error}"));
                    cx.errors.report(error, &batch.origin, window);
                }
            }
        }
        self.emitted += windows as u64;
    }

    fn batch_of(
        &self,
        closed: Closed,
        ends: ScalarBuffer<i64>,
        cx: &mut Context<'_>,
    ) -> Result<RowBatch, ArrowError> {
        let mut errors = RowErrors::new();
        let columns = closed.columns(&mut errors)?;
        let batch = RowBatch::new(ends, columns, self.relation, true).behind(self.emitted);
        if errors.is_empty() {
            return Ok(batch);
        }
        let keep: BooleanArray = (0..batch.len())
            .map(|window| Some(!errors.failed(window)))
            .collect();
        for (window, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, window as usize);
        }
        batch.filter(&keep)
    }
}

impl Operator for Stagger {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let taken = self.exprs.evaluate(&batch, cx).map(|mut rows| {
            let mut refused = Vec::new();
            let rowtime = |row: usize| rows.rowtime(row);
            let closed = (self.windows).take(&rows.good, rowtime, |row, error| refused.push((row, error)));
            rows.taken = rows.good.len as u64;
            for (row, error) in refused {
                rows.refuse(row, error);
            }
            self.emit(closed, cx, out);
            rows
        });
        settle(&batch, taken, cx);
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let closed = self.windows.close_until(bound_ms);
        self.emit(closed, cx, out);
    }

    fn save(&self) -> OperatorState {
        self.windows.save(self.emitted)
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.emitted = self.windows.load(&state)?;
        Ok(())
    }

    fn open_since(&self) -> Option<i64> {
        self.windows.oldest()
    }

    fn open_groups(&self) -> usize {
        self.windows.len()
    }
}
