//! A tumbling window as a saved state, and back (R7).
//!
//! Facts: the last ROWTIME, how many groups have left, and the open window's first ROWTIME, end and number of groups. Batches: the
//! window's value as one row, then keys and aggregate states, one row a group in order of first appearance.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use super::{OpenWindow, Tumble};
use crate::state::{OperatorState, StateError};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Facts {
    last_ms: Option<i64>,
    emitted: u64,
    open: Option<OpenFacts>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OpenFacts {
    since_ms: i64,
    end_ms: Option<i64>,
    groups: usize,
}

impl Tumble {
    /// A copy of the state.
    pub(super) fn snapshot(&self) -> OperatorState {
        let facts = Facts {
            last_ms: self.last_ms,
            emitted: self.emitted,
            open: self.open.as_ref().map(|open| OpenFacts {
                since_ms: open.since_ms,
                end_ms: open.end_ms,
                groups: self.groups.len(),
            }),
        };
        let batches = self
            .open
            .as_ref()
            .map_or(Ok::<_, ArrowError>(Vec::new()), |open| {
                let value = batch(vec![Arc::clone(&open.value)])?;
                Ok(vec![value, batch(self.groups.save()?)?])
            });
        match (serde_json::to_value(&facts), batches) {
            (Ok(facts), Ok(batches)) => OperatorState { facts, batches },
            // Facts that do not read back: a state that could not be copied is refused on load.
            (_, Err(error)) => failed(&error.to_string()),
            (Err(error), _) => failed(&error.to_string()),
        }
    }

    /// Takes a saved state in place of the own.
    pub(super) fn restore(&mut self, state: &OperatorState) -> Result<(), StateError> {
        let facts: Facts = serde_json::from_value(state.facts.clone())?;
        self.groups.clear();
        self.open = None;
        self.last_ms = facts.last_ms;
        self.emitted = facts.emitted;
        let Some(open) = facts.open else {
            return Ok(());
        };
        let [value, groups] = state.batches.as_slice() else {
            return Err(StateError::Damaged("an open window without its batches".into()));
        };
        let value = value
            .columns()
            .first()
            .filter(|value| value.len() == 1)
            .ok_or_else(|| StateError::Damaged("an open window without its value".into()))?;
        if open.end_ms.is_some() != self.clock.is_some() {
            return Err(StateError::Mismatch("a window that closes in another way".into()));
        }
        self.groups.load(groups.columns(), open.groups)?;
        self.open = Some(OpenWindow {
            value: Arc::clone(value),
            since_ms: open.since_ms,
            end_ms: open.end_ms,
        });
        Ok(())
    }
}

fn failed(message: &str) -> OperatorState {
    OperatorState {
        facts: serde_json::Value::String(message.to_owned()),
        batches: Vec::new(),
    }
}

/// Columns as a batch; one without columns stands for groups without keys and aggregates.
fn batch(columns: Vec<ArrayRef>) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(i, c)| Field::new(format!("c{i}"), c.data_type().clone(), true))
        .collect();
    if columns.is_empty() {
        return Ok(RecordBatch::new_empty(Arc::new(Schema::empty())));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
