//! Sources and sinks of a session that do as they are told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, Int32Array, NullArray};
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::datetime::timestamp_text;
use rowtime_engine::pipeline::run::{Observer, Progress};
use rowtime_engine::pipeline::{
    OutsideError, Poll, RecordError, Sink, SinkId, SinkRows, Split, SplitBatch, TableLoad, TableSource,
};
use rowtime_engine::row_error::ErrorName;
use rowtime_engine::row_text::write_json_row;

/// What a live split has for whoever asks.
#[derive(Default)]
pub struct Said {
    waiting: VecDeque<Result<SplitBatch, OutsideError>>,
    ended: bool,
    /// How often it was asked, and for how many rows at most.
    pub asked: usize,
    pub most_asked: usize,
}

/// A live split of one INTEGER column, and what it is told.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<Said>>);

impl Live {
    pub fn split(&self) -> Vec<Box<dyn Split>> {
        vec![Box::new(self.clone())]
    }

    fn with<R>(&self, f: impl FnOnce(&mut Said) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Rows of these (clock, number).
    pub fn say(&self, rows: &[(i64, i32)]) {
        let batch = batch(rows, true);
        self.with(|said| said.waiting.push_back(Ok(batch)));
    }

    /// Rows without a clock.
    pub fn say_without_clock(&self, numbers: &[i32]) {
        let rows: Vec<(i64, i32)> = numbers.iter().map(|n| (0, *n)).collect();
        let batch = batch(&rows, false);
        self.with(|said| said.waiting.push_back(Ok(batch)));
    }

    /// A record that is no row.
    pub fn say_rubbish(&self) {
        let error = RecordError {
            after_rows: 0,
            name: ErrorName::Parse,
            message: "rubbish".to_owned(),
            position: "live:0".to_owned(),
            raw: b"?".to_vec(),
            arrival_ms: None,
        };
        let batch = SplitBatch {
            errors: vec![error],
            documents: 1,
            ..SplitBatch::default()
        };
        self.with(|said| said.waiting.push_back(Ok(batch)));
    }

    pub fn fail(&self) {
        self.with(|said| said.waiting.push_back(Err(outside("the pipe broke"))));
    }

    pub fn end(&self) {
        self.with(|said| said.ended = true);
    }

    pub fn asked(&self) -> usize {
        self.with(|said| said.asked)
    }

    pub fn most_asked(&self) -> usize {
        self.with(|said| said.most_asked)
    }

    /// How many hold it: the test, and a session.
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

/// Rows of a stream of one INTEGER column and what lies behind it.
pub fn batch(rows: &[(i64, i32)], with_clock: bool) -> SplitBatch {
    let mut columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.1)))];
    columns.extend((0..4).map(|_| Arc::new(NullArray::new(rows.len())) as ArrayRef));
    SplitBatch {
        columns,
        rows: rows.len(),
        arrivals_ms: with_clock.then(|| rows.iter().map(|r| r.0).collect()),
        documents: rows.len() as u64,
        decoded: rows.len() as u64,
        ..SplitBatch::default()
    }
}

pub fn outside(message: &str) -> OutsideError {
    OutsideError {
        place: "outside".to_owned(),
        message: message.to_owned(),
    }
}

impl Split for Live {
    fn name(&self) -> &str {
        "live"
    }

    fn is_live(&self) -> bool {
        true
    }

    fn next(&mut self, _rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        Err(outside("a session must not wait"))
    }

    fn poll(&mut self, rows_max: usize) -> Result<Poll, OutsideError> {
        self.with(|said| {
            said.asked += 1;
            said.most_asked = said.most_asked.max(rows_max);
            match said.waiting.pop_front() {
                Some(Ok(batch)) => Ok(Poll::Rows(batch)),
                Some(Err(why)) => Err(why),
                None if said.ended => Ok(Poll::Ended),
                None => Ok(Poll::Nothing),
            }
        })
    }
}

/// A table that holds one load.
pub struct Table(pub &'static str, pub Option<Result<TableLoad, OutsideError>>);

impl TableSource for Table {
    fn name(&self) -> &str {
        self.0
    }

    fn take_new(&mut self) -> Option<Result<TableLoad, OutsideError>> {
        self.1.take()
    }
}

/// Rows as `ROWTIME {row}` lines, until it fails.
#[derive(Clone, Default)]
pub struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    /// Fails at the row of this number.
    pub fails_at: Option<u64>,
}

impl Lines {
    pub fn failing_at(row: u64) -> Self {
        Self {
            fails_at: Some(row),
            ..Self::default()
        }
    }

    pub fn boxed(&self) -> Box<dyn Sink> {
        Box::new(self.clone())
    }

    /// What was written since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Lines {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        for (row, &rowtime) in rows.rowtimes.iter().enumerate() {
            if self
                .fails_at
                .is_some_and(|at| at <= rows.first_ordinal + row as u64)
            {
                return Err(outside("the disk is full"));
            }
            let time = timestamp_text(rowtime);
            let mut line = format!("{} ", &time[14..]);
            write_json_row(&mut line, rows.fields, rows.columns, row);
            self.lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push("closed".to_owned());
        Ok(())
    }
}

/// What an observer was told.
#[derive(Default)]
pub struct Told {
    pub notes: Vec<String>,
    pub errors: Vec<String>,
    pub progress: Progress,
}

impl Observer for Told {
    fn step(&mut self, progress: &Progress) {
        self.progress = progress.clone();
    }

    fn errors(&mut self, rows: &[ErrorRow]) {
        for row in rows {
            let time = timestamp_text(row.rowtime_ms);
            self.errors
                .push(format!("{} {} {}", &time[14..], row.name, row.message));
        }
    }

    fn not_reloaded(&mut self, why: &OutsideError) {
        self.notes.push(format!("not reloaded: {why}"));
    }

    fn source_ended(&mut self, stream: &str) {
        self.notes.push(format!("source of {stream} ended"));
    }

    fn source_failed(&mut self, stream: &str, why: &OutsideError) {
        self.notes.push(format!("source of {stream} failed: {why}"));
    }

    fn table_failed(&mut self, table: &str, why: &OutsideError) {
        self.notes.push(format!("table {table} failed: {why}"));
    }

    fn sink_failed(&mut self, _sink: SinkId, stream: &str, why: &OutsideError) {
        self.notes.push(format!("sink of {stream} failed: {why}"));
    }
}
