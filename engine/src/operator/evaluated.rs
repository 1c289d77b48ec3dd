//! Rows with what a grouping operator reads of them: its keys, the arguments of its aggregates, and the rows that
//! fail, set aside.
//!
//! A failing row is none of any group (R6), so what follows works on whole columns of good rows and only looks up
//! where in the batch they stood.

use std::ops::Range;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::ScalarBuffer;
use arrow::compute::filter;
use arrow::error::ArrowError;

use super::Context;
use super::key_values::one_zero;
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::plan::Aggregate;
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;

/// Rows on their way into groups: keys, and the arguments of the aggregates.
#[derive(Debug, Clone)]
pub struct GroupRows {
    /// Key columns.
    pub keys: Vec<ArrayRef>,
    /// Arguments; `None` for COUNT(*).
    pub arguments: Vec<Option<ArrayRef>>,
    /// How many rows.
    pub len: usize,
}

impl GroupRows {
    /// A part, without copying.
    pub fn slice(&self, start: usize, len: usize) -> Self {
        let part = |array: &ArrayRef| array.slice(start, len);
        Self {
            keys: self.keys.iter().map(part).collect(),
            arguments: self.arguments.iter().map(|a| a.as_ref().map(part)).collect(),
            len,
        }
    }
}
/// The expressions of a grouping operator.
pub struct GroupExprs {
    keys: Vec<Evaluator>,
    arguments: Vec<Option<Evaluator>>,
}

/// A batch with its keys and arguments.
pub struct Evaluated {
    /// ROWTIME of every row of the batch.
    pub rowtimes: ScalarBuffer<i64>,
    /// Keys and arguments of the rows that did not fail.
    pub good: GroupRows,
    /// Their positions in the batch; `None` if no row failed.
    positions: Option<Vec<u32>>,
    /// Failing rows, by position in the batch.
    pub errors: RowErrors,
    /// Rows that went into a group.
    pub taken: u64,
}

impl GroupExprs {
    /// The keys, and the arguments of the aggregates.
    pub fn new(keys: &[Expr], aggregates: &[Aggregate]) -> Self {
        Self {
            keys: keys.iter().map(Evaluator::new).collect(),
            arguments: (aggregates.iter())
                .map(|a| a.argument.as_ref().map(Evaluator::new))
                .collect(),
        }
    }

    /// Evaluates them and sets the failing rows aside.
    pub fn evaluate(&self, batch: &RowBatch, cx: &Context<'_>) -> Result<Evaluated, ArrowError> {
        let mut errors = RowErrors::new();
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let mut keys: Vec<ArrayRef> = (self.keys.iter())
            .map(|key| one_zero(key.eval(input, None, &mut errors)))
            .collect();
        let mut arguments: Vec<Option<ArrayRef>> = (self.arguments.iter())
            .map(|a| a.as_ref().map(|a| a.eval(input, None, &mut errors)))
            .collect();
        let mut positions = None;
        let mut len = batch.len();
        if !errors.is_empty() {
            let keep: BooleanArray = (0..len).map(|row| Some(!errors.failed(row))).collect();
            let good: Vec<u32> = keep.values().set_indices_u32().collect();
            len = good.len();
            positions = Some(good);
            for array in keys.iter_mut().chain(arguments.iter_mut().flatten()) {
                *array = filter(array, &keep)?;
            }
        }
        Ok(Evaluated {
            rowtimes: batch.rowtimes.clone(),
            good: GroupRows { keys, arguments, len },
            positions,
            errors,
            taken: 0,
        })
    }
}

impl Evaluated {
    /// Position in the batch of a good row.
    pub fn position(&self, good: usize) -> usize {
        match &self.positions {
            None => good,
            Some(positions) => positions.get(good).map_or(usize::MAX, |&p| p as usize),
        }
    }

    /// ROWTIME of a good row.
    pub fn rowtime(&self, good: usize) -> i64 {
        self.rowtimes
            .get(self.position(good))
            .copied()
            .unwrap_or(i64::MIN)
    }

    /// The good rows among the batch's rows `from .. to`.
    pub fn good_between(&self, from: usize, to: usize) -> Range<usize> {
        match &self.positions {
            None => from..to,
            Some(positions) => {
                let before = |limit: usize| positions.partition_point(|&p| (p as usize) < limit);
                before(from)..before(to)
            }
        }
    }

    /// The first good row at or behind a position of the batch.
    pub fn good_from(&self, position: usize) -> Option<usize> {
        let first = self.good_between(0, position).end;
        (first < self.good.len).then_some(first)
    }

    /// Notes that a good row was refused after all.
    pub fn refuse(&mut self, good: usize, error: RowError) {
        self.taken -= 1;
        let position = self.position(good);
        self.errors.set(position, || error);
    }
}
/// Counts the rows of a batch that went into a group and reports those that failed; all of them, if it could not be
/// taken at all.
pub fn settle(batch: &RowBatch, taken: Result<Evaluated, ArrowError>, cx: &mut Context<'_>) {
    let (errors, taken) = taken.map_or_else(
        |error| (all_failed(batch.len(), &error), 0),
        |rows| (rows.errors, rows.taken),
    );
    if cx.errors.is_input(&batch.origin) {
        cx.errors.counts.rows_passed += taken;
    }
    for (row, error) in errors.into_sorted() {
        cx.errors.report(error, &batch.origin, row as usize);
    }
}

fn all_failed(rows: usize, error: &ArrowError) -> RowErrors {
    let mut errors = RowErrors::new();
    (0..rows).for_each(|row| errors.set(row, || RowError::runtime(error.to_string())));
    errors
}
