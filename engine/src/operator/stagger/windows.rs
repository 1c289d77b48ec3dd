//! The open stagger windows: their keys, when each opened, and the states of their aggregates.
//!
//! A key has a number from its first row on and keeps it when its window closes, so that rows are numbered a batch at
//! a time. A window has a slot of its own, which is free again only when its results have left: so a whole batch is
//! added at once, even where a key's window closes and the next one opens within it. When half as many keys are without
//! a window as have one, everything is numbered anew, so that the state is that of the open windows (R9). A row that
//! would open one window too many is a row error; rows of open windows go on.

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

/// Keys without a window, and slots without one, that are kept however few windows are open.
const IDLE_KEYS_MIN: usize = 1_024;

/// The slot of a key without a window.
const NO_SLOT: u32 = u32::MAX;

/// The open windows.
pub struct Windows {
    /// How long a window is open, ms.
    length_ms: i64,
    numbers: GroupKeys,
    copies: RowCopies,
    /// One state a slot and aggregate.
    accumulators: Vec<Box<dyn Accumulator>>,
    /// Oldest first.
    open: VecDeque<Window>,
    /// By number of the key: the slot of its window, or [`NO_SLOT`].
    slots: Vec<u32>,
    /// Slots that were given out, free again or not.
    slots_made: u32,
    /// Slots without a window; their states are empty.
    free: Vec<u32>,
    limit: usize,
    /// The number of each row's key, then the slot of its window.
    of_rows: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    opened_ms: i64,
    /// The number of its key.
    key: u32,
    slot: u32,
}

/// Windows that have closed, in the order in which they opened.
pub struct Closed {
    /// When each did.
    pub ends: Vec<i64>,
    keys: Result<Vec<ArrayRef>, ArrowError>,
    results: Vec<Box<dyn Accumulator>>,
}

impl Closed {
    /// Keys, then the results of the aggregates; a failing result is an error of its window.
    pub fn columns(self, errors: &mut RowErrors) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = self.keys?;
        columns.extend(self.results.iter().map(|a| a.read(self.ends.len(), errors)));
        Ok(columns)
    }
}

impl Windows {
    /// None yet; `types` are those of the keys.
    pub fn new(types: Vec<DataType>, length_ms: i64, aggregates: &[Aggregate], limit: usize) -> Self {
        Self {
            length_ms,
            numbers: GroupKeys::new(&types),
            copies: RowCopies::new(types),
            accumulators: aggregates.iter().map(accumulator).collect(),
            open: VecDeque::new(),
            slots: Vec::new(),
            slots_made: 0,
            free: Vec::new(),
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
        self.open.front().map(|window| window.opened_ms)
    }

    /// Adds rows in stream order; returns the windows that they close. `refuse` gets the position of every row that was
    /// not taken.
    pub fn take(
        &mut self,
        rows: &GroupRows,
        rowtime: impl Fn(usize) -> i64,
        mut refuse: impl FnMut(usize, RowError),
    ) -> Option<Closed> {
        if let Err(message) = self.number(&rows.keys, rows.len) {
            (0..rows.len).for_each(|row| refuse(row, RowError::runtime(message.clone())));
            return None;
        }
        let mut of_rows = std::mem::take(&mut self.of_rows);
        let (mut closed, mut refused) = (Vec::new(), false);
        for (row, of_row) in of_rows.iter_mut().enumerate() {
            let rowtime_ms = rowtime(row);
            self.pass(rowtime_ms, &mut closed);
            *of_row = self.slot(*of_row, rowtime_ms);
            if *of_row == NO_SLOT {
                refuse(row, too_many(self.limit));
                refused = true;
            }
        }
        self.of_rows = of_rows;
        let arguments = if refused {
            self.without_refused(&rows.arguments)
        } else {
            Ok(rows.arguments.clone())
        };
        // Arrow refuses only columns of unequal length.
        for (accumulator, argument) in self.accumulators.iter_mut().zip(arguments.unwrap_or_default()) {
            accumulator.resize(self.slots_made as usize);
            accumulator.add(argument.as_ref(), &self.of_rows);
        }
        self.emptied(closed)
    }

    /// The windows that close at or before this ROWTIME.
    pub fn close_until(&mut self, rowtime_ms: i64) -> Option<Closed> {
        let mut closed = Vec::new();
        self.pass(rowtime_ms, &mut closed);
        self.emptied(closed)
    }

    /// Closes what ends at or before this ROWTIME; the states stay in their slots.
    fn pass(&mut self, rowtime_ms: i64, closed: &mut Vec<Window>) {
        while let Some(&window) = self.open.front()
            && self.end_of(window) <= rowtime_ms
        {
            self.open.pop_front();
            if let Some(slot) = self.slots.get_mut(window.key as usize) {
                *slot = NO_SLOT;
            }
            closed.push(window);
        }
    }

    fn end_of(&self, window: Window) -> i64 {
        window.opened_ms.saturating_add(self.length_ms)
    }

    /// The slot of the window for a row of this key, which opens it if none is open; [`NO_SLOT`] if it cannot.
    fn slot(&mut self, key: u32, rowtime_ms: i64) -> u32 {
        let Some(slot) = self.slots.get_mut(key as usize) else {
            return NO_SLOT;
        };
        if *slot == NO_SLOT && self.open.len() < self.limit {
            *slot = self.free.pop().unwrap_or(self.slots_made);
            self.slots_made = self.slots_made.max(*slot + 1);
            self.open.push_back(Window {
                opened_ms: rowtime_ms,
                key,
                slot: *slot,
            });
        }
        *slot
    }

    /// Takes the results of closed windows out of their slots, which are free from then on.
    fn emptied(&mut self, closed: Vec<Window>) -> Option<Closed> {
        let taken = (!closed.is_empty()).then(|| {
            let keys: Vec<u32> = closed.iter().map(|window| window.key).collect();
            let slots: Vec<u32> = closed.iter().map(|window| window.slot).collect();
            let ends = closed.iter().map(|&window| self.end_of(window)).collect();
            let results = self.accumulators.iter_mut().map(|a| a.move_out(&slots));
            let taken = Closed {
                ends,
                keys: self.copies.pick(&keys),
                results: results.collect(),
            };
            self.free.extend(slots);
            taken
        });
        self.forget_idle_keys();
        taken
    }

    /// Numbers rows into `of_rows` and copies the keys of new numbers.
    fn number(&mut self, keys: &[ArrayRef], rows: usize) -> Result<(), String> {
        let mut firsts = Vec::new();
        self.numbers
            .intern(keys, rows, REFUSED as usize, &mut self.of_rows, &mut firsts)?;
        self.slots.resize(self.slots.len() + firsts.len(), NO_SLOT);
        self.copies.append(keys, firsts).map_err(|e| e.to_string())
    }

    fn without_refused(
        &mut self,
        arguments: &[Option<ArrayRef>],
    ) -> Result<Vec<Option<ArrayRef>>, ArrowError> {
        let keep = BooleanArray::from_iter(self.of_rows.iter().map(|&n| Some(n != NO_SLOT)));
        self.of_rows.retain(|&n| n != NO_SLOT);
        let kept = |a: &Option<ArrayRef>| a.as_ref().map(|a| filter(a, &keep)).transpose();
        arguments.iter().map(kept).collect()
    }

    /// Forgets the keys and the slots without a window, once there are half as many of them as of the others.
    fn forget_idle_keys(&mut self) {
        let most = self.open.len() + self.open.len() / 2 + IDLE_KEYS_MIN;
        if self.slots.len() <= most && self.slots_made as usize <= most {
            return;
        }
        let Ok(keys) = self.copies.pick(&self.keys()) else {
            return;
        };
        let slots: Vec<u32> = self.open.iter().map(|window| window.slot).collect();
        let states = self.accumulators.iter_mut().map(|a| a.move_out(&slots));
        self.accumulators = states.collect();
        self.numbers.clear();
        self.copies.clear();
        self.slots = Vec::new();
        self.free = Vec::new();
        // They went in before, so they go in again, now in the order in which their windows opened.
        let _ = self.number(&keys, slots.len());
        self.place_in_order();
        self.open.shrink_to(most);
    }

    /// Gives the open windows, whose keys have just been numbered in their order, slots in that order.
    fn place_in_order(&mut self) {
        for (number, (window, slot)) in (0..).zip(self.open.iter_mut().zip(&mut self.slots)) {
            (window.key, window.slot, *slot) = (number, number, number);
        }
        self.slots_made = self.open.len() as u32;
    }

    /// The numbers of the keys that have a window, oldest first.
    fn keys(&self) -> Vec<u32> {
        self.open.iter().map(|window| window.key).collect()
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
        let openings = self.open.iter().map(|window| window.opened_ms);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(openings))];
        columns.extend(self.copies.pick(&self.keys())?);
        let slots = UInt32Array::from_iter_values(self.open.iter().map(|window| window.slot));
        for state in (self.accumulators.iter()).flat_map(|a| a.save(self.slots_made as usize)) {
            columns.push(take(&state, &slots, None)?);
        }
        Ok(columns)
    }

    /// Takes a saved state in place of its own; returns how many windows had closed.
    pub fn load(&mut self, state: &OperatorState) -> Result<u64, StateError> {
        let (emitted, windows): (u64, usize) = serde_json::from_value(state.facts.clone())?;
        self.open.clear();
        self.slots.clear();
        self.free.clear();
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
        if self.slots.len() != windows || openings.len() != windows {
            return Err(StateError::Damaged("a window that is there twice".into()));
        }
        let window = |&opened_ms: &i64| Window {
            opened_ms,
            key: NO_SLOT,
            slot: NO_SLOT,
        };
        self.open = openings.values().iter().map(window).collect();
        self.place_in_order();
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
