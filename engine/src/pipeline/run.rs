//! One run: splits merged by arrival, ROWTIME assigned, the dataflow stepped, rows handed to sinks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::merge::{Gathered, Merge, Waiting};
use super::outlet::{OnFailure, Outlet};
use super::step_size::StepSize;
use super::stepper::Stepper;
use super::tables::{TableBinding, TableSummary, Tables};
use super::{OutsideError, Sink, SinkId, Split};
use crate::clock::Clock;
use crate::dataflow::Dataflow;
use crate::dataflow::errors::{ErrorRow, PumpCounts};
use crate::plan::{Application, StreamId};

/// A stream fed from outside.
pub struct SourceBinding {
    /// The stream.
    pub stream: StreamId,
    /// Its splits. Those with a clock are merged by it; those without are read one after another.
    pub splits: Vec<Box<dyn Split>>,
    /// Bytes of all splits where known, for progress.
    pub bytes_total: Option<u64>,
}

/// A stream that leaves.
pub struct SinkBinding {
    /// The stream; `None` is `error_stream`.
    pub stream: Option<StreamId>,
    /// Where to.
    pub sink: Box<dyn Sink>,
    /// It shares one output with the other sinks that say so: their rows are written by (ROWTIME, stream, row),
    /// so that the mixture does not depend on how the input was cut.
    pub shared: bool,
}

/// What clock functions see (`decisions.md` 17).
#[derive(Debug, Clone, Copy)]
pub enum RunClock {
    /// `run`: CURRENT_ROW_TIMESTAMP is the time of the step, which this tells; the others stand at the start.
    Steps(fn() -> i64),
    /// `replay`: CURRENT_ROW_TIMESTAMP is each row's ROWTIME; the others stand at the first ROWTIME.
    Rows,
    /// `--now`: all stand at the start.
    Fixed,
}

/// How a run behaves.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Most rows in one step.
    pub batch_rows: usize,
    /// Start of the run: also the clock of sources without arrival time.
    pub now_ms: i64,
    /// What clock functions see.
    pub clock: RunClock,
    /// `--at-end flush` (true) or `hold`.
    pub flush_at_end: bool,
    /// `--max-open`: most splits read at once.
    pub max_open: usize,
    /// Set from a signal handler: stop after the current step, without closing windows.
    pub stop: Arc<AtomicBool>,
}

/// How far a run is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Bytes read and, where known, of how many.
    pub bytes: u64,
    /// All bytes of all sources, where known.
    pub bytes_total: Option<u64>,
    /// Documents read.
    pub documents: u64,
    /// Documents that became rows.
    pub decoded: u64,
    /// Error documents.
    pub error_documents: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows whose arrival clock went back and whose ROWTIME was raised (R3).
    pub rows_raised: u64,
    /// Rows written to sinks.
    pub rows_out: u64,
    /// Error rows.
    pub error_rows: u64,
    /// The bound.
    pub bound_ms: Option<i64>,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The totals.
    pub progress: Progress,
    /// Stopped by a signal before the sources ended.
    pub stopped: bool,
    /// Windows and groups that were open and are dropped.
    pub open_groups: usize,
    /// Rows dropped that waited for another writer of their stream.
    pub held_rows: usize,
    /// Per pump, in order of declaration.
    pub pumps: Vec<(String, PumpCounts)>,
    /// Rows written, by stream name.
    pub streams: BTreeMap<String, u64>,
    /// Per reference table, in their order.
    pub tables: Vec<TableSummary>,
}

/// Watches a run.
pub trait Observer {
    /// Called after every step.
    fn step(&mut self, progress: &Progress);
    /// Called with the error rows of a step.
    fn errors(&mut self, rows: &[ErrorRow]);
    /// Called when a reference table that has changed cannot be read again and so stays as it is.
    fn not_reloaded(&mut self, why: &OutsideError);
    /// Called when a session's source has nothing left.
    fn source_ended(&mut self, _stream: &str) {}
    /// Called when a session's source has failed, which is no longer bound.
    fn source_failed(&mut self, _stream: &str, _why: &OutsideError) {}
    /// Called when a session's reference table cannot be read, which is no longer bound.
    fn table_failed(&mut self, _table: &str, _why: &OutsideError) {}
    /// Called when a session's sink has failed, which is no longer bound.
    fn sink_failed(&mut self, _sink: SinkId, _stream: &str, _why: &OutsideError) {}
}

/// Runs an application until its sources end or it is stopped.
///
/// # Errors
/// A source or sink that failed; rows written before stay written.
pub fn run(
    app: &Application,
    sources: Vec<SourceBinding>,
    tables: Vec<TableBinding>,
    sinks: Vec<SinkBinding>,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<Summary, OutsideError> {
    let mut outlet = Outlet::new(OnFailure::Stop);
    for sink in sinks {
        outlet.bind(app, sink);
    }
    let mut merge = Merge::new(options.batch_rows, options.max_open, Waiting::ForLive);
    merge.take_application(app, &[]);
    for source in sources {
        merge.bind(source, options.now_ms);
    }
    let mut contents = Tables::new(OnFailure::Stop);
    for binding in tables {
        contents.bind(Some(binding.table), binding.source);
    }
    let stepper = Stepper::new(
        Dataflow::new(app),
        contents,
        StepSize::new(app, options.batch_rows),
        outlet,
        options.now_ms,
    );
    let mut run = Run {
        stepper,
        merge,
        options,
    };
    match run.drive(observer) {
        Ok(stopped) => {
            run.stepper.outlet.release_all()?;
            run.stepper.sum_up(&run.merge.progress, stopped)
        }
        Err(failure) => {
            run.stepper.outlet.abandon();
            Err(failure)
        }
    }
}

struct Run<'a> {
    stepper: Stepper,
    merge: Merge,
    options: &'a RunOptions,
}

impl Run<'_> {
    /// Steps until the sources end; whether it was stopped before.
    fn drive(&mut self, observer: &mut dyn Observer) -> Result<bool, OutsideError> {
        let is_stopped = || self.options.stop.load(Ordering::Relaxed);
        let stopped = loop {
            if is_stopped() {
                break true;
            }
            self.merge.set_batch_rows(self.stepper.size.rows());
            let Some(gathered) = self.merge.gather().map_err(|failure| failure.why)? else {
                // A source that waits for rows ends when the run is stopped.
                break is_stopped();
            };
            self.step(gathered, None, observer)?;
        };
        let flush = !stopped && self.options.flush_at_end;
        let last = Gathered {
            errors: self.merge.take_last_errors(),
            ..Gathered::default()
        };
        self.step(last, flush.then_some(i64::MAX), observer)?;
        // No window may have closed, but what has already gone wrong is told.
        let errors = self.stepper.dataflow.release_errors();
        self.stepper.take_errors(&errors, observer)?;
        Ok(stopped)
    }

    fn step(
        &mut self,
        gathered: Gathered,
        advance_ms: Option<i64>,
        observer: &mut dyn Observer,
    ) -> Result<(), OutsideError> {
        let clock = |first_ms| clock(self.options, first_ms);
        self.stepper
            .step(gathered, advance_ms, &self.merge.progress, clock, observer)
    }
}

fn clock(options: &RunOptions, first_ms: Option<i64>) -> Clock {
    let start_ms = options.now_ms;
    let (run_start_ms, row_ms) = match options.clock {
        RunClock::Steps(now) => (start_ms, Some(now())),
        RunClock::Rows => (first_ms.unwrap_or(start_ms), None),
        RunClock::Fixed => (start_ms, Some(start_ms)),
    };
    Clock { run_start_ms, row_ms }
}
