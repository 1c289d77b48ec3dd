//! Sliding windows: `f(x) OVER w` (`windows-and-time.md` §4). A row for a row, at its ROWTIME, at once.
//!
//! Row at a time: a row sees itself and the rows before it, not those of its ROWTIME that come later. Windows over one
//! PARTITION BY share the numbers of its partitions, the places of its rows and the values kept of them; each window
//! knows which rows leave it at which row, and each call takes values in and out. A row whose argument fails becomes
//! an error and enters no window; one whose result is out of range has entered them, and only its own output fails.

use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::filter;
use arrow::error::ArrowError;

use self::partition::{Limits, PARTITIONS_MAX, Partition, ROWS_MAX};
use super::filter::push_kept;
use super::{Context, Operator};
use crate::diagnostic::Span;
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::plan::sliding::{SlidingCall, SlidingWindow};
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

mod call;
mod decayed;
mod extreme;
mod frames;
mod keys;
mod partition;
mod position;
mod rows;
mod snapshot;
#[cfg(test)]
mod tests;

/// Sliding windows. The output columns are those of the input, then one of each call.
pub struct Slide {
    /// Keys and arguments, each different one once.
    expressions: Vec<Evaluator>,
    /// The windows by what they are partitioned by.
    partitions: Vec<Partition>,
    limits: Limits,
    calls: usize,
}

/// Different expressions, places aside.
#[derive(Default)]
struct Expressions(Vec<Expr>);

impl Expressions {
    /// The position of an expression among them.
    fn position(&mut self, expr: &Expr) -> usize {
        let mut bare = expr.clone();
        bare.rewrite(&mut |e| e.span = Span::default());
        self.0.iter().position(|known| *known == bare).unwrap_or_else(|| {
            self.0.push(bare);
            self.0.len() - 1
        })
    }
}

impl Slide {
    /// The calls over their windows.
    pub fn new(windows: &[SlidingWindow], calls: &[SlidingCall]) -> Self {
        let limits = Limits {
            rows: ROWS_MAX,
            partitions: PARTITIONS_MAX,
        };
        Self::with_limits(windows, calls, limits)
    }

    fn with_limits(windows: &[SlidingWindow], calls: &[SlidingCall], limits: Limits) -> Self {
        let mut expressions = Expressions::default();
        let mut partitions: Vec<Partition> = Vec::new();
        for (number, window) in windows.iter().enumerate() {
            let keys: Vec<usize> = window
                .partition_by
                .iter()
                .map(|key| expressions.position(key))
                .collect();
            let known = partitions.iter().position(|p| p.is_by(&keys));
            let place = known.unwrap_or_else(|| {
                let types = window.partition_by.iter().map(|key| key.ty.arrow()).collect();
                partitions.push(Partition::new(keys, types));
                partitions.len() - 1
            });
            let Some(partition) = partitions.get_mut(place) else {
                continue;
            };
            let of_window = calls.iter().enumerate().filter(|(_, call)| call.window == number);
            partition.add(window.extent, of_window, |expr| expressions.position(expr));
        }
        Self {
            expressions: expressions.0.iter().map(Evaluator::new).collect(),
            partitions,
            limits,
            calls: calls.len(),
        }
    }

    /// Keys and arguments of the rows that do not fail, and those rows; the others are reported.
    fn evaluate(
        &self,
        batch: RowBatch,
        cx: &mut Context<'_>,
    ) -> Result<(RowBatch, Vec<ArrayRef>), ArrowError> {
        let mut errors = RowErrors::new();
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let evaluators = self.expressions.iter();
        let values: Vec<ArrayRef> = evaluators.map(|e| e.eval(input, None, &mut errors)).collect();
        if errors.is_empty() {
            return Ok((batch, values));
        }
        let keep = survivors(&batch, errors, cx);
        let values = values
            .iter()
            .map(|v| filter(v, &keep))
            .collect::<Result<_, _>>()?;
        Ok((batch.filter(&keep)?, values))
    }

    /// The results of the calls over rows that come in.
    fn slide(
        &mut self,
        batch: &RowBatch,
        values: &[ArrayRef],
        errors: &mut RowErrors,
    ) -> Result<Vec<ArrayRef>, String> {
        let mut results: Vec<Option<ArrayRef>> = vec![None; self.calls];
        for partition in &mut self.partitions {
            partition.push(&batch.rowtimes, values, &mut results, errors)?;
        }
        let results: Option<Vec<ArrayRef>> = results.into_iter().collect();
        results.ok_or_else(|| "a windowed call without a result".to_owned())
    }

    /// Lets rows through their windows.
    fn take(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let all = batch.clone();
        let mut errors = RowErrors::new();
        let slid = self
            .evaluate(batch, cx)
            .map_err(|e| e.to_string())
            .and_then(|(mut batch, values)| {
                let results = self.slide(&batch, &values, &mut errors)?;
                batch.columns.extend(results);
                Ok(batch)
            });
        match slid {
            Ok(batch) if errors.is_empty() => out.extend((!batch.is_empty()).then_some(batch)),
            Ok(batch) => {
                let keep = survivors(&batch, errors, cx);
                push_kept(batch, &keep, keep.true_count(), cx, out);
            }
            // Something that arrow refuses. Whatever it is, no row goes in silence.
            Err(message) => {
                (0..all.len()).for_each(|row| cx.errors.report(refusal(&message), &all.origin, row));
            }
        }
    }

    /// Why the windows may not have room for so many more rows.
    fn lacks_room(&self, rows: usize) -> Option<String> {
        let mut partitions = self.partitions.iter();
        partitions.find_map(|partition| partition.lacks_room(rows, self.limits))
    }

    /// Lets go of the rows that none from this instant on can see.
    fn let_go(&mut self, from_ms: i64) {
        for partition in &mut self.partitions {
            partition.advance(from_ms);
        }
    }
}

impl Operator for Slide {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if self.lacks_room(batch.len()).is_none() {
            self.take(batch, cx, out);
            return;
        }
        // Row by row, each when those before it have left, so that no cut shows in which of them are too many.
        for (row, &rowtime_ms) in batch.rowtimes.iter().enumerate() {
            self.let_go(rowtime_ms);
            match self.lacks_room(1) {
                None => self.take(batch.slice(row, 1), cx, out),
                Some(message) => cx.errors.report(refusal(&message), &batch.origin, row),
            }
        }
    }

    fn advance(&mut self, bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {
        self.let_go(bound_ms);
    }

    fn save(&self) -> OperatorState {
        self.snapshot()
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.restore(&state)
    }
}

fn refusal(message: &str) -> RowError {
    RowError::runtime(format!("the row cannot enter its windows: {message}"))
}

/// Reports the rows that fail, and marks the others.
fn survivors(batch: &RowBatch, errors: RowErrors, cx: &mut Context<'_>) -> BooleanArray {
    let keep = (0..batch.len()).map(|row| Some(!errors.failed(row))).collect();
    for (row, error) in errors.into_sorted() {
        cx.errors.report(error, &batch.origin, row as usize);
    }
    keep
}
