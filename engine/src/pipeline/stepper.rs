//! One step of a run or a session: what came in is told to the sinks of its streams, goes through the dataflow, and
//! what that brings out is told to theirs.

use super::OutsideError;
use super::merge::Gathered;
use super::outlet::Outlet;
use super::run::{Observer, Progress, Summary};
use super::step_size::StepSize;
use super::tables::Tables;
use crate::clock::Clock;
use crate::dataflow::errors::ErrorRow;
use crate::dataflow::{Dataflow, Step, StepOutput, StreamRows};

/// A dataflow between its sources and its sinks.
pub struct Stepper {
    /// The dataflow.
    pub dataflow: Dataflow,
    /// Its reference tables.
    pub tables: Tables,
    /// How many rows a step takes in.
    pub size: StepSize,
    /// Its sinks.
    pub outlet: Outlet,
    /// Rows that every stream gained so far.
    pub rows: Vec<u64>,
    /// Start of the run.
    start_ms: i64,
    /// The first ROWTIME, once there is one.
    pub first_ms: Option<i64>,
    /// The last ROWTIME of the steps so far.
    bound_ms: Option<i64>,
}

impl Stepper {
    /// Nothing came in yet.
    pub fn new(dataflow: Dataflow, tables: Tables, size: StepSize, outlet: Outlet, start_ms: i64) -> Self {
        Self {
            rows: vec![0; dataflow.streams()],
            dataflow,
            tables,
            size,
            outlet,
            start_ms,
            first_ms: None,
            bound_ms: None,
        }
    }

    /// Runs one step. `merged` is what the merge says of the rows up to these; `clock` makes the clocks of the step of
    /// the first ROWTIME.
    pub fn step(
        &mut self,
        gathered: Gathered,
        advance_ms: Option<i64>,
        merged: &Progress,
        clock: impl FnOnce(Option<i64>) -> Clock,
        observer: &mut dyn Observer,
    ) -> Result<(), OutsideError> {
        for rows in &gathered.rows {
            // What is merged with other rows leaves as the stream has it.
            if !self.dataflow.is_merged(rows.stream) {
                self.take(rows)?;
            }
        }
        let firsts = gathered.rows.iter().filter_map(|r| r.rowtimes.first().copied());
        self.first_ms = self.first_ms.or(firsts.min());
        // A record of a table stands where the rows before it have brought the clock.
        let at_ms = self.bound_ms.or(self.first_ms).unwrap_or(self.start_ms);
        let (tables, mut errors) = self.tables.take_new(at_ms, observer)?;
        self.bound_ms = merged.bound_ms;
        errors.extend(gathered.errors);
        let rows_in = rows_of(&gathered.rows);
        let output = self.dataflow.step(Step {
            tables,
            inputs: gathered.rows,
            errors,
            advance_ms,
            clock: clock(self.first_ms),
        });
        self.size.note(rows_in, rows_of(&output.rows));
        self.let_go(&output, merged, observer)
    }

    /// Hands on what a step brought out.
    pub fn let_go(
        &mut self,
        output: &StepOutput,
        merged: &Progress,
        observer: &mut dyn Observer,
    ) -> Result<(), OutsideError> {
        for rows in &output.rows {
            self.take(rows)?;
        }
        self.take_errors(&output.errors, observer)?;
        self.outlet.release(&self.dataflow)?;
        observer.step(&self.progress(merged));
        Ok(())
    }

    fn take(&mut self, rows: &StreamRows) -> Result<(), OutsideError> {
        if let Some(count) = self.rows.get_mut(rows.stream) {
            *count += rows.rowtimes.len() as u64;
        }
        self.outlet.take(rows)
    }

    /// Hands on error rows.
    pub fn take_errors(
        &mut self,
        errors: &[ErrorRow],
        observer: &mut dyn Observer,
    ) -> Result<(), OutsideError> {
        if errors.is_empty() {
            return Ok(());
        }
        observer.errors(errors);
        self.outlet.take_errors(errors)
    }

    /// Closes the sinks and says what was done.
    pub fn sum_up(self, merged: &Progress, stopped: bool) -> Result<Summary, OutsideError> {
        Ok(Summary {
            progress: self.progress(merged),
            stopped,
            open_groups: self.dataflow.open_groups(),
            held_rows: self.dataflow.held_rows(),
            pumps: self.dataflow.counts(),
            streams: self.outlet.close()?,
            tables: self.tables.summary(),
        })
    }

    /// How far it is.
    pub fn progress(&self, merged: &Progress) -> Progress {
        Progress {
            rows_out: self.outlet.rows_out,
            error_rows: self.outlet.error_rows,
            ..merged.clone()
        }
    }
}

fn rows_of(streams: &[StreamRows]) -> usize {
    streams.iter().map(|rows| rows.rowtimes.len()).sum()
}
