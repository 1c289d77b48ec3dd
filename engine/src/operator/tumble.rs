//! Tumbling windows: GROUP BY with a monotonic key (`windows-and-time.md` §3).
//!
//! The rows of one value of the monotonic key are one window. A row with another value, or a bound past the
//! window's end, emits every group before that row is taken in. Where the key is a function of ROWTIME, the
//! window's end is known when it opens, and every ROWTIME at or past it closes the window: that of a failing
//! row too, because a batch that ended there would have brought it as a bound (R2). Emitted rows carry the
//! window's end as ROWTIME, or, for MONOTONIC(x), the ROWTIME of the row that completed it.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::error::ArrowError;

use self::groups::Groups;
use super::evaluated::{Evaluated, GroupExprs, settle};
use super::key_values::{pinned, runs, same_value};
use super::window_end::WindowEnd;
use super::{Context, Operator};
use crate::expr::Expr;
use crate::plan::{Aggregate, WindowClock};
use crate::row_error::RowError;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

pub use self::groups::GROUPS_MAX;

pub(super) mod groups;
mod snapshot;
#[cfg(test)]
mod tests;

/// A tumbling window. Its output columns are the keys, then the aggregates.
pub struct Tumble {
    exprs: GroupExprs,
    /// Position of the monotonic key.
    window: usize,
    clock: Option<WindowEnd>,
    /// How far the clock of a row is behind its ROWTIME, ms: see [`crate::plan::WindowClock`].
    behind_ms: i64,
    groups: Groups,
    open: Option<OpenWindow>,
    /// Greatest ROWTIME of the pump's rows or explicit advances so far, ms: what the end of the input stamps a
    /// window with that has no end of its own. No bound that only a cut brought counts (R2).
    last_ms: Option<i64>,
    relation: usize,
    /// Groups of windows that have closed.
    emitted: u64,
}

/// The window that rows go to.
#[derive(Debug, Clone)]
struct OpenWindow {
    /// The monotonic key, one row.
    value: ArrayRef,
    /// ROWTIME of its first row, ms.
    since_ms: i64,
    /// Least ROWTIME behind it, ms, where the key is a function of ROWTIME.
    end_ms: Option<i64>,
}

/// A batch with the monotonic key of the rows that did not fail.
struct Windowed {
    key: ArrayRef,
    rows: Evaluated,
}

impl Tumble {
    /// A window over `keys`, of which `keys[window]` is monotonic; `clock` is that key as a function of
    /// ROWTIME, if it is one. `relation` is the number of its output among the pump's relations.
    pub fn new(
        keys: &[Expr],
        window: usize,
        clock: Option<&WindowClock>,
        aggregates: &[Aggregate],
        relation: usize,
    ) -> Self {
        Self::with_limit(keys, window, clock, aggregates, relation, GROUPS_MAX)
    }

    fn with_limit(
        keys: &[Expr],
        window: usize,
        clock: Option<&WindowClock>,
        aggregates: &[Aggregate],
        relation: usize,
        groups: usize,
    ) -> Self {
        let types = (keys.iter().enumerate())
            .filter(|(i, _)| *i != window)
            .map(|(_, key)| key.ty.arrow())
            .collect();
        Self {
            exprs: GroupExprs::new(keys, aggregates),
            window,
            clock: clock.map(|clock| WindowEnd::new(&clock.key)),
            behind_ms: clock.map_or(0, |clock| i64::from(clock.behind)),
            groups: Groups::new(types, aggregates, groups),
            open: None,
            last_ms: None,
            relation,
            emitted: 0,
        }
    }

    fn evaluate(&self, batch: &RowBatch, cx: &Context<'_>) -> Result<Windowed, ArrowError> {
        let mut rows = self.exprs.evaluate(batch, cx)?;
        if self.window >= rows.good.keys.len() {
            return Err(ArrowError::InvalidArgumentError(
                "a window without its key".into(),
            ));
        }
        let key = rows.good.keys.remove(self.window);
        Ok(Windowed { key, rows })
    }

    /// Takes rows where ROWTIME tells the window.
    fn push_by_clock(&mut self, batch: &mut Windowed, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Windowed { key, rows } = batch;
        let rowtimes = rows.rowtimes.clone();
        let mut at = 0;
        while let Some(rest) = rowtimes.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(end) = self.open.as_ref().map(|open| open.end_ms.unwrap_or(i64::MAX)) else {
                let Some(first) = rows.good_from(at) else {
                    return;
                };
                at = rows.position(first);
                self.open_window(key, rows, first, cx);
                continue;
            };
            let to = at + rest.partition_point(|&rowtime| rowtime.saturating_sub(self.behind_ms) < end);
            self.take(rows, rows.good_between(at, to));
            if to == rowtimes.len() {
                return;
            }
            self.close(end, cx, out);
            at = to;
        }
    }

    /// Takes rows where only the key itself tells the window.
    fn push_by_change(
        &mut self,
        batch: &mut Windowed,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) -> Result<(), ArrowError> {
        let Windowed { key, rows } = batch;
        for run in runs(key)? {
            let trigger = rows.position(run.start);
            if let Some(open) = &self.open
                && !same_value(&open.value, &key.slice(run.start, 1))?
            {
                let end = rows.rowtimes.get(trigger).copied().unwrap_or(open.since_ms);
                self.close(end, cx, out);
            }
            if self.open.is_none() {
                self.open_window(key, rows, run.start, cx);
            }
            self.take(rows, run);
        }
        Ok(())
    }

    /// Opens a window with the value and ROWTIME of a row.
    fn open_window(&mut self, key: &ArrayRef, rows: &Evaluated, row: usize, cx: &Context<'_>) {
        let since_ms = rows.rowtimes.get(rows.position(row)).copied().unwrap_or(i64::MIN);
        self.open = Some(OpenWindow {
            value: pinned(key, row),
            since_ms,
            end_ms: (self.clock.as_mut()).map(|c| c.after(since_ms.saturating_sub(self.behind_ms), cx.clock)),
        });
    }

    /// Adds good rows to the open window.
    fn take(&mut self, rows: &mut Evaluated, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        rows.taken += range.len() as u64;
        let part = rows.good.slice(range.start, range.len());
        let mut refused = Vec::new();
        self.groups.take(&part, |row, error| refused.push((row, error)));
        for (row, error) in refused {
            rows.refuse(range.start + row, error);
        }
    }

    /// Emits every group with this ROWTIME and forgets them.
    fn close(&mut self, end_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Some(open) = self.open.take() else { return };
        let value = Some((self.window, &open.value));
        let emitted = (self.groups).emit(end_ms, value, self.relation, self.emitted, cx);
        match emitted {
            Ok(batch) if batch.is_empty() => {}
            Ok(batch) => out.push(batch),
            // Joining arrays of one type fails only beyond 2^31 rows or bytes a column.
            Err(error) => {
                let batch = RowBatch::new(vec![end_ms].into(), Vec::new(), self.relation, true);
                let error = RowError::runtime(format!("the window cannot be emitted: {error}"));
                cx.errors.report(error, &batch.origin, 0);
            }
        }
        self.emitted += self.groups.len() as u64;
        self.groups.clear();
    }
}

impl Operator for Tumble {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Some(&last) = batch.rowtimes.last() else {
            return;
        };
        self.last_ms = self.last_ms.max(Some(last));
        let pushed = self.evaluate(&batch, cx).and_then(|mut batch| {
            if self.clock.is_some() {
                self.push_by_clock(&mut batch, cx, out);
            } else {
                self.push_by_change(&mut batch, cx, out)?;
            }
            Ok(batch)
        });
        settle(&batch, pushed.map(|batch| batch.rows), cx);
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if cx.before_ms != i64::MAX {
            self.last_ms = self.last_ms.max(Some(cx.before_ms));
        }
        let Some(open) = &self.open else { return };
        let end = open.end_ms.or(self.last_ms).unwrap_or(open.since_ms);
        if bound_ms == i64::MAX || open.end_ms.is_some_and(|end| bound_ms >= end) {
            self.close(end, cx, out);
        }
    }

    fn save(&self) -> OperatorState {
        self.snapshot()
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.restore(&state)
    }

    fn forward(&self, bound_ms: i64) -> i64 {
        match (&self.open, self.last_ms) {
            // The end of the input may yet stamp this window with the last ROWTIME.
            (Some(OpenWindow { end_ms: None, .. }), Some(last)) => bound_ms.min(last),
            _ => bound_ms,
        }
    }

    fn open_since(&self) -> Option<i64> {
        self.open.as_ref().map(|open| open.since_ms)
    }

    fn open_groups(&self) -> usize {
        self.groups.len()
    }
}
