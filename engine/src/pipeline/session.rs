//! A run whose application, sources and sinks may change between two turns: what stands behind the shell.
//!
//! It is a plain value without threads or a clock of its own: whoever owns it says what time it is, and takes turns while
//! there is something to do. It never waits: a live source that has nothing at hand does not hold the others back, and
//! what it gives later stands where the clock is then (`decisions.md` 14, without a grace). What fails outside is told and
//! unbound, and the session goes on.
//!
//! Everything enters in one order: rows and moves of the clock by hand first, as they were given, then the sources. So
//! what leaves depends on what was given between which turns, and never on how much a turn took.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use arrow::array::{Array, ArrayRef};

use super::merge::{Gathered, Merge, Waiting};
use super::outlet::{OnFailure, Outlet, Removed};
use super::run::{Observer, SinkBinding, SourceBinding, Summary};
use super::step_size::StepSize;
use super::stepper::Stepper;
use super::tables::Tables;
use super::{OutsideError, Sink, SinkId, Split, TableSource};
use crate::clock::Clock;
use crate::dataflow::change::Changed;
use crate::dataflow::{Dataflow, StreamRows};
use crate::plan::{Application, StreamId};
use crate::rows::fit_columns;

mod change;
mod status;

pub use super::merge::sources::SourceState;
pub use change::Change;
pub use status::{PumpStatus, Status, StreamStatus};

/// How a session behaves.
#[derive(Debug, Clone, Copy)]
pub struct SessionOptions {
    /// Most rows in one turn.
    pub batch_rows: usize,
    /// Most splits read at once.
    pub max_open: usize,
    /// When it started: what CURRENT_TIMESTAMP and its kin are frozen at.
    pub now_ms: i64,
}

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something came in; there may be more.
    Worked,
    /// Live sources have nothing now, the others nothing any more.
    Idle,
    /// No source that is read has anything left.
    Ended,
}

/// Why a session does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such stream.
    #[error("there is no stream \"{0}\"")]
    NoStream(String),
    /// No such pump.
    #[error("there is no pump \"{0}\"")]
    NoPump(String),
    /// Rows that are not those of the stream.
    #[error("the rows do not have the columns of stream \"{0}\"")]
    OtherColumns(String),
}

/// What was given by hand and has not entered.
enum Entry {
    Rows(StreamRows),
    Advance(i64),
}

/// See the module's text.
pub struct Session {
    app: Application,
    options: SessionOptions,
    stepper: Stepper,
    merge: Merge,
    entries: VecDeque<Entry>,
    /// The clock after all entries.
    clock_ms: i64,
    /// Streams with a source, and whether its end was told.
    sources: BTreeMap<StreamId, bool>,
    /// Streams into which rows were typed.
    typed: BTreeSet<StreamId>,
}

impl Session {
    /// A session without an application.
    pub fn new(options: SessionOptions) -> Self {
        let app = Application::default();
        Self {
            stepper: Stepper::new(
                Dataflow::new(&app),
                Tables::new(OnFailure::GoOn),
                StepSize::new(&app, options.batch_rows),
                Outlet::new(OnFailure::GoOn),
                options.now_ms,
            ),
            merge: Merge::new(options.batch_rows, options.max_open, Waiting::ForNothing),
            app,
            options,
            entries: VecDeque::new(),
            clock_ms: i64::MIN,
            sources: BTreeMap::new(),
            typed: BTreeSet::new(),
        }
    }

    /// From now on rows wait for live sources that may still have older ones. [`Session::is_held`] says when they do;
    /// whoever owns the session knows how long that may take, and then lets [`Session::excuse_idle`].
    pub fn set_patient(&mut self) {
        self.merge.set_waiting(Waiting::Patiently);
    }

    /// Whether rows are at hand that wait for a live source.
    pub fn is_held(&self) -> bool {
        self.merge.is_held()
    }

    /// Waits no longer for the live sources that have nothing now; rows of them that come below the clock are raised to
    /// it, and counted.
    pub fn excuse_idle(&mut self) {
        self.merge.excuse_idle();
    }

    /// The application that runs.
    pub fn application(&self) -> &Application {
        &self.app
    }

    /// Tells everything that runs which application it is, and which streams have a source beside their pumps.
    fn take_application(&mut self) -> Changed {
        for (id, stream) in self.app.streams.iter_mut().enumerate() {
            let is_written = self.app.pumps.iter().any(|pump| pump.target == id);
            stream.is_external = !is_written || self.sources.contains_key(&id) || self.typed.contains(&id);
        }
        let changed = self.stepper.dataflow.change(&self.app);
        self.stepper.tables.take_application(&self.app, &changed.tables);
        self.stepper.size = StepSize::new(&self.app, self.options.batch_rows);
        self.see_who_reads();
        changed
    }

    /// A source is read while some pump reads its stream, or a sink takes its rows.
    fn see_who_reads(&mut self) {
        let pumps = self.app.pumps.iter().flat_map(|pump| pump.plan.sources());
        let read: BTreeSet<StreamId> = pumps.chain(self.stepper.outlet.streams()).collect();
        self.merge.set_read(|id| read.contains(&id));
    }

    fn stream(&self, name: &str) -> Result<StreamId, Refused> {
        let found = self.app.streams.iter().position(|s| s.name == name);
        found.ok_or_else(|| Refused::NoStream(name.to_owned()))
    }

    /// Feeds a stream from outside, in place of the source that it had. Its splits decode all columns of the stream;
    /// rows that have no clock stand at `now_ms`, those of a live split when they come.
    ///
    /// # Errors
    /// There is no such stream.
    pub fn bind_source(
        &mut self,
        stream: &str,
        splits: Vec<Box<dyn Split>>,
        bytes_total: Option<u64>,
        now_ms: i64,
    ) -> Result<(), Refused> {
        let id = self.stream(stream)?;
        self.merge.unbind(id);
        let source = SourceBinding {
            stream: id,
            splits,
            bytes_total,
        };
        self.merge.bind(source, now_ms);
        self.sources.insert(id, false);
        self.write_from_outside(id);
        Ok(())
    }

    /// A stream that a pump writes gets rows from outside, too.
    fn write_from_outside(&mut self, stream: StreamId) {
        if self.app.streams.get(stream).is_some_and(|s| !s.is_external) {
            self.take_application();
        }
    }

    /// Reads the source of a stream no more.
    pub fn unbind_source(&mut self, stream: &str) {
        if let Ok(id) = self.stream(stream) {
            self.merge.unbind(id);
            self.sources.remove(&id);
            self.take_application();
        }
    }

    /// How far the source of a stream is; `None` if it has none.
    pub fn source_state(&self, stream: &str) -> Option<SourceState> {
        let id = self.stream(stream).ok()?;
        self.sources.get(&id).map(|_| self.merge.source_state(id))
    }

    /// Reads a reference table, in place of what it was read from.
    pub fn bind_table(&mut self, source: Box<dyn TableSource>) {
        self.stepper.tables.unbind(source.name());
        let table = self.app.tables.iter().position(|t| t.name == source.name());
        self.stepper.tables.bind(table, source);
    }

    /// Reads a reference table no more; it keeps what it holds.
    pub fn unbind_table(&mut self, name: &str) {
        self.stepper.tables.unbind(name);
    }

    /// Lets the rows of a stream leave that it gains from now on; without one, those of `error_stream`.
    ///
    /// # Errors
    /// There is no such stream.
    pub fn bind_sink(&mut self, stream: Option<&str>, sink: Box<dyn Sink>) -> Result<SinkId, Refused> {
        let stream = stream.map(|name| self.stream(name)).transpose()?;
        let binding = SinkBinding {
            stream,
            sink,
            shared: false,
        };
        let id = self.stepper.outlet.bind(&self.app, binding);
        self.see_who_reads();
        Ok(id)
    }

    /// Closes a sink.
    ///
    /// # Errors
    /// It could not be closed.
    pub fn unbind_sink(&mut self, id: SinkId) -> Result<(), OutsideError> {
        let removed = self.stepper.outlet.unbind(id);
        self.see_who_reads();
        removed.and_then(|r| r.failure).map_or(Ok(()), Err)
    }

    /// Types rows into a stream; they enter with a later turn, before what sources have. A ROWTIME that lies before what
    /// has been is raised to that; without ROWTIMEs they stand at `now_ms`. Says which ROWTIMEs the rows have.
    ///
    /// # Errors
    /// There is no such stream, or the columns are not those that it declares.
    pub fn insert(
        &mut self,
        stream: &str,
        rowtimes: Option<Vec<i64>>,
        mut columns: Vec<ArrayRef>,
        now_ms: i64,
    ) -> Result<Vec<i64>, Refused> {
        let id = self.stream(stream)?;
        let target = &self.app.streams[id];
        let rows = columns.first().map_or(0, |column| column.len());
        let declared = target.declared_fields();
        let fits = columns.len() == declared.len()
            && (columns.iter().zip(declared)).all(|(c, f)| c.len() == rows && *c.data_type() == f.ty.arrow())
            && rowtimes.as_ref().is_none_or(|times| times.len() == rows);
        if !fits {
            return Err(Refused::OtherColumns(stream.to_owned()));
        }
        let mut last = self.clock_ms;
        let mut given = rowtimes.unwrap_or_else(|| vec![now_ms; rows]);
        for rowtime in &mut given {
            if *rowtime < last {
                self.merge.progress.rows_raised += 1;
            }
            last = last.max(*rowtime);
            *rowtime = last;
        }
        fit_columns(&mut columns, rows, &target.fields);
        if rows > 0 {
            self.clock_ms = last;
            self.entries.push_back(Entry::Rows(StreamRows {
                stream: id,
                rowtimes: given.clone().into(),
                columns,
            }));
            self.typed.insert(id);
            self.write_from_outside(id);
        }
        Ok(given)
    }

    /// Moves the clock without a row, with a later turn. It never goes back.
    pub fn advance(&mut self, to_ms: i64) {
        self.clock_ms = self.clock_ms.max(to_ms);
        self.entries.push_back(Entry::Advance(self.clock_ms));
    }

    /// Takes one step of what is at hand. What fails is told to the observer, unbound, and does not end the session.
    pub fn turn(&mut self, now_ms: i64, observer: &mut dyn Observer) -> Turn {
        let turn = match self.entries.pop_front() {
            Some(entry) => {
                self.enter(entry, now_ms, observer);
                Turn::Worked
            }
            None => self.read(now_ms, observer),
        };
        if turn != Turn::Worked && !self.is_held() {
            self.settle(now_ms, observer);
        }
        self.tell_ended(observer);
        turn
    }

    /// Takes in what was given by hand.
    fn enter(&mut self, entry: Entry, now_ms: i64, observer: &mut dyn Observer) {
        let (rows, to_ms) = match entry {
            Entry::Advance(to_ms) => (None, to_ms),
            Entry::Rows(rows) => {
                let last = rows.rowtimes.last().copied();
                (Some(rows), last.unwrap_or(i64::MIN))
            }
        };
        let progress = &mut self.merge.progress;
        progress.rows += rows.as_ref().map_or(0, |rows| rows.rowtimes.len() as u64);
        progress.bound_ms = progress.bound_ms.max(Some(to_ms));
        let advance_ms = rows.is_none().then_some(to_ms);
        let gathered = Gathered {
            rows: rows.into_iter().collect(),
            errors: Vec::new(),
        };
        self.step(gathered, advance_ms, now_ms, observer);
    }

    /// Takes in what sources have.
    fn read(&mut self, now_ms: i64, observer: &mut dyn Observer) -> Turn {
        self.merge.set_time(self.clock_ms, now_ms);
        self.merge.set_batch_rows(self.stepper.size.rows());
        match self.merge.gather() {
            Ok(Some(gathered)) => {
                self.clock_ms = self
                    .clock_ms
                    .max(self.merge.progress.bound_ms.unwrap_or(i64::MIN));
                self.step(gathered, None, now_ms, observer);
                Turn::Worked
            }
            Ok(None) if self.merge.has_more() => Turn::Idle,
            Ok(None) => Turn::Ended,
            Err(failure) => {
                let name = self.app.streams.get(failure.stream).map(|s| s.name.clone());
                let name = name.unwrap_or_default();
                self.unbind_source(&name);
                observer.source_failed(&name, &failure.why);
                Turn::Worked
            }
        }
    }

    /// Nothing more is at hand: errors that stand at the clock, or that no row gave a time, wait no longer.
    fn settle(&mut self, now_ms: i64, observer: &mut dyn Observer) {
        let errors = self.merge.take_last_errors();
        if !errors.is_empty() {
            let gathered = Gathered {
                rows: Vec::new(),
                errors,
            };
            self.step(gathered, None, now_ms, observer);
        }
        let errors = if self.clock_ms == i64::MIN {
            self.stepper.dataflow.release_errors()
        } else {
            self.stepper.dataflow.release_errors_at_bound()
        };
        if errors.is_empty() {
            return;
        }
        let told = self.stepper.take_errors(&errors, observer);
        let told = told.and_then(|()| self.stepper.outlet.release(&self.stepper.dataflow));
        self.go_on_without(told, observer);
        observer.step(&self.stepper.progress(&self.merge.progress));
    }

    fn step(
        &mut self,
        gathered: Gathered,
        advance_ms: Option<i64>,
        now_ms: i64,
        observer: &mut dyn Observer,
    ) {
        let clock = self.clock(now_ms);
        let progress = &self.merge.progress;
        let outcome = self
            .stepper
            .step(gathered, advance_ms, progress, |_| clock, observer);
        self.go_on_without(outcome, observer);
    }

    fn clock(&self, now_ms: i64) -> Clock {
        Clock {
            run_start_ms: self.options.now_ms,
            row_ms: Some(now_ms),
        }
    }

    /// Tells which sinks failed and unbinds them. Nothing else can have failed in a step, as sinks and tables do so one
    /// by one.
    fn go_on_without(&mut self, _outcome: Result<(), OutsideError>, observer: &mut dyn Observer) {
        let failed = self.stepper.outlet.take_failed();
        if failed.is_empty() {
            return;
        }
        for Removed { id, stream, failure } in failed {
            if let Some(why) = failure {
                observer.sink_failed(id, &stream, &why);
            }
        }
        self.see_who_reads();
    }

    fn tell_ended(&mut self, observer: &mut dyn Observer) {
        for (id, told) in &mut self.sources {
            if !*told && self.merge.source_state(*id) == SourceState::Ended {
                *told = true;
                if let Some(stream) = self.app.streams.get(*id) {
                    observer.source_ended(&stream.name);
                }
            }
        }
    }

    /// Ends the input of one pump: what its windows hold leaves to its target, and it takes part in no later turn.
    ///
    /// # Errors
    /// There is no such pump.
    pub fn finish_pump(
        &mut self,
        pump: &str,
        now_ms: i64,
        observer: &mut dyn Observer,
    ) -> Result<(), Refused> {
        if !self.app.pumps.iter().any(|p| p.name == pump) {
            return Err(Refused::NoPump(pump.to_owned()));
        }
        let output = self.stepper.dataflow.finish_pump(pump, self.clock(now_ms));
        let outcome = self.stepper.let_go(&output, &self.merge.progress, observer);
        self.go_on_without(outcome, observer);
        Ok(())
    }

    /// Ends it as a run ends: windows are closed if `flush` says so, sinks get what is left and are closed.
    ///
    /// # Errors
    /// A sink that could not be closed.
    pub fn finish(
        mut self,
        flush: bool,
        now_ms: i64,
        observer: &mut dyn Observer,
    ) -> Result<Summary, OutsideError> {
        while let Some(entry) = self.entries.pop_front() {
            self.enter(entry, now_ms, observer);
        }
        let last = Gathered {
            rows: Vec::new(),
            errors: self.merge.take_last_errors(),
        };
        self.step(last, flush.then_some(i64::MAX), now_ms, observer);
        let errors = self.stepper.dataflow.release_errors();
        self.stepper.take_errors(&errors, observer)?;
        self.stepper.outlet.release_all()?;
        let ended = !self.merge.has_more();
        self.stepper.sum_up(&self.merge.progress, !ended)
    }
}
