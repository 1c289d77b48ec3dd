//! A running pump: its plan, its books, and the stream that it writes.

use std::sync::Arc;

use super::branch::{Branch, Surroundings};
use super::errors::{ErrorPlace, ErrorRow, PumpErrors};
use super::lower::lower;
use super::stream::RunningStream;
use super::table::TableContents;
use crate::clock::Clock;
use crate::plan::identity::PumpIdentity;
use crate::plan::{Application, Pump, StreamId, TableId};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// One pump.
pub struct RunningPump {
    /// Position in order of declaration.
    pub ordinal: usize,
    /// The streams it reads.
    pub sources: Vec<StreamId>,
    /// The stream it writes.
    pub target: StreamId,
    /// Which writer of the target it is.
    pub writer: usize,
    /// Its errors and books.
    pub errors: PumpErrors,
    /// What it is beside its name.
    pub identity: PumpIdentity,
    branch: Branch,
    /// No later error of this pump is older.
    errors_bound_ms: i64,
}

/// What a pump wrote in one step.
pub struct Written {
    /// Rows in order.
    pub batches: Vec<RowBatch>,
    /// No later row of this pump is older.
    pub bound_ms: i64,
}

/// The pumps of an application, each after those that write what it reads. The binder has refused cycles.
pub fn in_topological_order(app: &Application) -> Vec<RunningPump> {
    let mut waiting: Vec<RunningPump> = app
        .pumps
        .iter()
        .enumerate()
        .map(|(ordinal, pump)| RunningPump::new(ordinal, pump, app))
        .collect();
    let mut sorted: Vec<RunningPump> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let next = waiting
            .iter()
            .position(|p| !waiting.iter().any(|other| p.sources.contains(&other.target)))
            .unwrap_or(0);
        sorted.push(waiting.remove(next));
    }
    sorted
}

impl RunningPump {
    fn new(ordinal: usize, pump: &Pump, app: &Application) -> Self {
        let mut relations = Vec::new();
        let branch = lower(&pump.plan, &mut relations);
        let mut sources = pump.plan.sources();
        sources.sort_unstable();
        sources.dedup();
        let earlier = app.pumps[..ordinal]
            .iter()
            .filter(|p| p.target == pump.target)
            .count();
        Self {
            ordinal,
            sources,
            target: pump.target,
            writer: RunningStream::writer_of_pump(app.streams[pump.target].is_external, earlier),
            errors: PumpErrors::new(Arc::from(pump.name.as_str()), relations),
            identity: PumpIdentity::of(pump, app),
            branch,
            errors_bound_ms: i64::MIN,
        }
    }

    /// Takes what its streams gained in this step. `explicit`: the step's bound is an event of its own and not only
    /// the ROWTIME of the last row.
    pub fn run(&mut self, streams: &[RunningStream], explicit: bool, clock: &Clock) -> Written {
        let said = self.branch.run(&mut Surroundings {
            streams,
            explicit,
            clock,
            errors: &mut self.errors,
        });
        self.errors_bound_ms = said.errors_bound_ms;
        for batch in &said.batches {
            self.errors.counts.rows_out += batch.len() as u64;
            if self.errors.is_input(&batch.origin) {
                self.errors.counts.rows_passed += batch.len() as u64;
            }
        }
        Written {
            batches: said.batches,
            bound_ms: said.bound_ms,
        }
    }

    /// Whether it can go on where the other one stands.
    pub fn continues(&self, before: &RunningPump) -> bool {
        self.errors.name == before.errors.name && self.identity == before.identity
    }

    /// Goes on where another pump of the same name and identity stands, whose streams and tables had other numbers.
    pub fn go_on_from(
        &mut self,
        before: RunningPump,
        streams: &[Option<StreamId>],
        tables: &[Option<TableId>],
    ) {
        self.branch = before.branch;
        self.branch.renumber(streams, tables);
        self.errors = before.errors;
        self.errors_bound_ms = before.errors_bound_ms;
    }

    /// Takes what a reference table holds from now on.
    pub fn take_table(&mut self, table: TableId, contents: &TableContents) {
        self.branch.take_table(table, contents);
    }

    /// No later error of this pump is older: a row of its stream fails at its ROWTIME, a group at the end of its
    /// window, which `AS ROWTIME` below the window may have put into another time.
    pub fn errors_bound_ms(&self) -> i64 {
        self.errors_bound_ms
    }

    /// The errors since the last call.
    pub fn take_errors(&mut self) -> Vec<(ErrorPlace, ErrorRow)> {
        std::mem::take(&mut self.errors.rows)
    }

    /// Windows, groups and waiting rows now.
    pub fn open_groups(&self) -> usize {
        self.branch.open_groups()
    }

    /// Copies the state of its operators.
    pub fn save(&self) -> Vec<OperatorState> {
        let mut states = Vec::new();
        self.branch.save(&mut states);
        states
    }

    /// Puts it back.
    pub fn load(&mut self, states: Vec<OperatorState>) -> Result<(), StateError> {
        let mut states = states.into_iter();
        self.branch.load(&mut states)?;
        match states.len() {
            0 => Ok(()),
            _ => Err(StateError::Mismatch("it has more operators".to_owned())),
        }
    }
}
