//! Stagger windows: WINDOWED BY STAGGER (`windows-and-time.md` §5).
//!
//! Every key has a window of its own. It opens with the first row of the key and closes `n` later by ROWTIME, when a
//! row, of whatever key, or a bound has come that far; a row at that very instant opens the next one
//! (`decisions.md` 28). All windows are of one length, so they close in the order in which they opened, which is
//! also the order in which their rows leave. Those that close at one instant leave as one batch.

use arrow::array::BooleanArray;
use arrow::error::ArrowError;

use self::windows::{Closed, Windows};
use super::evaluated::{Evaluated, GroupExprs, settle};
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
    /// How long a window is open, ms; at least one.
    length_ms: i64,
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
            length_ms: length_ms.max(1),
            windows: Windows::new(types, aggregates, limit),
            relation,
            emitted: 0,
        }
    }

    /// When the window that is open longest closes.
    fn next_close(&self) -> Option<i64> {
        let opened = self.windows.oldest()?;
        Some(opened.saturating_add(self.length_ms))
    }

    /// Takes rows up to the close of a window, closes it, and goes on.
    fn take(&mut self, rows: &mut Evaluated, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let mut from = 0;
        while from < rows.good.len {
            let at = rows.rowtime(from);
            self.close_until(at, cx, out);
            // The row opens a window, unless an older one is open.
            let end = self
                .next_close()
                .unwrap_or_else(|| at.saturating_add(self.length_ms));
            let to = rows.good_before(end).max(from + 1);
            rows.taken += (to - from) as u64;
            let mut refused = Vec::new();
            let part = rows.good.slice(from, to - from);
            let rowtime = |row: usize| rows.rowtime(from + row);
            self.windows
                .take(&part, rowtime, |row, error| refused.push((row, error)));
            for (row, error) in refused {
                rows.refuse(from + row, error);
            }
            from = to;
        }
    }

    /// Emits the windows that close at or before this ROWTIME, one instant after the other.
    fn close_until(&mut self, rowtime_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        while let Some(end) = self.next_close().filter(|&end| end <= rowtime_ms) {
            let closed = self.windows.close_oldest();
            let windows = closed.windows;
            match self.batch_of(closed, end, cx) {
                Ok(batch) if batch.is_empty() => {}
                Ok(batch) => out.push(batch),
                // Joining arrays of one type fails only beyond 2^31 rows or bytes a column.
                Err(error) => {
                    let batch = RowBatch::new(vec![end].into(), Vec::new(), self.relation, true);
                    let error = RowError::runtime(format!("the windows cannot be emitted: {error}"));
                    cx.errors.report(error, &batch.origin, 0);
                }
            }
            self.emitted += windows as u64;
        }
    }

    fn batch_of(&self, closed: Closed, end_ms: i64, cx: &mut Context<'_>) -> Result<RowBatch, ArrowError> {
        let mut errors = RowErrors::new();
        let len = closed.windows;
        let columns = closed.columns(&mut errors)?;
        let batch =
            RowBatch::new(vec![end_ms; len].into(), columns, self.relation, true).behind(self.emitted);
        if errors.is_empty() {
            return Ok(batch);
        }
        let keep: BooleanArray = (0..len).map(|window| Some(!errors.failed(window))).collect();
        for (window, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, window as usize);
        }
        batch.filter(&keep)
    }
}

impl Operator for Stagger {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let taken = self.exprs.evaluate(&batch, cx).map(|mut rows| {
            self.take(&mut rows, cx, out);
            rows
        });
        settle(&batch, taken, cx);
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        self.close_until(bound_ms, cx, out);
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
