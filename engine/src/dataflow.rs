//! The dataflow: streams, pumps and windows as one plain value (R1, R2).
//!
//! [`Dataflow::step`] takes rows in merged order and, at times, an explicit advance of the clock, and returns
//! the rows that every stream gained. Between steps it can be copied ([`Dataflow::save`]) and put back.

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;

use crate::clock::Clock;
use crate::plan::{Application, StreamId};
use crate::state::StateError;

pub mod errors;

/// What one step brings in.
#[derive(Debug, Clone)]
pub struct Step {
    /// Rows of source streams in merged order: ROWTIME never goes back from one to the next.
    pub inputs: Vec<StreamRows>,
    /// Records that did not become rows.
    pub errors: Vec<errors::ErrorRow>,
    /// An explicit bound after these rows: the clock has moved this far without a row. `i64::MAX` ends the input.
    pub advance_ms: Option<i64>,
    /// The clocks.
    pub clock: Clock,
}

/// Rows of one stream, with all of [`crate::plan::Stream::fields`] (columns that no pump reads may be null
/// arrays of the right type).
#[derive(Debug, Clone)]
pub struct StreamRows {
    /// Which stream.
    pub stream: StreamId,
    /// ROWTIME in ms.
    pub rowtimes: ScalarBuffer<i64>,
    /// Its columns.
    pub columns: Vec<ArrayRef>,
}

/// What one step brought out.
#[derive(Debug, Default)]
pub struct StepOutput {
    /// Rows that streams gained, each stream's in stream order. Source streams are not repeated.
    pub rows: Vec<StreamRows>,
    /// Rows of `error_stream`, in its order.
    pub errors: Vec<errors::ErrorRow>,
}

/// A running application.
pub struct Dataflow {}

impl Dataflow {
    /// Builds the operators of an application.
    pub fn new(_app: &Application) -> Self {
        Self {}
    }

    /// Runs one step.
    pub fn step(&mut self, _step: Step) -> StepOutput {
        StepOutput::default()
    }

    /// The whole state as bytes.
    pub fn save(&self) -> Result<Vec<u8>, StateError> {
        Ok(Vec::new())
    }

    /// Puts a saved state back; the application must be the one that was saved.
    pub fn load(&mut self, _bytes: &[u8]) -> Result<(), StateError> {
        Ok(())
    }

    /// Per pump: name and counters, in order of declaration.
    pub fn counts(&self) -> Vec<(String, errors::PumpCounts)> {
        Vec::new()
    }

    /// Windows and groups open now.
    pub fn open_groups(&self) -> usize {
        0
    }
}
