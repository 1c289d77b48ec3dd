//! An in-application stream during a run: its writers, merged by ROWTIME when there are several.
//!
//! Order within a stream (R2): ROWTIME, then closings before new rows, then writers in order of declaration
//! (a source first), then the writer's own order. Rows at the bound itself are held until it passes, because
//! another writer may still have a row there. A stream with one writer hands rows on as they come.

use std::collections::VecDeque;

use arrow::array::ArrayRef;

use crate::plan::{Application, StreamId};
use crate::rows::RowBatch;

/// One stream.
pub struct RunningStream {
    /// A source writes it, as writer 0.
    has_source: bool,
    pub(super) writers: Vec<Writer>,
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
}

impl RunningStream {
    /// The stream of an application, with a writer for its source and for every pump that targets it.
    pub fn new(id: StreamId, app: &Application) -> Self {
        let pumps = app.pumps.iter().filter(|p| p.target == id).count();
        let has_source = pumps == 0 || app.streams[id].is_external;
        let writers = (0..pumps + usize::from(has_source))
            .map(|_| Writer {
                pending: VecDeque::new(),
                bound_ms: i64::MIN,
            })
            .collect();
        Self {
            has_source,
            writers,
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
        if self.has_source {
            self.writers[0].bound_ms = source_bound_ms;
        }
    }

    /// Whether a pump writes it.
    pub fn is_written(&self) -> bool {
        self.writers.len() > usize::from(self.has_source)
    }

    /// Takes rows from outside.
    pub fn take_source(&mut self, rows: RowBatch) {
        if self.has_source {
            self.writers[0].pending.push_back(rows);
        }
    }

    /// Takes what a pump wrote in this step, and its bound.
    pub fn take_writer(&mut self, writer: usize, batches: Vec<RowBatch>, bound_ms: i64) {
        let writer = &mut self.writers[writer];
        writer
            .pending
            .extend(batches.into_iter().filter(|b| !b.is_empty()));
        writer.bound_ms = bound_ms;
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
        let pending = self.writers.iter().flat_map(|w| &w.pending);
        pending.map(RowBatch::len).sum()
    }

    /// Decides what this step adds. Every writer has been heard.
    pub fn settle(&mut self) {
        if self.settled.is_none() {
            let least = self.writers.iter().map(|w| w.bound_ms).min().unwrap_or(i64::MIN);
            self.bound_ms = self.bound_ms.max(least);
            let rows = match self.writers.as_mut_slice() {
                [only] => only.pending.drain(..).collect(),
                several => merge(several, self.bound_ms),
            };
            self.settled = Some(rows);
        }
    }

    /// The rows that this step adds, in stream order, once settled.
    pub fn gained(&self) -> &[RowBatch] {
        self.settled.as_deref().unwrap_or_default()
    }
}

/// Takes the rows below the bound out of the writers and merges them.
fn merge(writers: &mut [Writer], bound_ms: i64) -> Vec<RowBatch> {
    let mut ready: Vec<(usize, RowBatch)> = Vec::new();
    for (number, writer) in writers.iter_mut().enumerate() {
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
