//! The open stagger windows: their keys, when each opened, and the states of their aggregates.
//!
//! A key has a number from its first row on and keeps it when its window closes, so that rows are numbered a batch at
//! a time; which keys have a window is looked up by number. When the keys without a window outnumber those with one,
//! everything is numbered anew, so that the state is that of the open windows (R9). A row that would open one
//! window too many is a row error; rows of open windows go on.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, UInt32Array};
use arrow::compute::{filter, take};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::aggregate::{Accumulator, accumulator};
use crate::df::group_keys::{GroupKeys, REFUSED};
use crate::operator::evaluated::GroupRows;
use crate::operator::row_copies::RowCopies;
use crate::plan::Aggregate;
use crate::row_error::{RowError, RowErrors};
use crate::state::{OperatorState, StateError};

#[cfg(test)]
mod tests;

/// Keys without a window that are kept however few windows are open.
const IDLE_KEYS_MIN: usize = 1_024;

/// The open windows.
pub struct Windows {
    numbers: GroupKeys,
    copies: RowCopies,
    /// One state a number and aggregate.
    accumulators: Vec<Box<dyn Accumulator>>,
    /// ROWTIME at which it opened, and the number of its key, oldest first.
    open: VecDeque<(i64, u32)>,
    /// By number: its key has a window.
    is_open: Vec<bool>,
    limit: usize,
    of_rows: Vec<u32>,
}

/// Windows that have closed.
pub struct Closed {
    /// How many.
    pub windows: usize,
    keys: Result<Vec<ArrayRef>, ArrowError>,
    results: Vec<Box<dyn Accumulator>>,
}

impl Closed {
    /// Keys, then the results of the aggregates; a failing result is an error of its window.
    pub fn columns(self, errors: &mut RowErrors) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = self.keys?;
        columns.extend(self.results.iter().map(|a| a.read(self.windows, errors)));
        Ok(columns)
    }
}

impl Windows {
    /// None yet; `types` are those of the keys.
    pub fn new(types: Vec<DataType>, aggregates: &[Aggregate], limit: usize) -> Self {
        Self {
            numbers: GroupKeys::new(&types),
            copies: RowCopies::new(types),
            accumulators: aggregates.iter().map(accumulator).collect(),
            open: VecDeque::new(),
            is_open: Vec::new(),
            limit,
            of_rows: Vec::new(),
        }
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// When the one that is open longest opened.
    pub fn oldest(&self) -> Option<i64> {
        self.open.front().map(|(opened, _)| *opened)
    }

    /// Adds rows in stream order, none of which comes at or behind the close of a window. `refuse` gets the position
    /// of every row that was not taken.
    pub fn take(
        &mut self,
        rows: &GroupRows,
        rowtime: impl Fn(usize) -> i64,
        mut refuse: impl FnMut(usize, RowError),
    ) {
        if let Err(message) = self.number(&rows.keys, rows.len) {
            (0..rows.len).for_each(|row| refuse(row, RowError::runtime(message.clone())));
            return;
        }
        let mut refused = false;
        for (row, number) in self.of_rows.iter_mut().enumerate() {
            let Some(is_open) = self.is_open.get_mut(*number as usize).filter(|open| !**open) else {
                continue;
            };
            if self.open.len() < self.limit {
                *is_open = true;
                self.open.push_back((rowtime(row), *number));
            } else {
                refuse(row, too_many(self.limit));
                *number = REFUSED;
                refused = true;
            }
        }
        let arguments = if refused {
            self.without_refused(&rows.arguments)
        } else {
            Ok(rows.arguments.clone())
        };
        // Arrow refuses only columns of unequal length.
        for (accumulator, argument) in self.accumulators.iter_mut().zip(arguments.unwrap_or_default()) {
            accumulator.resize(self.is_open.len());
            accumulator.add(argument.as_ref(), &self.of_rows);
        }
        if refused {
            self.forget_idle_keys();
        }
    }

    /// Numbers rows into `of_rows` and copies the keys of new numbers.
    fn number(&mut self, keys: &[ArrayRef], rows: usize) -> Result<(), String> {
        let mut firsts = Vec::new();
        self.numbers
            .intern(keys, rows, REFUSED as usize, &mut self.of_rows, &mut firsts)?;
        self.is_open.resize(self.is_open.len() + firsts.len(), false);
        self.copies.append(keys, firsts).map_err(|e| e.to_string())
    }

    fn without_refused(
        &mut self,
        arguments: &[Option<ArrayRef>],
    ) -> Result<Vec<Option<ArrayRef>>, ArrowError> {
        let keep = BooleanArray::from_iter(self.of_rows.iter().map(|&n| Some(n != REFUSED)));
        self.of_rows.retain(|&n| n != REFUSED);
        let kept = |a: &Option<ArrayRef>| a.as_ref().map(|a| filter(a, &keep)).transpose();
        arguments.iter().map(kept).collect()
    }

    /// Closes the windows that opened at the oldest instant.
    pub fn close_oldest(&mut self) -> Closed {
        let oldest = self.oldest();
        let mut numbers = Vec::new();
        while let Some(&(opened, number)) = self.open.front()
            && Some(opened) == oldest
        {
            numbers.push(number);
            self.open.pop_front();
            if let Some(is_open) = self.is_open.get_mut(number as usize) {
                *is_open = false;
            }
        }
        let closed = Closed {
            windows: numbers.len(),
            keys: self.copies.pick(&numbers),
            results: self
                .accumulators
                .iter_mut()
                .map(|a| a.move_out(&numbers))
                .collect(),
        };
        self.forget_idle_keys();
        closed
    }

    /// Forgets the keys without a window, once there are more of them than of the others.
    fn forget_idle_keys(&mut self) {
        if self.is_open.len() <= 2 * self.open.len() + IDLE_KEYS_MIN {
            return;
        }
        let numbers: Vec<u32> = self.open.iter().map(|(_, number)| *number).collect();
        let Ok(keys) = self.copies.pick(&numbers) else {
            return;
        };
        let states = self.accumulators.iter_mut().map(|a| a.move_out(&numbers));
        self.accumulators = states.collect();
        self.numbers.clear();
        self.copies.clear();
        self.is_open.clear();
        // They went in before, so they go in again, now in the order in which their windows opened.
        let _ = self.number(&keys, numbers.len());
        self.is_open.iter_mut().for_each(|open| *open = true);
        for (new, (_, number)) in (0..).zip(&mut self.open) {
            *number = new;
        }
    }

    /// A copy of the state: openings, keys and aggregate states, one row a window, oldest first.
    pub fn save(&self, emitted: u64) -> OperatorState {
        let facts = serde_json::json!([emitted, self.open.len()]);
        match self.columns().and_then(batch) {
            Ok(batch) => OperatorState {
                facts,
                batches: vec![batch],
            },
            // Facts that do not read back: a state that could not be copied is refused on load.
            Err(error) => OperatorState {
                facts: serde_json::Value::String(error.to_string()),
                batches: Vec::new(),
            },
        }
    }

    fn columns(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        let numbers: Vec<u32> = self.open.iter().map(|(_, number)| *number).collect();
        let openings = Int64Array::from_iter_values(self.open.iter().map(|(opened, _)| *opened));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(openings)];
        columns.extend(self.copies.pick(&numbers)?);
        let numbers = UInt32Array::from(numbers);
        for state in self.accumulators.iter().flat_map(|a| a.save(self.is_open.len())) {
            columns.push(take(&state, &numbers, None)?);
        }
        Ok(columns)
    }

    /// Takes a saved state in place of its own; returns how many windows had closed.
    pub fn load(&mut self, state: &OperatorState) -> Result<u64, StateError> {
        let (emitted, windows): (u64, usize) = serde_json::from_value(state.facts.clone())?;
        self.open.clear();
        self.is_open.clear();
        self.numbers.clear();
        self.copies.clear();
        self.accumulators.iter_mut().for_each(|a| a.clear());
        let columns = state.batches.first().map_or(&[][..], |b| b.columns());
        let keys = self.copies.types().len();
        let (openings, keys, mut states) = match columns.split_first() {
            Some((openings, rest)) if rest.len() >= keys => (openings, &rest[..keys], &rest[keys..]),
            _ => return Err(StateError::Mismatch("stagger windows with fewer keys".into())),
        };
        if !keys.iter().map(|k| k.data_type()).eq(self.copies.types()) {
            return Err(StateError::Mismatch(
                "stagger windows with keys of other types".into(),
            ));
        }
        let openings = openings.as_primitive_opt::<Int64Type>();
        let openings = openings.ok_or_else(|| StateError::Mismatch("no times of opening".into()))?;
        self.number(keys, windows).map_err(StateError::Damaged)?;
        if self.is_open.len() != windows || openings.len() != windows {
            return Err(StateError::Damaged("a window that is there twice".into()));
        }
        self.is_open.iter_mut().for_each(|open| *open = true);
        self.open = openings.values().iter().copied().zip(0..).collect();
        for accumulator in &mut self.accumulators {
            let width = accumulator.save(0).len();
            let (own, rest) = states
                .split_at_checked(width)
                .ok_or_else(|| StateError::Mismatch("stagger windows with fewer aggregates".into()))?;
            accumulator.resize(windows);
            accumulator.merge(own, &self.of_rows)?;
            states = rest;
        }
        if !states.is_empty() {
            return Err(StateError::Mismatch(
                "stagger windows with more aggregates".into(),
            ));
        }
        Ok(emitted)
    }
}

fn too_many(limit: usize) -> RowError {
    RowError::runtime(format!(
        "{limit} stagger windows are open already, which is the limit; partition by fewer keys or use a shorter \
         window"
    ))
}

fn batch(columns: Vec<ArrayRef>) -> Result<RecordBatch, ArrowError> {
    let field = |(i, c): (usize, &ArrayRef)| Field::new(format!("c{i}"), c.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
