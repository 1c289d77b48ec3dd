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

/// Rows of a branch that have not left yet: those of a batch from number `at` on.
struct Waiting {
    rows: RowBatch,
    at: usize,
    is_owned: bool,
}

impl Waiting {
    fn rest(&self) -> &[i64] {
        self.rows.rowtimes.get(self.at..).unwrap_or_default()
    }
}

/// What the next row of a branch is ordered by: ROWTIME, no closing, branch.
type Place = (i64, bool, usize);

/// Rows that leave one behind the other, closings or none.
struct Leaving {
    closing: bool,
    rowtimes: Vec<i64>,
    /// Columns of the batches that they come from.
    parts: Vec<Vec<ArrayRef>>,
    /// By branch: which part its next rows are in.
    part_of: Vec<Option<usize>>,
    /// Part and row.
    places: Vec<(usize, usize)>,
}

impl Leaving {
    fn new(branches: usize) -> Self {
        Self {
            closing: false,
            rowtimes: Vec::new(),
            parts: Vec::new(),
            part_of: vec![None; branches],
            places: Vec::new(),
        }
    }

    /// Adds the next rows of a branch.
    fn add(&mut self, port: usize, rows: &RowBatch, from: usize, len: usize) {
        self.closing = rows.closing;
        let Some(slot) = self.part_of.get_mut(port) else {
            return;
        };
        let part = *slot.get_or_insert_with(|| {
            self.parts.push(rows.columns.clone());
            self.parts.len() - 1
        });
        self.places.extend((from..from + len).map(|row| (part, row)));
        let rowtimes = rows.rowtimes.get(from..from + len);
        self.rowtimes.extend_from_slice(rowtimes.unwrap_or_default());
    }

    /// Their columns.
    fn columns(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        let width = self.parts.first().map_or(0, Vec::len);
        if let ([only], Some((_, first))) = (self.parts.as_slice(), self.places.first()) {
            return Ok(only.iter().map(|c| c.slice(*first, self.places.len())).collect());
        }
        let column = |i: usize| {
            let parts = self.parts.iter().filter_map(|part| part.get(i));
            interleave(
                &parts.map(AsRef::as_ref).collect::<Vec<&dyn Array>>(),
                &self.places,
            )
        };
        (0..width).map(column).collect()
    }
}

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
                let rowtime = waiting.rest().first().copied().unwrap_or(i64::MIN);
                (rowtime, !waiting.rows.closing, port)
            }
            None => (bounds_ms.get(port).copied().unwrap_or(i64::MIN), false, port),
        }
    }

    /// The branch whose next row goes before all others, and the place of the first of those.
    fn first_of_all(&self, bounds_ms: &[i64]) -> Option<(Place, Option<Place>)> {
        let (mut first, mut second): (Option<Place>, Option<Place>) = (None, None);
        for place in (0..self.ports.len()).map(|port| self.next(port, bounds_ms)) {
            if first.is_none_or(|first| place < first) {
                second = first.replace(place);
            } else if second.is_none_or(|second| place < second) {
                second = Some(place);
            }
        }
        Some((first?, second))
    }

    /// Takes the rows that go before all others, as far as they stand together in one branch; `false` when the next row
    /// has not come yet.
    fn take_run(
        &mut self,
        bounds_ms: &[i64],
        leaving: &mut Leaving,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) -> bool {
        let Some(((_, new, port), second)) = self.first_of_all(bounds_ms) else {
            return false;
        };
        let Some(front) = self.ports.get(port).and_then(VecDeque::front) else {
            return false;
        };
        if !leaving.places.is_empty() && leaving.closing != front.rows.closing {
            let closings = std::mem::replace(leaving, Leaving::new(self.ports.len()));
            self.emit(&closings, cx, out);
        }
        let Some(queue) = self.ports.get_mut(port) else {
            return false;
        };
        let Some(front) = queue.front_mut() else {
            return false;
        };
        let len = match second {
            Some((rowtime, other_new, other)) => {
                let goes_first = (new, port) < (other_new, other);
                let before = |t: &i64| *t < rowtime || (*t == rowtime && goes_first);
                front.rest().partition_point(before)
            }
            None => front.rest().len(),
        };
        leaving.add(port, &front.rows, front.at, len);
        front.at += len;
        if front.rest().is_empty() {
            queue.pop_front();
            if let Some(part) = leaving.part_of.get_mut(port) {
                *part = None;
            }
        }
        true
    }

    fn emit(&mut self, leaving: &Leaving, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let rows = leaving.places.len();
        if rows == 0 {
            return;
        }
        let rowtimes = || leaving.rowtimes.clone().into();
        match leaving.columns() {
            Ok(columns) => out.push(
                RowBatch::new(rowtimes(), columns, self.relation, leaving.closing).behind(self.emitted),
            ),
            // The columns of all branches have one type. Whatever it is, no row goes in silence.
            Err(error) => {
                let batch = RowBatch::new(rowtimes(), Vec::new(), self.relation, true).behind(self.emitted);
                for row in 0..rows {
                    let message = format!("the row cannot be merged: {error}; please report this");
                    cx.errors.report(RowError::runtime(message), &batch.origin, row);
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
            if let Ok(rows) = copied(waiting, self.relation) {
                *waiting = Waiting {
                    rows,
                    at: 0,
                    is_owned: true,
                };
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
                at: 0,
                is_owned: false,
            });
        }
    }

    fn advance(&mut self, bounds_ms: &[i64], cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let mut leaving = Leaving::new(self.ports.len());
        while self.take_run(bounds_ms, &mut leaving, cx, out) {}
        self.emit(&leaving, cx, out);
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
                match saved(waiting) {
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
                    at: 0,
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

/// The rows that wait, without the buffers that they came in.
fn copied(waiting: &Waiting, relation: usize) -> Result<RowBatch, ArrowError> {
    let (rows, len) = (&waiting.rows, waiting.rest().len());
    let rest = UInt32Array::from_iter_values((0..).skip(waiting.at).take(len));
    let columns = rows.columns.iter().map(|c| Ok(owned(&take(c, &rest, None)?)));
    let columns = columns.collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
    let rowtimes = waiting.rest().to_vec().into();
    Ok(RowBatch::new(rowtimes, columns, relation, rows.closing))
}

/// Waiting rows with their ROWTIMEs as a first column.
fn saved(waiting: &Waiting) -> Result<RecordBatch, ArrowError> {
    let (rest, rows) = (waiting.rest().len(), &waiting.rows);
    let rowtimes: ArrayRef = Arc::new(Int64Array::new(waiting.rest().to_vec().into(), None));
    let columns = rows.columns.iter().map(|c| c.slice(waiting.at, rest));
    let columns: Vec<ArrayRef> = std::iter::once(rowtimes).chain(columns).collect();
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
