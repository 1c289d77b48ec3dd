//! Many splits become one sequence of rows with ROWTIME (R3, `decisions.md` 16 and 20).
//!
//! A split's clock is its own running maximum; the merge takes the least (clock, split order, position). A split
//! without a clock stands at the start of the run, so such splits are read one after another. ROWTIME is the
//! arrival clock, raised where needed so that the merged sequence never goes back; raised rows are counted.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMillisecondArray};
use arrow::datatypes::TimestampMillisecondType;

use super::run::{Progress, RunOptions, SourceBinding};
use super::{OutsideError, RecordError, Split, SplitBatch};
use crate::dataflow::StreamRows;
use crate::dataflow::errors::ErrorRow;
use crate::plan::{Application, SYSTEM_COLUMNS, StreamId};

/// Least rows asked of a split at once, however many splits share a step.
const SPLIT_ROWS_MIN: usize = 256;
/// Errors of records kept until the first row gives them a ROWTIME.
const EARLY_ERRORS_MAX: usize = 100_000;

/// What one step takes in.
#[derive(Default)]
pub struct Gathered {
    /// At most one entry a stream.
    pub rows: Vec<StreamRows>,
    /// Records that did not become rows.
    pub errors: Vec<ErrorRow>,
}

/// The merge of all splits of all sources.
pub struct Merge {
    cursors: Vec<Cursor>,
    /// Splits of sources without a clock, waiting for the one before them.
    waiting: VecDeque<Waiting>,
    /// (clock, order) of every cursor that has a row.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    streams: Vec<StreamState>,
    now_ms: i64,
    batch_rows: usize,
    max_open: usize,
    /// Errors that came before the first row of their stream.
    early: Vec<(StreamId, RecordError)>,
    /// Counted as it goes.
    pub progress: Progress,
}

struct Waiting {
    stream: StreamId,
    splits: VecDeque<Box<dyn Split>>,
}

struct Cursor {
    stream: StreamId,
    split: Box<dyn Split>,
    batch: Arc<SplitBatch>,
    row: usize,
    /// Errors of `batch` that have been taken.
    errors_taken: usize,
    /// Running maximum of the arrival clock.
    clock_ms: i64,
    /// The source's splits that wait for this one to end.
    then: Option<usize>,
}

struct StreamState {
    /// ROWTIME of its first row, once there is one, and of its last.
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    /// Position of APPROXIMATE_ARRIVAL_TIME where it is a system column that is read.
    arrival_column: Option<usize>,
}

/// Rows of one split's batch that stand together in the merged sequence.
struct Run {
    stream: StreamId,
    batch: Arc<SplitBatch>,
    start: usize,
    len: usize,
}

impl Merge {
    /// Prepares the sources; nothing is read yet.
    pub fn new(app: &Application, sources: Vec<SourceBinding>, options: &RunOptions) -> Self {
        let read: BTreeSet<(StreamId, usize)> = app.pumps.iter().flat_map(|p| scanned(&p.plan)).collect();
        let streams = app
            .streams
            .iter()
            .enumerate()
            .map(|(id, s)| StreamState {
                first_ms: None,
                last_ms: None,
                arrival_column: (s.declared..s.fields.len())
                    .find(|&i| s.fields[i].name == SYSTEM_COLUMNS[0].0 && read.contains(&(id, i))),
            })
            .collect();
        let bytes_total = sources.iter().map(|s| s.bytes_total).sum::<Option<u64>>();
        Self {
            cursors: Vec::new(),
            waiting: sources
                .into_iter()
                .map(|s| Waiting {
                    stream: s.stream,
                    splits: s.splits.into(),
                })
                .collect(),
            heads: BinaryHeap::new(),
            streams,
            now_ms: options.now_ms,
            batch_rows: options.batch_rows.max(1),
            max_open: options.max_open.max(1),
            early: Vec::new(),
            progress: Progress {
                bytes_total,
                ..Progress::default()
            },
        }
    }

    /// The next rows in merged order, at most `batch_rows`; `None` when every split has ended.
    pub fn gather(&mut self) -> Result<Option<Gathered>, OutsideError> {
        let mut errors = Vec::new();
        if self.cursors.is_empty() {
            for source in 0..self.waiting.len() {
                self.open_source(source, &mut errors)?;
            }
        }
        let mut runs: Vec<Run> = Vec::new();
        let mut rowtimes: Vec<Vec<i64>> = vec![Vec::new(); self.streams.len()];
        let mut rows = 0;
        while rows < self.batch_rows {
            let Some(Reverse((_, order))) = self.heads.pop() else {
                break;
            };
            let limit = self.heads.peek().map(|Reverse(next)| *next);
            let taken = self.take_run(order, limit, self.batch_rows - rows, &mut rowtimes);
            rows += taken.len;
            runs.push(taken);
            self.after_row(order, &mut errors)?;
        }
        if rows == 0 && errors.is_empty() {
            return Ok(None);
        }
        self.progress.rows += rows as u64;
        // Before the bound of these rows lets later errors out.
        self.settle_early(&mut errors, false);
        let gathered = Gathered {
            rows: self.assemble(runs, rowtimes),
            errors,
        };
        Ok(Some(gathered))
    }

    /// Opens the splits of a source: the first one alone, and the others too if it has a clock.
    fn open_source(&mut self, source: usize, errors: &mut Vec<ErrorRow>) -> Result<(), OutsideError> {
        let total = self.waiting[source].splits.len();
        while let Some(split) = self.waiting[source].splits.pop_front() {
            let stream = self.waiting[source].stream;
            let order = self.cursors.len();
            self.cursors.push(Cursor {
                stream,
                split,
                batch: Arc::default(),
                row: 0,
                errors_taken: 0,
                clock_ms: i64::MIN,
                then: Some(source),
            });
            let has_row = self.refill(order, errors)?;
            if has_row && self.cursors[order].batch.arrivals_ms.is_none() {
                break;
            }
            if total > self.max_open {
                return Err(OutsideError {
                    place: self.cursors[order].split.name().to_owned(),
                    message: format!(
                        "{total} files with an arrival clock would have to be open at once, and --max-open is {}; \
                         raise it, or merge the files",
                        self.max_open
                    ),
                });
            }
        }
        Ok(())
    }

    /// After the rows up to the cursor's position were taken: errors that stand there, and a new batch when the
    /// old one is used up.
    fn after_row(&mut self, order: usize, errors: &mut Vec<ErrorRow>) -> Result<(), OutsideError> {
        if self.cursors[order].row < self.cursors[order].batch.rows {
            self.take_errors(order, errors);
            self.push_head(order);
            return Ok(());
        }
        if !self.refill(order, errors)?
            && let Some(source) = self.cursors[order].then.take()
        {
            self.open_source(source, errors)?;
        }
        Ok(())
    }

    /// Reads batches until one has a row. Returns whether one had.
    fn refill(&mut self, order: usize, errors: &mut Vec<ErrorRow>) -> Result<bool, OutsideError> {
        let open = self.cursors.len().max(1);
        let rows_max = (self.batch_rows / open).max(SPLIT_ROWS_MIN.min(self.batch_rows));
        loop {
            self.take_errors(order, errors);
            let cursor = &mut self.cursors[order];
            let Some(batch) = cursor.split.next(rows_max)? else {
                cursor.batch = Arc::default();
                cursor.row = 0;
                cursor.errors_taken = 0;
                return Ok(false);
            };
            self.progress.bytes += batch.bytes;
            self.progress.documents += batch.documents;
            self.progress.decoded += batch.decoded;
            self.progress.error_documents += batch.documents - batch.decoded;
            cursor.batch = Arc::new(batch);
            cursor.row = 0;
            cursor.errors_taken = 0;
            self.take_errors(order, errors);
            if self.cursors[order].batch.rows > 0 {
                self.push_head(order);
                return Ok(true);
            }
        }
    }

    fn push_head(&mut self, order: usize) {
        let cursor = &self.cursors[order];
        let clock = self.clock_at(cursor, cursor.row);
        self.heads.push(Reverse((clock, order)));
    }

    fn clock_at(&self, cursor: &Cursor, row: usize) -> i64 {
        match &cursor.batch.arrivals_ms {
            Some(arrivals) => arrivals[row].max(cursor.clock_ms),
            None => self.now_ms.max(cursor.clock_ms),
        }
    }

    /// Takes rows of one cursor as long as they stand before `limit`, and up to the next error of a record.
    fn take_run(
        &mut self,
        order: usize,
        limit: Option<(i64, usize)>,
        rows_max: usize,
        rowtimes: &mut [Vec<i64>],
    ) -> Run {
        let now_ms = self.now_ms;
        let cursor = &mut self.cursors[order];
        let start = cursor.row;
        let next_error = cursor.batch.errors.get(cursor.errors_taken).map(|e| e.after_rows);
        let end = cursor
            .batch
            .rows
            .min(start + rows_max)
            .min(next_error.unwrap_or(usize::MAX).max(start + 1));
        let state = &mut self.streams[cursor.stream];
        let mut last = state.last_ms.unwrap_or(i64::MIN);
        let out = &mut rowtimes[cursor.stream];
        while cursor.row < end {
            let arrival = cursor
                .batch
                .arrivals_ms
                .as_ref()
                .map_or(now_ms, |a| a[cursor.row]);
            let clock = arrival.max(cursor.clock_ms);
            if cursor.row > start && limit.is_some_and(|limit| (clock, order) > limit) {
                break;
            }
            cursor.clock_ms = clock;
            if clock > arrival || last > clock {
                self.progress.rows_raised += 1;
            }
            last = last.max(clock);
            state.first_ms.get_or_insert(last);
            out.push(last);
            cursor.row += 1;
        }
        state.last_ms = Some(last);
        self.progress.bound_ms = self.progress.bound_ms.max(Some(last));
        Run {
            stream: cursor.stream,
            batch: Arc::clone(&cursor.batch),
            start,
            len: cursor.row - start,
        }
    }

    /// Takes the errors that stand at the cursor's position.
    fn take_errors(&mut self, order: usize, errors: &mut Vec<ErrorRow>) {
        self.settle_early(errors, false);
        let cursor = &mut self.cursors[order];
        let batch = Arc::clone(&cursor.batch);
        while let Some(error) = batch.errors.get(cursor.errors_taken)
            && error.after_rows <= cursor.row
        {
            cursor.errors_taken += 1;
            match self.streams[cursor.stream].last_ms {
                Some(last) => {
                    let rowtime_ms = error.arrival_ms.map_or(last, |arrival| arrival.max(last));
                    errors.push(error_row(error, rowtime_ms));
                }
                None => self.early.push((cursor.stream, error.clone())),
            }
        }
        self.settle_early(errors, false);
    }

    /// Gives errors that came before the first row of their stream the ROWTIME of that row, once there is one.
    fn settle_early(&mut self, errors: &mut Vec<ErrorRow>, at_end: bool) {
        if self.early.is_empty() {
            return;
        }
        let all = at_end || self.early.len() > EARLY_ERRORS_MAX;
        let now_ms = self.now_ms;
        let streams = &self.streams;
        self.early.retain(|(stream, error)| {
            let known = error.arrival_ms.or(streams[*stream].first_ms);
            let Some(rowtime_ms) = known.or(all.then_some(now_ms)) else {
                return true;
            };
            errors.push(error_row(error, rowtime_ms));
            false
        });
    }

    /// Errors that no row ever gave a ROWTIME.
    pub fn take_last_errors(&mut self) -> Vec<ErrorRow> {
        let mut errors = Vec::new();
        self.settle_early(&mut errors, true);
        errors
    }

    /// One batch a stream out of the runs.
    fn assemble(&self, runs: Vec<Run>, rowtimes: Vec<Vec<i64>>) -> Vec<StreamRows> {
        let mut by_stream: Vec<Vec<Run>> = (0..self.streams.len()).map(|_| Vec::new()).collect();
        for run in runs {
            by_stream[run.stream].push(run);
        }
        let mut rows = Vec::new();
        for ((stream, runs), rowtimes) in by_stream.into_iter().enumerate().zip(rowtimes) {
            if runs.is_empty() {
                continue;
            }
            let mut columns = join_runs(&runs);
            if let Some(i) = self.streams[stream].arrival_column {
                columns[i] = fill_arrival(&columns[i], &rowtimes);
            }
            rows.push(StreamRows {
                stream,
                rowtimes: rowtimes.into(),
                columns,
            });
        }
        rows
    }
}

fn error_row(error: &RecordError, rowtime_ms: i64) -> ErrorRow {
    ErrorRow {
        rowtime_ms,
        name: error.name,
        message: format!("{} at {}", error.message, error.position),
        data_rowtime_ms: rowtime_ms,
        data_row: error.raw.clone(),
        pump: None,
    }
}

/// The columns of the runs one after another; a single run is a slice of its batch.
fn join_runs(runs: &[Run]) -> Vec<ArrayRef> {
    if let [run] = runs {
        return run
            .batch
            .columns
            .iter()
            .map(|c| c.slice(run.start, run.len))
            .collect();
    }
    let mut batches: Vec<&Arc<SplitBatch>> = Vec::new();
    let mut places = Vec::new();
    for run in runs {
        let number = match batches.iter().position(|b| Arc::ptr_eq(b, &run.batch)) {
            Some(number) => number,
            None => {
                batches.push(&run.batch);
                batches.len() - 1
            }
        };
        places.extend((run.start..run.start + run.len).map(|row| (number, row)));
    }
    let width = batches.first().map_or(0, |b| b.columns.len());
    (0..width)
        .map(|i| {
            let parts: Vec<&dyn Array> = batches.iter().map(|b| b.columns[i].as_ref()).collect();
            // Splits of one stream have the types of its fields; if one breaks that, its values are lost to NULL
            // rather than the run to a panic.
            arrow::compute::interleave(&parts, &places)
                .unwrap_or_else(|_| arrow::array::new_null_array(parts[0].data_type(), places.len()))
        })
        .collect()
}

/// APPROXIMATE_ARRIVAL_TIME of a source that has none of its own: the arrival clock.
fn fill_arrival(column: &ArrayRef, rowtimes: &[i64]) -> ArrayRef {
    let given = column.as_primitive_opt::<TimestampMillisecondType>();
    Arc::new(TimestampMillisecondArray::from_iter_values(
        rowtimes.iter().enumerate().map(|(row, &rowtime)| match given {
            Some(given) if given.is_valid(row) => given.value(row),
            _ => rowtime,
        }),
    ))
}

/// The (stream, column) pairs that a plan reads.
fn scanned(plan: &crate::plan::Plan) -> Vec<(StreamId, usize)> {
    if let crate::plan::Plan::Scan { stream, columns, .. } = plan {
        return columns.iter().map(|&c| (*stream, c)).collect();
    }
    plan.inputs().into_iter().flat_map(scanned).collect()
}
