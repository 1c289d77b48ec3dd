//! A running pump: the chain of operators from its stream to its target.

use std::sync::Arc;

use super::errors::{ErrorPlace, ErrorRow, PumpErrors};
use super::stream::RunningStream;
use crate::clock::Clock;
use crate::expr::Expr;
use crate::operator::filter::Filter;
use crate::operator::project::Project;
use crate::operator::rowtime::{Below, Restamp};
use crate::operator::tumble::Tumble;
use crate::operator::{Context, Operator};
use crate::plan::shown::shown_fields;
use crate::plan::{Application, Field, Plan, Pump, StreamId};
use crate::rows::RowBatch;

/// One pump.
pub struct RunningPump {
    /// Position in order of declaration.
    pub ordinal: usize,
    /// The stream it reads.
    pub source: StreamId,
    /// The stream it writes.
    pub target: StreamId,
    /// Which writer of the target it is.
    pub writer: usize,
    /// Its errors and books.
    pub errors: PumpErrors,
    columns: Vec<usize>,
    pub(super) operators: Vec<Box<dyn Operator>>,
    /// See [`Context::before_ms`].
    pub(super) before_ms: i64,
    /// Which operators are windows, whose groups fail in a time of their own.
    windows: Vec<usize>,
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

/// The operators of one plan, bottom first.
struct Chain {
    source: StreamId,
    columns: Vec<usize>,
    operators: Vec<Box<dyn Operator>>,
    /// Fields of each relation that an error may show: the scan, then each window.
    relations: Vec<Vec<Field>>,
    /// Which operators are windows.
    windows: Vec<usize>,
    /// What the next operator's ROWTIME is.
    below: Below,
    /// Whether the ROWTIME of each is read.
    reads_rowtime: Vec<bool>,
}

impl Chain {
    /// Notes what operators over the last relation read.
    fn note<'e>(&mut self, mut exprs: impl Iterator<Item = &'e Expr>) {
        if let Some(reads) = self.reads_rowtime.last_mut() {
            *reads |= exprs.any(Expr::reads_rowtime);
        }
    }

    fn of(plan: &Plan) -> Chain {
        match plan {
            Plan::Scan {
                stream,
                columns,
                fields,
            } => Chain {
                source: *stream,
                columns: columns.clone(),
                operators: Vec::new(),
                relations: vec![fields.clone()],
                windows: Vec::new(),
                below: Below::Stream,
                reads_rowtime: vec![false],
            },
            Plan::Filter { input, predicate } => {
                let mut chain = Chain::of(input);
                chain.note(std::iter::once(predicate));
                chain.operators.push(Box::new(Filter::new(predicate)));
                chain
            }
            Plan::Project {
                input,
                exprs,
                fields,
                rowtime,
            } => {
                let mut chain = Chain::of(input);
                let restamp = rowtime.as_ref().map(|r| Restamp::new(r, chain.below));
                if restamp.is_some() {
                    chain.below = Below::Restamp;
                }
                chain.note(exprs.iter().chain(rowtime.iter().map(|r| &r.expr)));
                chain
                    .operators
                    .push(Box::new(Project::new(exprs, fields, restamp)));
                chain
            }
            Plan::Tumble {
                input,
                keys,
                window,
                clock,
                aggregates,
                ..
            } => {
                let mut chain = Chain::of(input);
                let relation = chain.relations.len();
                chain.windows.push(chain.operators.len());
                chain.below = Below::Window;
                let arguments = aggregates.iter().filter_map(|a| a.argument.as_ref());
                chain.note(keys.iter().chain(arguments));
                chain.operators.push(Box::new(Tumble::new(
                    keys,
                    *window,
                    clock.as_ref(),
                    aggregates,
                    relation,
                )));
                chain.relations.push(shown_fields(plan));
                chain.reads_rowtime.push(false);
                chain
            }
        }
    }
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
            .position(|p| !waiting.iter().any(|other| other.target == p.source))
            .unwrap_or(0);
        sorted.push(waiting.remove(next));
    }
    sorted
}

impl RunningPump {
    fn new(ordinal: usize, pump: &Pump, app: &Application) -> Self {
        let chain = Chain::of(&pump.plan);
        let earlier = app.pumps[..ordinal]
            .iter()
            .filter(|p| p.target == pump.target)
            .count();
        let mut errors = PumpErrors::new(Arc::from(pump.name.as_str()), chain.relations);
        errors.reads_rowtime = chain.reads_rowtime;
        Self {
            ordinal,
            source: chain.source,
            target: pump.target,
            writer: RunningStream::writer_of_pump(app.streams[pump.target].is_external, earlier),
            errors,
            columns: chain.columns,
            operators: chain.operators,
            before_ms: i64::MIN,
            windows: chain.windows,
            errors_bound_ms: i64::MIN,
        }
    }

    /// Takes the rows that its stream gained, and the stream's bound. `explicit`: the bound is an event of its
    /// own and not only the ROWTIME of the last row.
    pub fn run(&mut self, batches: &[RowBatch], bound_ms: i64, explicit: bool, clock: &Clock) -> Written {
        let mut written = Vec::new();
        let has_windows = self.errors.relations.len() > 1;
        for batch in batches {
            let columns = self
                .columns
                .iter()
                .map(|&i| Arc::clone(&batch.columns[i]))
                .collect();
            let seen = self.errors.counts.rows_in;
            let rows = RowBatch::new(batch.rowtimes.clone(), columns, 0, false).behind(seen);
            let Some(&last) = rows.rowtimes.last() else {
                continue;
            };
            self.errors.counts.rows_in += rows.len() as u64;
            self.push(0, rows, clock, &mut written);
            self.before_ms = self.before_ms.max(last);
        }
        // The end of the input is no instant that anything could be held against.
        if explicit && bound_ms != i64::MAX {
            self.before_ms = self.before_ms.max(bound_ms);
        }
        let bound_ms = self.advance(bound_ms, clock, &mut written);
        let rows_out: usize = written.iter().map(RowBatch::len).sum();
        self.errors.counts.rows_out += rows_out as u64;
        if !has_windows {
            self.errors.counts.rows_passed += rows_out as u64;
        }
        Written {
            batches: written,
            bound_ms,
        }
    }

    /// Pushes rows through the operators from number `from` on.
    fn push(&mut self, from: usize, rows: RowBatch, clock: &Clock, written: &mut Vec<RowBatch>) {
        let mut level = vec![rows];
        for operator in &mut self.operators[from..] {
            let mut out = Vec::new();
            for batch in level {
                let mut cx = Context {
                    clock,
                    errors: &mut self.errors,
                    before_ms: self.before_ms,
                };
                operator.push(batch, &mut cx, &mut out);
            }
            level = out;
        }
        written.append(&mut level);
    }

    /// Brings a bound through all operators; what it closes goes on ahead of it.
    fn advance(&mut self, bound_ms: i64, clock: &Clock, written: &mut Vec<RowBatch>) -> i64 {
        let (mut bound, mut before) = (bound_ms, self.before_ms);
        let mut open_below = None;
        self.errors_bound_ms = bound_ms;
        for i in 0..self.operators.len() {
            let mut out = Vec::new();
            let mut cx = Context {
                clock,
                errors: &mut self.errors,
                before_ms: before,
            };
            let operator = &mut self.operators[i];
            operator.advance(bound, &mut cx, &mut out);
            operator.note_open_below(open_below);
            for batch in out {
                self.push(i + 1, batch, clock, written);
            }
            bound = self.operators[i].forward(bound);
            if before > i64::MIN {
                before = self.operators[i].forward(before);
            }
            open_below = self.operators[i].open_since().or(open_below);
            if self.windows.contains(&i) {
                self.errors_bound_ms = self.errors_bound_ms.min(bound);
            }
        }
        bound
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

    /// Windows and groups open now.
    pub fn open_groups(&self) -> usize {
        self.operators.iter().map(|o| o.open_groups()).sum()
    }
}
