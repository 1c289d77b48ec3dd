//! A join as a saved state, and back (R7).
//!
//! Facts: how many rows it has made, the last ROWTIME, and how many batches each input has. Batches, of the left
//! input and then of the right one: the rows that were tried, by chunk, with whether they met somebody, then those
//! that wait for their turn; ROWTIME stands behind the columns. Keys are found again from the columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::datatypes::{Field, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use super::Join;
use super::side::Side;
use crate::state::{OperatorState, StateError};

#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    made: u64,
    last_ms: i64,
    sides: [SideFacts; 2],
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct SideFacts {
    tried: usize,
    waiting: usize,
}

impl Join {
    /// A copy of the state.
    pub(super) fn snapshot(&self) -> OperatorState {
        match self.copied() {
            Ok(state) => state,
            // Facts that do not read back: a state that could not be copied is refused on load.
            Err(error) => OperatorState {
                facts: serde_json::Value::String(error.to_string()),
                batches: Vec::new(),
            },
        }
    }

    fn copied(&self) -> Result<OperatorState, StateError> {
        let mut batches = Vec::new();
        let mut sides: [SideFacts; 2] = Default::default();
        for (side, facts) in self.sides.iter().zip(&mut sides) {
            let before = batches.len();
            side.save_tried(&mut batches)?;
            facts.tried = batches.len() - before;
            for waiting in &side.waiting {
                let rowtimes = Int64Array::new(waiting.rowtimes.clone(), None);
                batches.push(batch(waiting.columns.clone(), rowtimes, None)?);
            }
            facts.waiting = side.waiting.len();
        }
        let facts = serde_json::to_value(Facts {
            made: self.made,
            last_ms: self.last_ms,
            sides,
        })?;
        Ok(OperatorState { facts, batches })
    }

    /// Takes a saved state in place of the own.
    pub(super) fn restore(&mut self, state: &OperatorState) -> Result<(), StateError> {
        let facts: Facts = serde_json::from_value(state.facts.clone())?;
        self.made = facts.made;
        self.last_ms = facts.last_ms;
        let mut batches = state.batches.iter();
        for (side, facts) in self.sides.iter_mut().zip(&facts.sides) {
            side.clear();
            for number in 0..facts.tried + facts.waiting {
                let missing = || StateError::Damaged("a join without its rows".into());
                side.take_saved(batches.next().ok_or_else(missing)?, number < facts.tried)?;
            }
        }
        self.link_all();
        Ok(())
    }
}

impl Side {
    /// The tried rows that wait, by chunk.
    fn save_tried(&self, batches: &mut Vec<RecordBatch>) -> Result<(), StateError> {
        for (rows, columns) in self.live_parts() {
            let (rowtimes, matched) = self.facts_of(rows);
            let rowtimes = Int64Array::from(rowtimes.to_vec());
            batches.push(batch(columns, rowtimes, Some(matched))?);
        }
        Ok(())
    }

    fn take_saved(&mut self, batch: &RecordBatch, tried: bool) -> Result<(), StateError> {
        let width = self.stored.types().len();
        let columns = batch.columns();
        let mismatch = || StateError::Mismatch("a join of other columns".into());
        let own = columns.get(..width).ok_or_else(mismatch)?;
        if own.iter().map(|c| c.data_type()).ne(self.stored.types()) {
            return Err(mismatch());
        }
        let rowtimes = columns.get(width).and_then(|c| c.as_primitive_opt::<Int64Type>());
        let rowtimes = rowtimes.ok_or_else(mismatch)?.values().clone();
        if !tried {
            self.await_turn(rowtimes, own.to_vec());
            return Ok(());
        }
        let matched = columns.get(width + 1).and_then(|c| c.as_boolean_opt());
        let matched: Vec<bool> = matched.ok_or_else(mismatch)?.values().iter().collect();
        self.take_tried(&rowtimes, own.to_vec(), &matched);
        Ok(())
    }
}

fn batch(
    mut columns: Vec<ArrayRef>,
    rowtimes: Int64Array,
    matched: Option<&[bool]>,
) -> Result<RecordBatch, ArrowError> {
    columns.push(Arc::new(rowtimes));
    columns.extend(matched.map(|m| Arc::new(BooleanArray::from(m.to_vec())) as ArrayRef));
    let fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(i, c)| Field::new(format!("c{i}"), c.data_type().clone(), true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
