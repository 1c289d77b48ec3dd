//! The dataflow: streams, pumps and windows as one plain value (R1, R2).
//!
//! [`Dataflow::step`] takes rows in merged order and, at times, an explicit advance of the clock, and returns
//! the rows that every stream gained. Between steps it can be copied ([`Dataflow::save`]) and put back.
//!
//! ```text
//!   source ─▶ stream ─▶ pump (filter ▸ project ▸ tumble ▸ …) ─▶ stream ─▶ pump ─▶ …
//!             merged by ROWTIME when it has several writers
//! ```
//!
//! Pumps run in topological order, each stream is settled (its rows of this step and its bound are known)
//! before the first pump that reads it, so one pass brings everything as far as the bound allows.

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;
use arrow::record_batch::RecordBatch;

use crate::clock::Clock;
use crate::plan::{Application, StreamId, TableId};
use crate::rows::RowBatch;
use crate::state::StateError;

mod branch;
pub mod change;
pub mod errors;
mod held_errors;
mod lower;
mod pump;
mod snapshot;
mod stream;
mod table;

use held_errors::HeldErrors;
use pump::RunningPump;
use stream::RunningStream;
use table::RunningTable;
pub use table::TableContents;

/// What one step brings in.
#[derive(Debug, Clone)]
pub struct Step {
    /// What these reference tables hold from now on, before any row of this step.
    pub tables: Vec<(TableId, TableContents)>,
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
    /// Rows that streams gained, each stream's in stream order. Rows of source streams are not repeated, unless they are
    /// merged with others ([`Dataflow::is_merged`]).
    pub rows: Vec<StreamRows>,
    /// Rows of `error_stream`, in its order.
    pub errors: Vec<errors::ErrorRow>,
}

/// A running application.
pub struct Dataflow {
    streams: Vec<RunningStream>,
    tables: Vec<RunningTable>,
    /// In topological order.
    pumps: Vec<RunningPump>,
    held_errors: HeldErrors,
    /// The greatest ROWTIME or advance so far.
    bound_ms: i64,
}

impl Dataflow {
    /// Builds the operators of an application.
    pub fn new(app: &Application) -> Self {
        let pumps = pump::in_topological_order(app);
        let streams = (0..app.streams.len())
            .map(|id| RunningStream::new(id, app))
            .collect();
        Self {
            streams,
            tables: app.tables.iter().map(RunningTable::new).collect(),
            pumps,
            held_errors: HeldErrors::default(),
            bound_ms: i64::MIN,
        }
    }

    /// Runs one step.
    pub fn step(&mut self, step: Step) -> StepOutput {
        let explicit = step.advance_ms.is_some();
        for (table, contents) in step.tables {
            self.take_table(table, contents);
        }
        for input in &step.inputs {
            if let Some(&last) = input.rowtimes.last() {
                self.bound_ms = self.bound_ms.max(last);
            }
        }
        self.bound_ms = self.bound_ms.max(step.advance_ms.unwrap_or(i64::MIN));
        for stream in &mut self.streams {
            stream.begin(self.bound_ms);
        }
        for input in step.inputs {
            let rows = RowBatch::new(input.rowtimes, input.columns, 0, false);
            self.streams[input.stream].take_source(rows);
        }
        self.held_errors.take_source(step.errors);
        for pump in &mut self.pumps {
            for &source in &pump.sources {
                self.streams[source].settle();
            }
            let written = pump.run(&self.streams, explicit, &step.clock);
            self.streams[pump.target].take_writer(pump.writer, written.batches, written.bound_ms);
            self.held_errors.take_pump(pump.ordinal, pump.take_errors());
        }
        self.collect()
    }

    fn take_table(&mut self, table: TableId, contents: TableContents) {
        for pump in &mut self.pumps {
            pump.take_table(table, &contents);
        }
        if let Some(running) = self.tables.get_mut(table) {
            running.contents = Some(contents);
        }
    }

    /// Puts saved contents of a table back; its operators work out anew what they know of it.
    fn restore_table(
        &mut self,
        id: TableId,
        name: &str,
        saved: Option<RecordBatch>,
    ) -> Result<(), StateError> {
        let Some(table) = self.tables.get_mut(id).filter(|t| t.name == name) else {
            return Err(StateError::Mismatch(format!(
                "there is no table {name} at its place"
            )));
        };
        table.load(saved)?;
        if let Some(contents) = table.contents.clone() {
            self.take_table(id, contents);
        }
        Ok(())
    }

    fn collect(&mut self) -> StepOutput {
        let mut output = StepOutput::default();
        for (id, stream) in self.streams.iter_mut().enumerate() {
            stream.settle();
            if !stream.is_told {
                continue;
            }
            output.rows.extend(
                stream
                    .gained()
                    .iter()
                    .filter(|b| !b.is_empty())
                    .map(|b| StreamRows {
                        stream: id,
                        rowtimes: b.rowtimes.clone(),
                        columns: b.columns.clone(),
                    }),
            );
        }
        output.errors = self.held_errors.release(self.error_bound_ms());
        output
    }

    /// No later row of `error_stream` is older.
    pub fn error_bound_ms(&self) -> i64 {
        let bounds = self.pumps.iter().map(RunningPump::errors_bound_ms);
        bounds.fold(self.bound_ms, i64::min)
    }

    /// The error rows that still wait for their turn, for an input that is left where it stands: nothing that
    /// comes before them will come any more.
    pub fn release_errors(&mut self) -> Vec<errors::ErrorRow> {
        self.held_errors.release(i64::MAX)
    }

    /// Rows that wait in streams of several writers until their bound has passed.
    pub fn held_rows(&self) -> usize {
        self.streams.iter().map(RunningStream::held_rows).sum()
    }

    /// The whole state as bytes.
    pub fn save(&self) -> Result<Vec<u8>, StateError> {
        snapshot::write(self)
    }

    /// Puts a saved state back; the application must be the one that was saved.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        snapshot::read(self, bytes)
    }

    /// Lets the error rows go that stand at the bound, too, for when nothing more is at hand: one that still comes
    /// there follows them.
    pub fn release_errors_at_bound(&mut self) -> Vec<errors::ErrorRow> {
        self.held_errors.release(self.error_bound_ms().saturating_add(1))
    }

    /// Per pump: name and counters, in order of declaration.
    pub fn counts(&self) -> Vec<(String, errors::PumpCounts)> {
        let pumps = self.by_declaration().into_iter();
        pumps
            .map(|p| (p.errors.name.to_string(), p.errors.counts))
            .collect()
    }

    /// Per pump, in order of declaration: the windows, groups and waiting rows that it holds.
    pub fn open_groups_by_pump(&self) -> Vec<usize> {
        let pumps = self.by_declaration().into_iter();
        pumps.map(RunningPump::open_groups).collect()
    }

    /// Per pump, in order of declaration: its name, and the bytes of its state as it is saved. This costs a save.
    pub fn state_bytes(&self) -> Result<Vec<(String, usize)>, StateError> {
        let pumps = self.by_declaration().into_iter();
        pumps
            .map(|p| Ok((p.errors.name.to_string(), snapshot::size(&p.save())?)))
            .collect()
    }

    fn by_declaration(&self) -> Vec<&RunningPump> {
        let mut all: Vec<_> = self.pumps.iter().collect();
        all.sort_by_key(|p| p.ordinal);
        all
    }

    /// How many streams it has.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Whether this stream gains other rows than those from outside, or at other times: then the next step brings out
    /// all that it gains.
    pub fn is_merged(&self, stream: StreamId) -> bool {
        self.streams.get(stream).is_some_and(RunningStream::is_merged)
    }

    /// No later row from outside is older.
    pub fn bound_ms(&self) -> i64 {
        self.bound_ms
    }

    /// No later row of this stream is older.
    pub fn stream_bound_ms(&self, stream: StreamId) -> i64 {
        self.streams[stream].bound_ms()
    }

    /// Windows and groups open now.
    pub fn open_groups(&self) -> usize {
        self.pumps.iter().map(RunningPump::open_groups).sum()
    }
}
