//! Many splits become one sequence of rows with ROWTIME (R3, `decisions.md` 16 and 20).
//!
//! A split's clock is its own running maximum; the merge takes the least (clock, split order, position). A split
//! without a clock stands at the start of the run, so such splits are read one after another. A split is opened
//! when the merge reaches its lower bound and dropped at its end, so that a long history needs few open at once.
//! ROWTIME is the arrival clock, raised where needed so that the merged sequence never goes back; raised rows are
//! counted.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

use self::columns::{fill_arrival, join_runs};
use self::early::EarlyErrors;
use super::run::{Progress, RunOptions, SourceBinding};
use super::{LowerBound, OutsideError, RecordError, Split, SplitBatch};
use crate::dataflow::StreamRows;
use crate::dataflow::errors::ErrorRow;
use crate::plan::{Application, SYSTEM_COLUMNS, StreamId};

mod columns;
mod early;

/// Least rows asked of a split at once, however many splits share a step.
const SPLIT_ROWS_MIN: usize = 256;

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
    /// (clock, order) of every cursor that has a row, and (lower bound, order) of every one still to be opened.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    /// Cursors that are open.
    open: usize,
    streams: Vec<StreamState>,
    now_ms: i64,
    batch_rows: usize,
    max_open: usize,
    /// A live cursor that is used up: it is asked for more once its rows have left.
    pending: Option<usize>,
    /// What ended the run, told behind the rows that came before it.
    failed: Option<OutsideError>,
    /// Counted as it goes.
    pub progress: Progress,
}

struct Cursor {
    stream: StreamId,
    split: Reading,
    batch: Arc<SplitBatch>,
    row: usize,
    /// Errors of `batch` that have been taken.
    errors_taken: usize,
    /// Running maximum of the arrival clock.
    clock_ms: i64,
}

/// How far the reading of a split is.
enum Reading {
    Waiting(Box<dyn Split>),
    Open(Box<dyn Split>),
    Ended,
}

struct StreamState {
    last_ms: Option<i64>,
    early: EarlyErrors,
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
                last_ms: None,
                early: EarlyErrors::default(),
                arrival_column: (s.declared..s.fields.len())
                    .find(|&i| s.fields[i].name == SYSTEM_COLUMNS[0].0 && read.contains(&(id, i))),
            })
            .collect();
        let bytes_total = sources.iter().map(|s| s.bytes_total).sum::<Option<u64>>();
        let mut cursors = Vec::new();
        let mut heads = BinaryHeap::new();
        for source in sources {
            for split in source.splits {
                let stands_at_ms = match split.lower_bound() {
                    LowerBound::Unknown => i64::MIN,
                    LowerBound::At(clock_ms) => clock_ms,
                    LowerBound::NoClock => options.now_ms,
                };
                heads.push(Reverse((stands_at_ms, cursors.len())));
                cursors.push(Cursor {
                    stream: source.stream,
                    split: Reading::Waiting(split),
                    batch: Arc::default(),
                    row: 0,
                    errors_taken: 0,
                    clock_ms: i64::MIN,
                });
            }
        }
        Self {
            cursors,
            heads,
            open: 0,
            streams,
            now_ms: options.now_ms,
            batch_rows: options.batch_rows.max(1),
            max_open: options.max_open.max(1),
            pending: None,
            failed: None,
            progress: Progress {
                bytes_total,
                ..Progress::default()
            },
        }
    }

    /// Takes at most so many rows a step from now on.
    pub fn set_batch_rows(&mut self, batch_rows: usize) {
        self.batch_rows = batch_rows.max(1);
    }

    /// The next rows in merged order, at most `batch_rows`; `None` when every split has ended. What came before a
    /// failure is given before the failure.
    pub fn gather(&mut self) -> Result<Option<Gathered>, OutsideError> {
        let mut errors = Vec::new();
        let mut runs: Vec<Run> = Vec::new();
        let mut rowtimes: Vec<Vec<i64>> = vec![Vec::new(); self.streams.len()];
        let mut rows = 0;
        if let Some(order) = self.pending.take() {
            self.failed = self.refill(order, &mut errors).err();
        }
        while rows < self.batch_rows && self.failed.is_none() && self.pending.is_none() {
            let Some(Reverse((_, order))) = self.heads.pop() else {
                break;
            };
            let advanced = if let Reading::Waiting(_) = self.cursors[order].split {
                self.open(order, &mut errors)
            } else {
                let limit = self.heads.peek().map(|Reverse(next)| *next);
                let taken = self.take_run(order, limit, self.batch_rows - rows, &mut rowtimes, &mut errors);
                rows += taken.len;
                runs.push(taken);
                self.after_row(order, &mut errors)
            };
            self.failed = advanced.err();
        }
        if rows == 0 && errors.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        self.progress.rows += rows as u64;
        let gathered = Gathered {
            rows: self.assemble(runs, rowtimes)?,
            errors,
        };
        Ok(Some(gathered))
    }

    /// Opens a split, which the merge has reached.
    fn open(&mut self, order: usize, errors: &mut Vec<ErrorRow>) -> Result<(), OutsideError> {
        let cursor = &mut self.cursors[order];
        cursor.split = match std::mem::replace(&mut cursor.split, Reading::Ended) {
            Reading::Waiting(split) if self.open >= self.max_open => {
                return Err(OutsideError {
                    place: split.name().to_owned(),
                    message: too_many(self.open + 1, self.max_open),
                });
            }
            Reading::Waiting(split) | Reading::Open(split) => Reading::Open(split),
            Reading::Ended => return Ok(()),
        };
        self.open += 1;
        self.refill(order, errors)
    }

    /// After the rows up to the cursor's position were taken: errors that stand there, and a new batch when the
    /// old one is used up.
    fn after_row(&mut self, order: usize, errors: &mut Vec<ErrorRow>) -> Result<(), OutsideError> {
        if self.cursors[order].row < self.cursors[order].batch.rows {
            self.take_errors(order, errors);
            self.push_head(order);
            return Ok(());
        }
        if self.is_live(order) {
            self.take_errors(order, errors);
            self.pending = Some(order);
            return Ok(());
        }
        self.refill(order, errors)
    }

    fn is_live(&self, order: usize) -> bool {
        matches!(&self.cursors[order].split, Reading::Open(split) if split.is_live())
    }

    /// Reads batches until one has a row; a split that has none left is dropped.
    fn refill(&mut self, order: usize, errors: &mut Vec<ErrorRow>) -> Result<(), OutsideError> {
        let rows_max = (self.batch_rows / self.open.max(1)).max(SPLIT_ROWS_MIN.min(self.batch_rows));
        loop {
            self.take_errors(order, errors);
            let cursor = &mut self.cursors[order];
            let next = match &mut cursor.split {
                Reading::Open(split) => split.next(rows_max)?,
                Reading::Waiting(_) | Reading::Ended => None,
            };
            cursor.row = 0;
            cursor.errors_taken = 0;
            let Some(batch) = next else {
                cursor.batch = Arc::default();
                cursor.split = Reading::Ended;
                self.open -= 1;
                return Ok(());
            };
            self.progress.bytes += batch.bytes;
            self.progress.documents += batch.documents;
            self.progress.decoded += batch.decoded;
            self.progress.error_documents += batch.documents - batch.decoded;
            cursor.batch = Arc::new(batch);
            self.take_errors(order, errors);
            if self.cursors[order].batch.rows > 0 {
                self.push_head(order);
                return Ok(());
            }
            if !errors.is_empty() && self.is_live(order) {
                self.pending = Some(order);
                return Ok(());
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
        errors: &mut Vec<ErrorRow>,
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
            if state.last_ms.is_none() {
                state.last_ms = Some(last);
                let early = state.early.take();
                errors.extend(early.into_iter().map(|e| error_row(e, Some(last), now_ms)));
            }
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
        let cursor = &mut self.cursors[order];
        let state = &mut self.streams[cursor.stream];
        while let Some(error) = cursor.batch.errors.get(cursor.errors_taken)
            && error.after_rows <= cursor.row
        {
            cursor.errors_taken += 1;
            let error = error.clone();
            if state.last_ms.is_some() || error.arrival_ms.is_some() {
                errors.push(error_row(error, state.last_ms, self.now_ms));
            } else {
                let given_up = state.early.push(error).into_iter();
                errors.extend(given_up.map(|e| error_row(e, None, self.now_ms)));
            }
        }
    }

    /// Errors that no row ever gave a ROWTIME.
    pub fn take_last_errors(&mut self) -> Vec<ErrorRow> {
        let now_ms = self.now_ms;
        let early = self.streams.iter_mut().flat_map(|s| s.early.take());
        early.map(|e| error_row(e, None, now_ms)).collect()
    }

    /// One batch a stream out of the runs.
    fn assemble(&self, runs: Vec<Run>, rowtimes: Vec<Vec<i64>>) -> Result<Vec<StreamRows>, OutsideError> {
        let mut by_stream: Vec<Vec<Run>> = (0..self.streams.len()).map(|_| Vec::new()).collect();
        for run in runs {
            by_stream[run.stream].push(run);
        }
        let mut rows = Vec::new();
        for ((stream, runs), rowtimes) in by_stream.into_iter().enumerate().zip(rowtimes) {
            if runs.is_empty() {
                continue;
            }
            let mut columns = join_runs(&runs).map_err(|e| OutsideError {
                place: "merging splits".to_owned(),
                message: format!("{e}; this is a fault of rowtime, please report it"),
            })?;
            if let Some(i) = self.streams[stream].arrival_column {
                columns[i] = fill_arrival(&columns[i], &rowtimes);
            }
            rows.push(StreamRows {
                stream,
                rowtimes: rowtimes.into(),
                columns,
            });
        }
        Ok(rows)
    }
}

/// An error of a record as a row of `error_stream`, at the ROWTIME that the record would have had.
fn error_row(error: RecordError, last_ms: Option<i64>, now_ms: i64) -> ErrorRow {
    let rowtime_ms = last_ms.max(error.arrival_ms).unwrap_or(now_ms);
    ErrorRow::new(
        rowtime_ms,
        error.name,
        &error.message,
        Some(&error.position),
        error.raw,
        None,
    )
}

/// What is said when more splits overlap than may be open.
fn too_many(needed: usize, max_open: usize) -> String {
    format!(
        "at least {needed} files overlap by their arrival clock and would have to be open at once, and --max-open is \
         {max_open}; raise it, or merge the files"
    )
}

/// The (stream, column) pairs that a plan reads.
fn scanned(plan: &crate::plan::Plan) -> Vec<(StreamId, usize)> {
    if let crate::plan::Plan::Scan { stream, columns, .. } = plan {
        return columns.iter().map(|&c| (*stream, c)).collect();
    }
    plan.inputs().into_iter().flat_map(scanned).collect()
}
