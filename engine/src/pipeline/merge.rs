//! Many splits become one sequence of rows with ROWTIME (R3, `decisions.md` 16 and 20).
//!
//! A split's clock is its own running maximum; the merge takes the least (clock, split order, position). A split
//! without a clock stands at the start of the run, so such splits are read one after another. A split is opened
//! when the merge reaches its lower bound and dropped at its end, so that a long history needs few open at once.
//! ROWTIME is the arrival clock, raised where needed so that the merged sequence never goes back; raised rows are
//! counted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use self::columns::{fill_arrival, join_runs};
use self::cursor::{Cursor, Reading, Run};
use self::early::EarlyErrors;
use super::run::Progress;
use super::{OutsideError, Poll, RecordError, SplitBatch};
use crate::dataflow::StreamRows;
use crate::dataflow::errors::ErrorRow;
use crate::plan::{Field, StreamId};
use crate::rows::fit_columns;

mod columns;
mod cursor;
mod early;
pub mod sources;

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

/// A source that failed.
#[derive(Debug)]
pub struct SourceFailure {
    /// The stream that it feeds.
    pub stream: StreamId,
    /// What happened.
    pub why: OutsideError,
}

/// What is done about a live split that has no rows at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The others wait with it: nothing comes out of order.
    ForLive,
    /// The others go on; rows of it that come later stand where the others are then (`decisions.md` 14).
    ForNothing,
    /// The others stand still, and whoever asks is told so, until it is excused.
    Patiently,
}

/// The merge of all splits of all sources.
pub struct Merge {
    cursors: Vec<Cursor>,
    /// (clock, order) of every cursor that has a row, and (lower bound, order) of every one still to be opened.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    /// Cursors that are open.
    open: usize,
    streams: Vec<StreamState>,
    batch_rows: usize,
    max_open: usize,
    waiting: Waiting,
    /// A live cursor that is used up: it is asked for more once its rows have left.
    pending: Option<usize>,
    /// Cursors that had nothing when they were asked, where the merge does not wait for them.
    idle: Vec<usize>,
    /// What ended a source, told behind the rows that came before it.
    failed: Option<SourceFailure>,
    /// The clock of rows that have none, of a source that is asked now.
    now_ms: i64,
    /// No row is older: what is, stands here.
    floor_ms: i64,
    /// Counted as it goes.
    pub progress: Progress,
}

#[derive(Default)]
struct StreamState {
    fields: Vec<Field>,
    last_ms: Option<i64>,
    early: EarlyErrors,
    /// Position of APPROXIMATE_ARRIVAL_TIME where it is a system column that is read.
    arrival_column: Option<usize>,
    /// Nobody reads it, and so nobody reads its source.
    is_unread: bool,
}

impl Merge {
    /// No sources yet.
    pub fn new(batch_rows: usize, max_open: usize, waiting: Waiting) -> Self {
        Self {
            cursors: Vec::new(),
            heads: BinaryHeap::new(),
            open: 0,
            streams: Vec::new(),
            batch_rows: batch_rows.max(1),
            max_open: max_open.max(1),
            waiting,
            pending: None,
            idle: Vec::new(),
            failed: None,
            now_ms: i64::MIN,
            floor_ms: i64::MIN,
            progress: Progress {
                bytes_total: Some(0),
                ..Progress::default()
            },
        }
    }

    /// Takes at most so many rows a step from now on.
    pub fn set_batch_rows(&mut self, batch_rows: usize) {
        self.batch_rows = batch_rows.max(1);
    }

    /// The next rows in merged order, at most `batch_rows`; `None` when every split has ended, or has nothing now and
    /// is not waited for. What came before a failure is given before the failure.
    pub fn gather(&mut self) -> Result<Option<Gathered>, SourceFailure> {
        let mut errors = Vec::new();
        let mut runs: Vec<Run> = Vec::new();
        let mut rowtimes: Vec<Vec<i64>> = vec![Vec::new(); self.streams.len()];
        let mut rows = 0;
        let asked = std::mem::take(&mut self.idle);
        for order in self.pending.take().into_iter().chain(asked) {
            if self.failed.is_some() {
                self.idle.push(order);
            } else {
                let refilled = self.refill(order, &mut errors);
                self.note(order, refilled);
            }
        }
        while rows < self.batch_rows && self.failed.is_none() && self.pending.is_none() && !self.is_held() {
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
            self.note(order, advanced);
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

    /// Whether rows are at hand that wait for a live split.
    pub fn is_held(&self) -> bool {
        let holds = |order: &usize| self.cursors.get(*order).is_some_and(Cursor::holds_back);
        self.waiting == Waiting::Patiently && !self.heads.is_empty() && self.idle.iter().any(holds)
    }

    /// Lets the others go on without the live splits that have nothing now.
    pub fn excuse_idle(&mut self) {
        for order in &self.idle {
            if let Some(cursor) = self.cursors.get_mut(*order) {
                cursor.is_excused = true;
            }
        }
    }

    /// What is done from now on about a live split that has no rows at hand.
    pub fn set_waiting(&mut self, waiting: Waiting) {
        self.waiting = waiting;
    }

    fn note(&mut self, order: usize, outcome: Result<(), OutsideError>) {
        if let Err(why) = outcome {
            self.failed = Some(SourceFailure {
                stream: self.cursors[order].stream,
                why,
            });
        }
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
        if self.waiting == Waiting::ForLive && self.cursors[order].is_live() {
            self.take_errors(order, errors);
            self.pending = Some(order);
            return Ok(());
        }
        self.refill(order, errors)
    }

    /// Reads batches until one has a row; a split that has none left is dropped.
    fn refill(&mut self, order: usize, errors: &mut Vec<ErrorRow>) -> Result<(), OutsideError> {
        let rows_max = (self.batch_rows / self.open.max(1)).max(SPLIT_ROWS_MIN.min(self.batch_rows));
        loop {
            self.take_errors(order, errors);
            let cursor = &mut self.cursors[order];
            let polled = match (&mut cursor.split, self.waiting) {
                (Reading::Open(split), Waiting::ForNothing | Waiting::Patiently) => split.poll(rows_max)?,
                (Reading::Open(split), Waiting::ForLive) => {
                    split.next(rows_max)?.map_or(Poll::Ended, Poll::Rows)
                }
                (Reading::Waiting(_) | Reading::Ended, _) => Poll::Ended,
            };
            cursor.row = 0;
            cursor.errors_taken = 0;
            match polled {
                Poll::Rows(batch) => self.take_batch(order, batch, errors),
                Poll::Nothing => {
                    cursor.batch = Arc::default();
                    self.idle.push(order);
                    return Ok(());
                }
                Poll::Ended => {
                    cursor.batch = Arc::default();
                    cursor.split = Reading::Ended;
                    self.open -= 1;
                    return Ok(());
                }
            }
            if self.cursors[order].batch.rows > 0 {
                self.push_head(order);
                return Ok(());
            }
            if !errors.is_empty() && self.cursors[order].is_live() {
                match self.waiting {
                    Waiting::ForLive => self.pending = Some(order),
                    Waiting::ForNothing | Waiting::Patiently => self.idle.push(order),
                }
                return Ok(());
            }
        }
    }

    fn take_batch(&mut self, order: usize, mut batch: SplitBatch, errors: &mut Vec<ErrorRow>) {
        self.progress.bytes += batch.bytes;
        self.progress.documents += batch.documents;
        self.progress.decoded += batch.decoded;
        self.progress.error_documents += batch.documents - batch.decoded;
        let cursor = &mut self.cursors[order];
        if batch.rows > 0 {
            fit_columns(
                &mut batch.columns,
                batch.rows,
                &self.streams[cursor.stream].fields,
            );
            cursor.has_clock = batch.arrivals_ms.is_some();
            cursor.is_excused = false;
        }
        if self.waiting != Waiting::ForLive && cursor.is_live() {
            cursor.now_ms = cursor.now_ms.max(self.now_ms);
        }
        cursor.batch = Arc::new(batch);
        self.take_errors(order, errors);
    }

    fn push_head(&mut self, order: usize) {
        let cursor = &self.cursors[order];
        self.heads.push(Reverse((cursor.clock_at(cursor.row), order)));
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
        let cursor = &mut self.cursors[order];
        let start = cursor.row;
        let next_error = cursor.batch.errors.get(cursor.errors_taken).map(|e| e.after_rows);
        let end = cursor
            .batch
            .rows
            .min(start + rows_max)
            .min(next_error.unwrap_or(usize::MAX).max(start + 1));
        let state = &mut self.streams[cursor.stream];
        let mut last = state.last_ms.unwrap_or(i64::MIN).max(self.floor_ms);
        let out = &mut rowtimes[cursor.stream];
        while cursor.row < end {
            let arrival = cursor.arrival_at(cursor.row);
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
                errors.extend(early.into_iter().map(|e| error_row(e, Some(last), last)));
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
            let last_ms = state
                .last_ms
                .max((self.floor_ms > i64::MIN).then_some(self.floor_ms));
            if last_ms.is_some() || error.arrival_ms.is_some() {
                errors.push(error_row(error, last_ms, self.now_ms));
            } else {
                let given_up = state.early.push(error).into_iter();
                errors.extend(given_up.map(|e| error_row(e, None, self.now_ms)));
            }
        }
    }

    /// Errors that no row gave a ROWTIME.
    pub fn take_last_errors(&mut self) -> Vec<ErrorRow> {
        let now_ms = self.now_ms;
        let early = self.streams.iter_mut().flat_map(|s| s.early.take());
        early.map(|e| error_row(e, None, now_ms)).collect()
    }

    /// One batch a stream out of the runs.
    fn assemble(&self, runs: Vec<Run>, rowtimes: Vec<Vec<i64>>) -> Result<Vec<StreamRows>, SourceFailure> {
        let mut by_stream: Vec<Vec<Run>> = (0..self.streams.len()).map(|_| Vec::new()).collect();
        for run in runs {
            by_stream[run.stream].push(run);
        }
        let mut rows = Vec::new();
        for ((stream, runs), rowtimes) in by_stream.into_iter().enumerate().zip(rowtimes) {
            if runs.is_empty() {
                continue;
            }
            let mut columns = join_runs(&runs).map_err(|e| SourceFailure {
                stream,
                why: OutsideError {
                    place: "merging splits".to_owned(),
                    message: format!("{e}; this is a fault of rowtime, please report it"),
                },
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
