//! A running plan: operators in a row over a stream, or over a junction where other such branches meet.
//!
//! A step runs a branch from its leaves up: rows first, in stream order, then the bound, so that what a bound
//! closes comes behind the rows before it. `before_ms` follows only rows and explicit advances, never a bound that
//! the end of a batch brought, so that cuts cannot show (R2).

use std::sync::Arc;

use serde_json::json;

use super::errors::PumpErrors;
use super::stream::RunningStream;
use super::table::TableContents;
use crate::clock::Clock;
use crate::operator::{Context, Junction, Operator};
use crate::plan::{StreamId, TableId, renumbered};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// What stands below the operators of a branch.
pub enum Root {
    /// Rows of a stream.
    Scan {
        /// Which.
        stream: StreamId,
        /// The columns that are read.
        columns: Vec<usize>,
        /// The scan among the pump's relations.
        relation: usize,
        /// Rows read so far.
        seen: u64,
    },
    /// What a junction makes of its inputs.
    Junction {
        /// The inputs, left to right.
        inputs: Vec<Branch>,
        /// The junction.
        junction: Box<dyn Junction>,
    },
}

/// Operators over a root, bottom first.
pub struct Branch {
    pub(super) root: Root,
    pub(super) operators: Vec<Box<dyn Operator>>,
    /// Which operators make rows with a time of their own, in which those fail.
    pub(super) windows: Vec<usize>,
    /// See [`Context::before_ms`].
    pub(super) before_ms: i64,
}

/// What a branch said in one step.
pub struct Said {
    /// Rows in order.
    pub batches: Vec<RowBatch>,
    /// No later row is older.
    pub bound_ms: i64,
    /// The explicit part of the bound: see [`Context::before_ms`].
    before_ms: i64,
    /// No later error of the branch is older.
    pub errors_bound_ms: i64,
}

/// What a branch may use in a step.
pub struct Surroundings<'a> {
    /// All streams; those that the pump reads are settled.
    pub streams: &'a [RunningStream],
    /// The step's bound is an event of its own and not only the ROWTIME of the last row.
    pub explicit: bool,
    /// The step's clocks.
    pub clock: &'a Clock,
    /// Where failing rows go.
    pub errors: &'a mut PumpErrors,
}

impl Branch {
    /// A branch without operators yet.
    pub fn new(root: Root) -> Self {
        Self {
            root,
            operators: Vec::new(),
            windows: Vec::new(),
            before_ms: i64::MIN,
        }
    }

    /// Runs one step.
    pub fn run(&mut self, step: &mut Surroundings<'_>) -> Said {
        let mut out = Vec::new();
        let (bound_ms, errors_bound_ms) = match self.root {
            Root::Scan { stream, .. } => {
                let bound = step.streams[stream].bound_ms();
                self.run_scan(step, bound, &mut out);
                (bound, bound)
            }
            Root::Junction { .. } => self.run_junction(step, &mut out),
        };
        self.advance(bound_ms, errors_bound_ms, step, out)
    }

    fn run_scan(&mut self, step: &mut Surroundings<'_>, bound_ms: i64, out: &mut Vec<RowBatch>) {
        let streams = step.streams;
        let Root::Scan { stream, .. } = self.root else {
            return;
        };
        for batch in streams[stream].gained() {
            let Some(&last) = batch.rowtimes.last() else {
                continue;
            };
            let rows = self.scanned(batch);
            step.errors.counts.rows_in += rows.len() as u64;
            self.push(0, rows, step, out);
            self.before_ms = self.before_ms.max(last);
        }
        // The end of the input is no instant that anything could be held against.
        if step.explicit && bound_ms != i64::MAX {
            self.before_ms = self.before_ms.max(bound_ms);
        }
    }

    /// A batch of the stream with the columns that are read.
    fn scanned(&mut self, batch: &RowBatch) -> RowBatch {
        let Root::Scan {
            columns,
            relation,
            seen,
            ..
        } = &mut self.root
        else {
            return batch.clone();
        };
        let columns = columns.iter().map(|&i| Arc::clone(&batch.columns[i])).collect();
        let rows = RowBatch::new(batch.rowtimes.clone(), columns, *relation, false).behind(*seen);
        *seen += rows.len() as u64;
        rows
    }

    /// Runs the inputs, then the junction over what they said. Returns its bound and that of the errors.
    fn run_junction(&mut self, step: &mut Surroundings<'_>, out: &mut Vec<RowBatch>) -> (i64, i64) {
        let Root::Junction { inputs, junction } = &mut self.root else {
            return (i64::MIN, i64::MIN);
        };
        let (mut bounds, mut befores, mut errors) = (Vec::new(), Vec::new(), i64::MAX);
        for (port, input) in inputs.iter_mut().enumerate() {
            let said = input.run(step);
            bounds.push(said.bound_ms);
            befores.push(said.before_ms);
            errors = errors.min(said.errors_bound_ms);
            let mut cx = context(step, self.before_ms);
            for batch in said.batches {
                junction.push(port, batch, &mut cx);
            }
        }
        let mut joined = Vec::new();
        junction.advance(&bounds, &mut context(step, self.before_ms), &mut joined);
        let (bound, before) = (junction.forward(&bounds), junction.forward(&befores));
        for batch in joined {
            let last = batch.rowtimes.last().copied();
            self.push(0, batch, step, out);
            self.before_ms = self.before_ms.max(last.unwrap_or(i64::MIN));
        }
        if step.explicit && bound != i64::MAX {
            self.before_ms = self.before_ms.max(before);
        }
        (bound, errors.min(bound))
    }

    /// Pushes rows through the operators from number `from` on.
    fn push(&mut self, from: usize, rows: RowBatch, step: &mut Surroundings<'_>, out: &mut Vec<RowBatch>) {
        push_through(&mut self.operators[from..], rows, self.before_ms, step, out);
    }

    /// Brings a bound through all operators; what it closes goes on ahead of it.
    fn advance(
        &mut self,
        bound_ms: i64,
        mut errors_bound_ms: i64,
        step: &mut Surroundings<'_>,
        mut batches: Vec<RowBatch>,
    ) -> Said {
        let (mut bound, mut before) = (bound_ms, self.before_ms);
        let mut open_below = None;
        for i in 0..self.operators.len() {
            let mut closed = Vec::new();
            let operator = &mut self.operators[i];
            operator.advance(bound, &mut context(step, before), &mut closed);
            operator.note_open_below(open_below);
            for batch in closed {
                self.push(i + 1, batch, step, &mut batches);
            }
            bound = self.operators[i].forward(bound);
            if before > i64::MIN {
                before = self.operators[i].forward(before);
            }
            open_below = self.operators[i].open_since().or(open_below);
            if self.windows.contains(&i) {
                errors_bound_ms = errors_bound_ms.min(bound);
            }
        }
        Said {
            batches,
            bound_ms: bound,
            before_ms: before,
            errors_bound_ms,
        }
    }

    /// Tells every operator what a reference table holds from now on.
    pub fn take_table(&mut self, table: TableId, contents: &TableContents) {
        if let Root::Junction { inputs, .. } = &mut self.root {
            for input in inputs {
                input.take_table(table, contents);
            }
        }
        for operator in &mut self.operators {
            operator.take_table(table, contents);
        }
    }

    /// Learns the new numbers of streams and tables, by their old ones.
    pub fn renumber(&mut self, streams: &[Option<StreamId>], tables: &[Option<TableId>]) {
        match &mut self.root {
            Root::Scan { stream, .. } => *stream = renumbered(*stream, streams),
            Root::Junction { inputs, .. } => {
                inputs
                    .iter_mut()
                    .for_each(|input| input.renumber(streams, tables));
            }
        }
        for operator in &mut self.operators {
            operator.renumber_tables(tables);
        }
    }

    /// Windows, groups and waiting rows now.
    pub fn open_groups(&self) -> usize {
        let own: usize = self.operators.iter().map(|o| o.open_groups()).sum();
        match &self.root {
            Root::Scan { .. } => own,
            Root::Junction { inputs, junction } => {
                own + junction.held_rows() + inputs.iter().map(Branch::open_groups).sum::<usize>()
            }
        }
    }

    /// Copies the state of everything in it, in an order that [`Branch::load`] knows.
    pub fn save(&self, states: &mut Vec<OperatorState>) {
        let mut seen = 0;
        match &self.root {
            Root::Scan { seen: rows, .. } => seen = *rows,
            Root::Junction { inputs, junction } => {
                inputs.iter().for_each(|input| input.save(states));
                states.push(junction.save());
            }
        }
        states.push(OperatorState {
            facts: json!([self.before_ms, seen]),
            batches: Vec::new(),
        });
        states.extend(self.operators.iter().map(|operator| operator.save()));
    }

    /// Puts it back.
    pub fn load(&mut self, states: &mut impl Iterator<Item = OperatorState>) -> Result<(), StateError> {
        if let Root::Junction { inputs, junction } = &mut self.root {
            for input in inputs {
                input.load(states)?;
            }
            junction.load(next(states)?)?;
        }
        let (before_ms, rows) = serde_json::from_value::<(i64, u64)>(next(states)?.facts)?;
        self.before_ms = before_ms;
        if let Root::Scan { seen, .. } = &mut self.root {
            *seen = rows;
        }
        for operator in &mut self.operators {
            operator.load(next(states)?)?;
        }
        Ok(())
    }
}

/// Pushes rows through operators, each batch as far as it goes before the next one is made: where rows multiply, they
/// are not all there at once.
fn push_through(
    operators: &mut [Box<dyn Operator>],
    rows: RowBatch,
    before_ms: i64,
    step: &mut Surroundings<'_>,
    out: &mut Vec<RowBatch>,
) {
    let Some((operator, above)) = operators.split_first_mut() else {
        out.push(rows);
        return;
    };
    let mut said = Vec::new();
    operator.push(rows, &mut context(step, before_ms), &mut said);
    loop {
        for batch in said.drain(..) {
            push_through(above, batch, before_ms, step, out);
        }
        if !operator.go_on(&mut context(step, before_ms), &mut said) {
            return;
        }
    }
}

fn context<'c>(step: &'c mut Surroundings<'_>, before_ms: i64) -> Context<'c> {
    Context {
        clock: step.clock,
        errors: &mut *step.errors,
        before_ms,
    }
}

fn next(states: &mut impl Iterator<Item = OperatorState>) -> Result<OperatorState, StateError> {
    let missing = || StateError::Mismatch("it has fewer operators".to_owned());
    states.next().ok_or_else(missing)
}
