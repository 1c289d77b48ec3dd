//! The doors to the outside: what a source gives, what a sink takes (implemented in `connectors`).
//!
//! A reference table is read whole and enters with the first step; where it is reloaded, with a later one.
//!
//! A source is a list of splits (files, shards). A split gives decoded batches in its own order, with an
//! arrival clock where it has one; the pipeline merges splits by that clock (`decisions.md` 20), assigns
//! ROWTIME (R3), steps the dataflow and hands rows to sinks.

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;

use crate::dataflow::TableContents;
use crate::dataflow::errors::ErrorRow;
use crate::plan::Field;
use crate::row_error::ErrorName;

mod merge;
mod outlet;
pub mod run;
pub mod session;
pub mod step_size;
mod stepper;
pub mod tables;
pub mod typed_rows;

pub use outlet::SinkId;

/// A record that did not become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// How many rows of the same batch come before it.
    pub after_rows: usize,
    /// ERROR_NAME.
    pub name: ErrorName,
    /// What is wrong with it.
    pub message: String,
    /// Its position: `FILE:OFFSET`, `SHARD/SEQUENCE`, `BUCKET/KEY:OFFSET`.
    pub position: String,
    /// Its raw bytes, cut at [`crate::dataflow::errors::DATA_ROW_BYTES_MAX`].
    pub raw: Vec<u8>,
    /// Its arrival clock, if it got that far.
    pub arrival_ms: Option<i64>,
}

/// Decoded records of one split, in its order.
#[derive(Debug, Clone, Default)]
pub struct SplitBatch {
    /// All columns of the stream, in the order of its fields; a column that is not wanted is a null array.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub rows: usize,
    /// The arrival clock of every row; `None` when the split has no clock.
    pub arrivals_ms: Option<ScalarBuffer<i64>>,
    /// Records that did not become rows.
    pub errors: Vec<RecordError>,
    /// Documents read: rows' documents and error documents.
    pub documents: u64,
    /// Documents that became rows (one document may give several rows).
    pub decoded: u64,
    /// Bytes taken from the outside (compressed as they are there), for progress.
    pub bytes: u64,
}

/// A failure of the outside that ends a split or a sink.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}: {message}")]
pub struct OutsideError {
    /// File, shard, object, destination.
    pub place: String,
    /// What happened and what to try.
    pub message: String,
}

/// Where a split stands in the merge before it is opened (`decisions.md` 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LowerBound {
    /// Not known: it is opened at once.
    Unknown,
    /// None of its rows has an earlier arrival clock.
    At(i64),
    /// It has no clock: its rows stand at the start of the run.
    NoClock,
}

/// One file, shard or object, decoded.
pub trait Split: Send {
    /// Its name, for messages.
    fn name(&self) -> &str;

    /// What is known of its arrival clock before it is opened.
    fn lower_bound(&self) -> LowerBound {
        LowerBound::Unknown
    }

    /// Whether its next rows may be long in coming: what it gave is not held back for them.
    fn is_live(&self) -> bool {
        false
    }

    /// The next rows, at most `rows_max`; `None` at the end. An unreadable object is a [`RecordError`] in a
    /// batch, or, when the run is to stop on it, an error.
    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError>;

    /// The next rows if they are at hand. A live split that cannot say waits for them, as [`Split::next`] does.
    fn poll(&mut self, rows_max: usize) -> Result<Poll, OutsideError> {
        Ok(self.next(rows_max)?.map_or(Poll::Ended, Poll::Rows))
    }
}

/// What a split has at hand.
#[derive(Debug)]
pub enum Poll {
    /// Rows, or errors of records.
    Rows(SplitBatch),
    /// Nothing now; more may come.
    Nothing,
    /// Nothing any more.
    Ended,
}

/// What a reference table holds, as it was read.
#[derive(Debug, Clone, Default)]
pub struct TableLoad {
    /// Its rows.
    pub contents: TableContents,
    /// Records that did not become rows.
    pub errors: Vec<RecordError>,
    /// Documents read: rows' documents and error documents.
    pub documents: u64,
    /// Documents that became rows.
    pub decoded: u64,
}

/// Where the rows of a reference table come from (`decisions.md` 21).
pub trait TableSource: Send {
    /// Its name, for messages.
    fn name(&self) -> &str;

    /// What the table holds, when that is new: everything at first, then nothing until it has changed. Asked before
    /// every step, so it never waits; what cannot be read again is an error once, and the table stays as it is.
    fn take_new(&mut self) -> Option<Result<TableLoad, OutsideError>>;
}

/// Rows for a destination.
#[derive(Debug, Clone, Copy)]
pub struct SinkRows<'a> {
    /// The stream's declared fields.
    pub fields: &'a [Field],
    /// ROWTIME of each row.
    pub rowtimes: &'a [i64],
    /// The declared columns.
    pub columns: &'a [ArrayRef],
    /// Ordinal of the first row within its stream, from 0: with the stream's name the row's identity (R8).
    pub first_ordinal: u64,
}

/// A destination of one stream.
pub trait Sink: Send {
    /// Takes rows in stream order. Rows may be buffered until [`Sink::flush`].
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError>;

    /// Lets everything written so far leave.
    fn flush(&mut self) -> Result<(), OutsideError>;

    /// Flushes and ends it (the footer of a compressed file).
    fn close(&mut self) -> Result<(), OutsideError>;
}

/// The columns of `error_stream`.
pub fn error_stream_fields() -> Vec<Field> {
    use crate::types::SqlType::{Timestamp, Varchar};
    [
        ("ERROR_TIME", Timestamp),
        ("ERROR_LEVEL", Varchar(10)),
        ("ERROR_NAME", Varchar(32)),
        ("MESSAGE", Varchar(4096)),
        ("DATA_ROWTIME", Timestamp),
        ("DATA_ROW", Varchar(49_152)),
        ("PUMP_NAME", Varchar(128)),
    ]
    .into_iter()
    .map(|(name, ty)| Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    })
    .collect()
}

/// Error rows as a batch of `error_stream`.
pub fn error_stream_columns(rows: &[ErrorRow]) -> (Vec<i64>, Vec<ArrayRef>) {
    use std::sync::Arc;

    use arrow::array::{StringViewArray, TimestampMillisecondArray};
    let text = |f: &dyn Fn(&ErrorRow) -> String| -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(rows.iter().map(f)))
    };
    let time = |f: &dyn Fn(&ErrorRow) -> i64| -> ArrayRef {
        Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(f)))
    };
    let hex = |r: &ErrorRow| {
        let mut out = String::new();
        crate::row_text::write_hex(&mut out, &r.data_row);
        out
    };
    let pumps: StringViewArray = rows.iter().map(|r| r.pump.as_deref()).collect();
    let columns = vec![
        time(&|r| r.rowtime_ms),
        text(&|_| "WARNING".to_owned()),
        text(&|r| r.name.to_string()),
        text(&|r| r.message.clone()),
        time(&|r| r.data_rowtime_ms),
        text(&hex),
        Arc::new(pumps),
    ];
    (rows.iter().map(|r| r.rowtime_ms).collect(), columns)
}
