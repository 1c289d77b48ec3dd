//! UNION ALL: rows of several branches, merged by ROWTIME (`windows-and-time.md` §7).
//!
//! Order (R2): ROWTIME, then closings before new rows, then branches in their order (`decisions.md` 26); each branch
//! keeps its own. A row leaves as soon as no branch can still bring one that goes before it: a branch that has come to
//! its ROWTIME but not past it may yet close a window there. What has to wait owns its bytes (R9).

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt32Array};
use arrow::compute::{interleave, take};
use arrow::datatypes::{Field, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::row_copies::owned;
use super::{Context, Junction};
use crate::row_error::RowError;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

#[cfg(test)]
mod tests;

/// The merge of several branches.
pub struct Union {
    ports: Vec<VecDeque<Waiting>>,
    relation: usize,
    /// Rows that have left.
    emitted: u64,
}

/// Rows of a branch that have not left yet.
struct Waiting {
    rows: RowBatch,
    is_owned: bool,
}

/// What the next row of a branch is ordered by: ROWTIME, no closing, branch.
type Place = (i64, bool, usize);

impl Union {
    /// A merge of so many branches; `relation` is the number of its rows among the pump's relations.
    pub fn new(branches: usize, relation: usize) -> Self {
        Self {
            ports: (0..branches).map(|_| VecDeque::new()).collect(),
            relation,
            emitted: 0,
        }
    }

    /// The place of the next row of a branch; of the first one that may still come, if none waits.
    fn next(&self, port: usize, bounds_ms: &[i64]) -> Place {
        let waiting = self.ports.get(port).and_then(VecDeque::front);
        match waiting {
            Some(waiting) => {
                let rowtime = waiting.rows.rowtimes.first().copied().unwrap_or(i64::MIN);
                (rowtime, !waiting.rows.closing, port)
            }
            None => (bounds_ms.get(port).copied().unwrap_or(i64::MIN), false, port),
        }
    }

    /// Takes the rows that go before all others, as far as they stand together in one branch; `None` when the next row
    /// has not come yet.
    fn next_run(&mut self, bounds_ms: &[i64]) -> Option<RowBatch> {
        let mut places: Vec<Place> = (0..self.ports.len()).map(|p| self.next(p, bounds_ms)).collect();
        places.sort_unstable();
        let (_, new, port) = *places.first()?;
        let queue = self.ports.get_mut(port)?;
        let front = queue.front_mut()?;
        let len = match places.get(1) {
            Some(&(rowtime, other_new, other)) => {
                let goes_first = (new, port) < (other_new, other);
                let before = |t: &i64| *t < rowtime || (*t == rowtime && goes_first);
                front.rows.rowtimes.partition_point(before)
            }
            None => front.rows.len(),
        };
        if len == front.rows.len() {
            return queue.pop_front().map(|waiting| waiting.rows);
        }
        let run = front.rows.slice(0, len);
        front.rows = front.rows.slice(len, front.rows.len() - len);
        Some(run)
    }

    /// Rows that leave one behind the other, as one batch.
    fn joined(&mut self, runs: &[RowBatch], closing: bool) -> Result<RowBatch, ArrowError> {
        let rowtimes: Vec<i64> = runs.iter().flat_map(|run| run.rowtimes.iter().copied()).collect();
        let width = runs.first().map_or(0, |run| run.columns.len());
        let columns: Result<Vec<ArrayRef>, ArrowError> = if let [only] = runs {
            Ok(only.columns.clone())
        } else {
            let places: Vec<(usize, usize)> = (runs.iter().enumerate())
                .flat_map(|(run, rows)| (0..rows.len()).map(move |row| (run, row)))
                .collect();
            let column = |i: usize| {
                let parts = runs.iter().filter_map(|run| run.columns.get(i));
                interleave(&parts.map(AsRef::as_ref).collect::<Vec<&dyn Array>>(), &places)
            };
            (0..width).map(column).collect()
        };
        let batch = RowBatch::new(rowtimes.into(), columns?, self.relation, closing).behind(self.emitted);
        Ok(batch)
    }

    fn emit(&mut self, runs: &[RowBatch], cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Some(first) = runs.first() else { return };
        let rows: usize = runs.iter().map(RowBatch::len).sum();
        match self.joined(runs, first.closing) {
            Ok(batch) => out.push(batch),
            // The columns of all branches have one type. Whatever it is, no row goes in silence.
            Err(error) => {
                for run in runs {
                    let rowtimes = run.rowtimes.clone();
                    let batch = RowBatch::new(rowtimes, Vec::new(), self.relation, true).behind(self.emitted);
                    for row in 0..run.len() {
                        let error = RowError::runtime(format!(
                            "the row cannot be merged: {error}; please report this"
                        ));
                        cx.errors.report(error, &batch.origin, row);
                    }
                }
            }
        }
        self.emitted += rows as u64;
    }

    /// What stays has bytes of its own.
    fn own_what_waits(&mut self) {
        for waiting in self
            .ports
            .iter_mut()
            .flatten()
            .filter(|waiting| !waiting.is_owned)
        {
            if let Ok(rows) = copied(&waiting.rows, self.relation) {
                *waiting = Waiting { rows, is_owned: true };
            }
        }
    }
}

impl Junction for Union {
    fn push(&mut self, port: usize, batch: RowBatch, cx: &mut Context<'_>) {
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_passed += batch.len() as u64;
        }
        if let Some(queue) = self.ports.get_mut(port)
            && !batch.is_empty()
        {
            queue.push_back(Waiting {
                rows: batch,
                is_owned: false,
            });
        }
    }

    fn advance(&mut self, bounds_ms: &[i64], cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let mut runs: Vec<RowBatch> = Vec::new();
        while let Some(run) = self.next_run(bounds_ms) {
            if runs.last().is_some_and(|last| last.closing != run.closing) {
                self.emit(&runs, cx, out);
                runs.clear();
            }
            runs.push(run);
        }
        self.emit(&runs, cx, out);
        self.own_what_waits();
    }

    fn forward(&self, bounds_ms: &[i64]) -> i64 {
        bounds_ms.iter().copied().min().unwrap_or(i64::MIN)
    }

    fn save(&self) -> OperatorState {
        let mut batches = Vec::new();
        let mut closing: Vec<Vec<bool>> = Vec::new();
        for queue in &self.ports {
            closing.push(queue.iter().map(|waiting| waiting.rows.closing).collect());
            for waiting in queue {
                match saved(&waiting.rows) {
                    Ok(batch) => batches.push(batch),
                    // Facts that do not read back: a state that could not be copied is refused on load.
                    Err(error) => {
                        return OperatorState {
                            facts: serde_json::Value::String(error.to_string()),
                            batches: Vec::new(),
                        };
                    }
                }
            }
        }
        OperatorState {
            facts: serde_json::json!([self.emitted, closing]),
            batches,
        }
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let (emitted, closing): (u64, Vec<Vec<bool>>) = serde_json::from_value(state.facts)?;
        if closing.len() != self.ports.len() {
            return Err(StateError::Mismatch("a union of other branches".into()));
        }
        let mut batches = state.batches.into_iter();
        for (queue, closing) in self.ports.iter_mut().zip(closing) {
            queue.clear();
            for closing in closing {
                let batch = batches
                    .next()
                    .ok_or_else(|| StateError::Damaged("a union without its rows".into()))?;
                queue.push_back(Waiting {
                    rows: restored(&batch, self.relation, closing)?,
                    is_owned: true,
                });
            }
        }
        self.emitted = emitted;
        Ok(())
    }

    fn held_rows(&self) -> usize {
        self.ports
            .iter()
            .flatten()
            .map(|waiting| waiting.rows.len())
            .sum()
    }
}

/// The same rows without the buffers that they came in.
fn copied(rows: &RowBatch, relation: usize) -> Result<RowBatch, ArrowError> {
    let all = UInt32Array::from_iter_values((0..).take(rows.len()));
    let columns = rows.columns.iter().map(|c| Ok(owned(&take(c, &all, None)?)));
    let columns = columns.collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
    Ok(RowBatch::new(
        rows.rowtimes.to_vec().into(),
        columns,
        relation,
        rows.closing,
    ))
}

/// Waiting rows with their ROWTIMEs as a first column.
fn saved(rows: &RowBatch) -> Result<RecordBatch, ArrowError> {
    let rowtimes: ArrayRef = Arc::new(Int64Array::new(rows.rowtimes.clone(), None));
    let columns: Vec<ArrayRef> = std::iter::once(rowtimes)
        .chain(rows.columns.iter().cloned())
        .collect();
    let field = |(i, c): (usize, &ArrayRef)| Field::new(format!("c{i}"), c.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn restored(batch: &RecordBatch, relation: usize, closing: bool) -> Result<RowBatch, StateError> {
    let (rowtimes, columns) = batch
        .columns()
        .split_first()
        .ok_or_else(|| StateError::Damaged("rows without ROWTIME".into()))?;
    let rowtimes = rowtimes
        .as_primitive_opt::<Int64Type>()
        .ok_or_else(|| StateError::Mismatch("rows without ROWTIME".into()))?;
    Ok(RowBatch::new(
        rowtimes.values().clone(),
        columns.to_vec(),
        relation,
        closing,
    ))
}
