//! An in-application stream during a run: its writers, merged by ROWTIME when there are several.
//!
//! Order within a stream (R2): ROWTIME, then closings before new rows, then writers in order of declaration
//! (a source first), then the writer's own order. Rows at the bound itself are held until it passes, because
//! another writer may still have a row there. A stream with one writer hands rows on as they come.
//!
//! Where the application changes, what a writer that is gone had written still leaves in its turn, and rows of a new
//! one that are older than what has already left are raised to that, so that the stream never goes back.

use std::collections::VecDeque;

use arrow::array::ArrayRef;

use crate::plan::{Application, Field, StreamId};
use crate::rows::{RowBatch, fit_columns};

/// One stream.
pub struct RunningStream {
    /// Its stored name.
    pub name: String,
    fields: Vec<Field>,
    declared: usize,
    /// A source writes it, as writer 0.
    has_source: bool,
    pub(super) writers: Vec<Writer>,
    /// Writers that are gone, whose rows have not all left.
    pub(super) gone: Vec<Writer>,
    /// What it gains in this step is told: see [`RunningStream::is_merged`].
    pub is_told: bool,
    /// Rows of this step, once settled.
    settled: Option<Vec<RowBatch>>,
    bound_ms: i64,
}

/// One writer of a stream.
pub struct Writer {
    /// Rows that have not left yet, in the writer's order.
    pub(super) pending: VecDeque<RowBatch>,
    /// No later row of this writer is older.
    pub(super) bound_ms: i64,
    /// Its rows are not older, because such rows have left before it came; those that are get this ROWTIME.
    pub(super) floor_ms: i64,
}

impl RunningStream {
    /// The stream of an application, with a writer for its source and for every pump that targets it.
    pub fn new(id: StreamId, app: &Application) -> Self {
        let pumps = app.pumps.iter().filter(|p| p.target == id).count();
        let has_source = pumps == 0 || app.streams[id].is_external;
        let writers = (0..pumps + usize::from(has_source))
            .map(|_| Writer::new())
            .collect();
        let stream = &app.streams[id];
        Self {
            name: stream.name.clone(),
            fields: stream.fields.clone(),
            declared: stream.declared,
            has_source,
            writers,
            gone: Vec::new(),
            is_told: false,
            settled: None,
            bound_ms: i64::MIN,
        }
    }

    /// Number of the writer that the `n`-th pump into this stream is.
    pub fn writer_of_pump(has_source: bool, n: usize) -> usize {
        n + usize::from(has_source)
    }

    /// Starts a step in which sources have this bound.
    pub fn begin(&mut self, source_bound_ms: i64) {
        self.settled = None;
        self.is_told = self.is_merged();
        if self.has_source {
            self.writers[0].bound_ms = source_bound_ms;
        }
    }

    /// Whether it gains other rows than those that come from outside: those of a pump, or some that have waited, since
    /// there was one when they came.
    pub fn is_merged(&self) -> bool {
        let writers = self.gone.iter().chain(&self.writers);
        self.writers.len() > usize::from(self.has_source)
            || writers.into_iter().any(|w| !w.pending.is_empty())
    }

    /// Takes rows from outside.
    pub fn take_source(&mut self, rows: RowBatch) {
        if self.has_source {
            self.writers[0].take(rows);
        }
    }

    /// Takes what a pump wrote in this step, and its bound.
    pub fn take_writer(&mut self, writer: usize, batches: Vec<RowBatch>, bound_ms: i64) {
        let writer = &mut self.writers[writer];
        for batch in batches.into_iter().filter(|b| !b.is_empty()) {
            writer.take(batch);
        }
        writer.bound_ms = bound_ms;
    }

    /// Whether rows of the one are rows of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        let declared = |s: &Self| s.fields.get(..s.declared).map(<[Field]>::to_vec);
        self.name == other.name && declared(self) == declared(other)
    }

    /// Goes on where the same stream of another application stands; `new_writer` says which writer of this one each
    /// pump of that one is, if it still is one.
    pub fn go_on_from(&mut self, before: RunningStream, new_writer: impl Fn(usize) -> Option<usize>) {
        self.bound_ms = before.bound_ms;
        for writer in &mut self.writers {
            writer.floor_ms = before.bound_ms;
        }
        self.gone = before.gone;
        for (number, mut writer) in before.writers.into_iter().enumerate() {
            let is_source = before.has_source && number == 0;
            let place = if is_source {
                self.has_source.then_some(0)
            } else {
                new_writer(number)
            };
            match place.and_then(|place| self.writers.get_mut(place)) {
                Some(place) => *place = writer,
                None => {
                    writer.bound_ms = i64::MAX;
                    self.gone.push(writer);
                }
            }
        }
        self.gone.retain(|writer| !writer.pending.is_empty());
        // The columns behind the declared ones come and go with the pumps that write the stream.
        for writer in self.gone.iter_mut().chain(&mut self.writers) {
            for batch in &mut writer.pending {
                let rows = batch.len();
                fit_columns(&mut batch.columns, rows, &self.fields);
            }
        }
    }

    /// Puts a saved bound back.
    pub fn restore_bound(&mut self, bound_ms: i64) {
        self.bound_ms = bound_ms;
    }

    /// The bound after this step.
    pub fn bound_ms(&self) -> i64 {
        self.bound_ms
    }

    /// Rows that have not left yet.
    pub fn held_rows(&self) -> usize {
        let writers = self.gone.iter().chain(&self.writers);
        writers.flat_map(|w| &w.pending).map(RowBatch::len).sum()
    }

    /// Decides what this step adds. Every writer has been heard.
    pub fn settle(&mut self) {
        if self.settled.is_none() {
            let least = self.writers.iter().map(|w| w.bound_ms).min().unwrap_or(i64::MIN);
            self.bound_ms = self.bound_ms.max(least);
            let rows = match self.writers.as_mut_slice() {
                [only] if self.gone.is_empty() => only.pending.drain(..).collect(),
                several => merge(self.gone.iter_mut().chain(several), self.bound_ms),
            };
            self.gone.retain(|writer| !writer.pending.is_empty());
            self.settled = Some(rows);
        }
    }

    /// The rows that this step adds, in stream order, once settled.
    pub fn gained(&self) -> &[RowBatch] {
        self.settled.as_deref().unwrap_or_default()
    }
}

impl Writer {
    fn new() -> Self {
        Self {
            pending: VecDeque::new(),
            bound_ms: i64::MIN,
            floor_ms: i64::MIN,
        }
    }

    fn take(&mut self, mut rows: RowBatch) {
        let floor_ms = self.floor_ms;
        if rows.rowtimes.first().is_some_and(|first| *first < floor_ms) {
            rows.rowtimes = rows.rowtimes.iter().map(|t| (*t).max(floor_ms)).collect();
        }
        self.pending.push_back(rows);
    }
}

/// Takes the rows below the bound out of the writers and merges them.
fn merge<'w>(writers: impl Iterator<Item = &'w mut Writer>, bound_ms: i64) -> Vec<RowBatch> {
    let mut ready: Vec<(usize, RowBatch)> = Vec::new();
    for (number, writer) in writers.enumerate() {
        while let Some(batch) = writer.pending.pop_front() {
            let below = if bound_ms == i64::MAX {
                batch.len()
            } else {
                batch.rowtimes.partition_point(|&t| t < bound_ms)
            };
            if below > 0 {
                ready.push((number, batch.slice(0, below)));
            }
            if below < batch.len() {
                writer.pending.push_front(batch.slice(below, batch.len() - below));
                break;
            }
        }
    }
    if ready.len() <= 1 {
        return ready.into_iter().map(|(_, b)| b).collect();
    }
    // (ROWTIME, not a closing, writer, batch, row): batches of one writer stand in its order.
    let mut order: Vec<(i64, bool, usize, usize, usize)> = Vec::new();
    for (number, (writer, batch)) in ready.iter().enumerate() {
        for row in 0..batch.len() {
            order.push((batch.rowtimes[row], !batch.closing, *writer, number, row));
        }
    }
    order.sort_unstable();
    interleave(&ready, &order)
}

fn interleave(ready: &[(usize, RowBatch)], order: &[(i64, bool, usize, usize, usize)]) -> Vec<RowBatch> {
    let places: Vec<(usize, usize)> = order.iter().map(|o| (o.3, o.4)).collect();
    let rowtimes: Vec<i64> = order.iter().map(|o| o.0).collect();
    let width = ready.first().map_or(0, |(_, b)| b.columns.len());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(width);
    for i in 0..width {
        let parts: Vec<&dyn arrow::array::Array> = ready.iter().map(|(_, b)| b.columns[i].as_ref()).collect();
        match arrow::compute::interleave(&parts, &places) {
            Ok(column) => columns.push(column),
            // The columns of one stream have one type; if arrow refuses them still, the rows go one by one.
            Err(_) => return order.iter().map(|o| ready[o.3].1.slice(o.4, 1)).collect(),
        }
    }
    vec![RowBatch::new(rowtimes.into(), columns, 0, false)]
}
