//! The rows that a join makes: pairs, and rows that leave alone, put in order and then into batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::error::ArrowError;

use super::Pairs;
use super::side::Side;
use super::stored::NO_ROW;
use crate::operator::Context;
use crate::operator::filter::push_kept;
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;

/// Rows in the order in which they leave.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Numbers of the left and of the right rows.
    rows: [Vec<u64>; 2],
    pub(super) rowtimes: Vec<i64>,
    /// Runs of rows that leave alone and of pairs: how many, and whether they are closings.
    runs: Vec<(usize, bool)>,
    /// Failing pairs among them.
    errors: Vec<(usize, RowError)>,
}

impl Made {
    /// Merges by ROWTIME; at one instant left rows that leave alone, then right ones, then pairs. The errors are
    /// those of pairs, by position.
    pub(super) fn in_order(pairs: &mut Pairs, alone: [Vec<(i64, u64)>; 2], errors: RowErrors) -> Self {
        let errors = errors.into_sorted().into_iter();
        let errors = errors.map(|(pair, error)| (pair as usize, error));
        let [lefts, rights] = &alone;
        if lefts.is_empty() && rights.is_empty() {
            let len = pairs.len();
            return Self {
                rows: std::mem::take(&mut pairs.rows),
                rowtimes: std::mem::take(&mut pairs.rowtimes),
                runs: vec![(len, false)],
                errors: errors.collect(),
            };
        }
        let mut made = Self::default();
        let (mut l, mut r) = (lefts.iter().peekable(), rights.iter().peekable());
        let mut leave_alone = |made: &mut Self, until_ms: Option<i64>| loop {
            let due = |next: Option<&&(i64, u64)>| {
                let at = next.map(|(at, _)| *at);
                at.filter(|at| until_ms.is_none_or(|until| *at <= until))
            };
            match (due(l.peek()), due(r.peek())) {
                (None, None) => return,
                (Some(a), b) if b.is_none_or(|b| a <= b) => {
                    l.next()
                        .into_iter()
                        .for_each(|(at, row)| made.add(*at, [*row, NO_ROW], true));
                }
                _ => r
                    .next()
                    .into_iter()
                    .for_each(|(at, row)| made.add(*at, [NO_ROW, *row], true)),
            }
        };
        let mut errors = errors.peekable();
        let [left_rows, right_rows] = &pairs.rows;
        for (pair, (&at, rows)) in pairs
            .rowtimes
            .iter()
            .zip(left_rows.iter().zip(right_rows))
            .enumerate()
        {
            leave_alone(&mut made, Some(at));
            if let Some((_, error)) = errors.next_if(|(failing, _)| *failing == pair) {
                made.errors.push((made.rowtimes.len(), error));
            }
            made.add(at, [*rows.0, *rows.1], false);
        }
        leave_alone(&mut made, None);
        made
    }

    /// The same rows, each so much earlier.
    pub(super) fn earlier_by(mut self, delay_ms: i64) -> Self {
        if delay_ms != 0 {
            self.rowtimes.iter_mut().for_each(|at| *at -= delay_ms);
        }
        self
    }

    fn add(&mut self, at: i64, [left, right]: [u64; 2], closing: bool) {
        self.rowtimes.push(at);
        let [lefts, rights] = &mut self.rows;
        lefts.push(left);
        rights.push(right);
        match self.runs.last_mut() {
            Some((rows, of)) if *of == closing => *rows += 1,
            _ => self.runs.push((1, closing)),
        }
    }
}

/// Sends rows out as batches, of which each is of closings or of pairs. `before`: rows made so far.
pub(super) fn emit(
    made: Made,
    sides: &[Side; 2],
    relation: usize,
    before: u64,
    cx: &mut Context<'_>,
    out: &mut Vec<RowBatch>,
) {
    let len = made.rowtimes.len();
    if len == 0 {
        return;
    }
    let rowtimes = made.rowtimes.into();
    let columns = match columns(sides, &made.rows) {
        Ok(columns) => columns,
        // Arrow refuses only what goes beyond 2^31 bytes a column. Whatever it is, no row goes in silence.
        Err(error) => {
            let batch = RowBatch::new(rowtimes, Vec::new(), relation, false).behind(before);
            for row in 0..len {
                let error = RowError::runtime(format!("the row of a join cannot be made: {error}"));
                cx.errors.report(error, &batch.origin, row);
            }
            return;
        }
    };
    let batch = RowBatch::new(rowtimes, columns, relation, false).behind(before);
    let failing: Vec<usize> = made.errors.iter().map(|(row, _)| *row).collect();
    for (row, error) in made.errors {
        cx.errors.report(error, &batch.origin, row);
    }
    let mut at = 0;
    for (rows, closing) in made.runs {
        let mut run = if rows == len {
            batch.clone()
        } else {
            batch.slice(at, rows)
        };
        run.closing = closing;
        let failed = &failing
            [failing.partition_point(|row| *row < at)..failing.partition_point(|row| *row < at + rows)];
        if failed.is_empty() {
            out.push(run);
        } else {
            let keep = BooleanArray::from_iter(
                (0..rows).map(|row| Some(failed.binary_search(&(at + row)).is_err())),
            );
            push_kept(run, &keep, rows - failed.len(), cx, out);
        }
        at += rows;
    }
}

fn columns(sides: &[Side; 2], rows: &[Vec<u64>; 2]) -> Result<Vec<ArrayRef>, ArrowError> {
    let mut columns = Vec::new();
    for (side, numbers) in sides.iter().zip(rows) {
        columns.extend(side.stored.gather(numbers, |_| true)?.iter().map(Arc::clone));
    }
    Ok(columns)
}
