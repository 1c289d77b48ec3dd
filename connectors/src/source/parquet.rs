//! Parquet files: columns found by name or path, converted by column, and streamed row group by row group.
//!
//! Only the columns that some pump reads are decoded, and only pages in sight are held. A column is found exactly, else
//! as the only one equal ignoring case; one that the file does not have is NULL. The file's own types are converted to
//! the stream's by the rules for records ([`convert`]); a value that does not load withholds its row and makes an error
//! row with the position FILE:ROW, rows counted from 0. Parquet ends with its index, so it cannot be read from a pipe.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchReader as _, new_null_array};
use arrow::compute::filter;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use rowtime_engine::pipeline::{LowerBound, OutsideError, RecordError, Split, SplitBatch};
use rowtime_engine::row_error::ErrorName;

use self::binding::Bound;
use self::convert::convert;
use self::printer::Printer;
use super::carve::carve;
use super::{InvocationError, outside};
use crate::format::arrival::{self, ArrivalRange};
use crate::format::batch::Columns;
use crate::format::json::path::Path as MemberPath;
use crate::uri::ArrivalClock;

pub mod binding;
pub mod convert;
pub mod printer;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8_192;
/// Rows that are decoded for a look at the first.
const PROBED_ROWS: usize = 64;

/// What a Parquet file cannot be read from.
pub fn refuse_standard_input() -> InvocationError {
    InvocationError(
        "standard input cannot be a Parquet file, which is read from its end; write it to a file and name that"
            .to_owned(),
    )
}

/// The same of a named pipe.
pub fn refuse_pipe(path: &Path) -> InvocationError {
    InvocationError(format!(
        "{}: a pipe cannot be a Parquet file, which is read from its end; write it to a file and name that",
        path.display()
    ))
}

/// What a file is read for.
pub struct Binding {
    /// The columns of the stream.
    pub columns: Arc<Columns>,
    /// Per column its path in the file; without, it is found by its name.
    pub paths: Option<Vec<Option<MemberPath>>>,
    /// The arrival clock.
    pub clock: ArrivalClock,
    /// Rows outside are left out.
    pub range: ArrivalRange,
}

/// A Parquet file.
pub struct ParquetSplit {
    name: String,
    path: PathBuf,
    binding: Binding,
    stop_on_error: bool,
    state: State,
    left_over: Option<SplitBatch>,
    lower_bound: LowerBound,
    /// Rows read so far.
    row: u64,
    decoded_bytes: u64,
}

enum State {
    Closed,
    Open(Box<OpenFile>),
    Ended,
}

/// An opened file.
pub struct OpenFile {
    reader: ParquetRecordBatchReader,
    bound: Bound,
    bytes: u64,
    rows: u64,
    rows_read: u64,
    bytes_told: u64,
}

impl OpenFile {
    /// Opens a file and decodes the columns that `bind` chooses from its schema.
    pub fn open(
        path: &Path,
        batch_rows: usize,
        bind: impl FnOnce(&SchemaRef) -> Bound,
    ) -> Result<Self, String> {
        let file = File::open(path).map_err(|e| e.to_string())?;
        let bytes = file.metadata().map_or(0, |m| m.len());
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| plain(&e))?;
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
        let bound = bind(builder.schema());
        let mask = ProjectionMask::roots(builder.parquet_schema(), bound.roots());
        let reader = builder
            .with_projection(mask)
            .with_batch_size(batch_rows)
            .build()
            .map_err(|e| plain(&e))?;
        Ok(Self {
            reader,
            bound,
            bytes,
            rows,
            rows_read: 0,
            bytes_told: 0,
        })
    }

    /// The columns that are decoded.
    pub fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }

    /// Rows of the whole file.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows, and which share of the file's bytes they are.
    pub fn read(&mut self) -> Option<Result<(RecordBatch, u64), String>> {
        let batch = match self.reader.next()? {
            Ok(batch) => batch,
            Err(e) => return Some(Err(words(&e.to_string()))),
        };
        self.rows_read += batch.num_rows() as u64;
        let share = u128::from(self.bytes) * u128::from(self.rows_read) / u128::from(self.rows.max(1));
        let share = u64::try_from(share).unwrap_or(self.bytes);
        let new = share.saturating_sub(self.bytes_told);
        self.bytes_told = share;
        Some(Ok((batch, new)))
    }
}

/// What cannot be read, in our words if it is a way of packing that was left out.
fn words(text: &str) -> String {
    match text.split_once("Disabled feature at compile time: ") {
        Some((_, codec)) => format!(
            "its pages are packed with {codec}, which is not supported; write the file with zstd, snappy, gzip or lz4"
        ),
        None => text.to_owned(),
    }
}

/// The library's words without its own name in front.
fn plain(error: &parquet::errors::ParquetError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Parquet error: ").unwrap_or(&text);
    format!("it is not a whole Parquet file: {text}")
}

impl ParquetSplit {
    /// A split over a file; nothing is opened yet.
    pub fn new(path: &Path, binding: Binding, stop_on_error: bool) -> Self {
        Self {
            name: path.display().to_string(),
            path: path.to_owned(),
            binding,
            stop_on_error,
            state: State::Closed,
            left_over: None,
            lower_bound: LowerBound::Unknown,
            row: 0,
            decoded_bytes: 0,
        }
    }

    /// Says where it stands in the merge before it is opened.
    pub fn set_lower_bound(&mut self, bound: LowerBound) {
        self.lower_bound = bound;
    }

    /// Bytes of memory that its rows took so far.
    pub fn decoded_bytes(&self) -> u64 {
        self.decoded_bytes
    }

    /// Where it stands in the merge: at its first row.
    pub fn first_arrival(mut self) -> LowerBound {
        if self.binding.clock == ArrivalClock::Now {
            return LowerBound::NoClock;
        }
        match self.next_batch(PROBED_ROWS) {
            Ok(Some(batch)) if batch.rows > 0 => match &batch.arrivals_ms {
                Some(arrivals) => arrivals
                    .first()
                    .map_or(LowerBound::Unknown, |ms| LowerBound::At(*ms)),
                None => LowerBound::NoClock,
            },
            _ => LowerBound::Unknown,
        }
    }

    fn next_batch(&mut self, batch_rows: usize) -> Result<Option<SplitBatch>, OutsideError> {
        if matches!(self.state, State::Closed) {
            let binding = &self.binding;
            match OpenFile::open(&self.path, batch_rows, |schema| Bound::new(schema, binding)) {
                Ok(file) => self.state = State::Open(Box::new(file)),
                Err(damage) => return self.damaged(&damage),
            }
        }
        let State::Open(file) = &mut self.state else {
            return Ok(None);
        };
        match file.read() {
            None => {
                self.state = State::Ended;
                Ok(None)
            }
            Some(Err(damage)) => self.damaged(&damage),
            Some(Ok((batch, bytes))) => {
                let mut out = load(&self.name, &batch, &self.binding, &file.bound, self.row);
                out.bytes = bytes;
                self.row += batch.num_rows() as u64;
                self.decoded_bytes += out
                    .columns
                    .iter()
                    .map(|c| c.get_array_memory_size() as u64)
                    .sum::<u64>();
                Ok(Some(out))
            }
        }
    }

    /// A file that cannot be opened or read on: an error row, or the end of the run.
    fn damaged(&mut self, damage: &str) -> Result<Option<SplitBatch>, OutsideError> {
        self.state = State::Ended;
        let message = format!("cannot read on: {damage}");
        if self.stop_on_error {
            return Err(outside(self.name.as_str(), message));
        }
        let fields = &self.binding.columns.fields;
        Ok(Some(SplitBatch {
            columns: fields.iter().map(|f| new_null_array(&f.ty.arrow(), 0)).collect(),
            errors: vec![RecordError {
                after_rows: 0,
                name: ErrorName::Parse,
                message,
                position: format!("{}:{}", self.name, self.row),
                raw: Vec::new(),
                arrival_ms: None,
            }],
            documents: 1,
            ..SplitBatch::default()
        }))
    }
}

impl Split for ParquetSplit {
    fn name(&self) -> &str {
        &self.name
    }

    fn lower_bound(&self) -> LowerBound {
        self.lower_bound
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let batch = match self.left_over.take() {
            Some(batch) => Some(batch),
            None => self.next_batch(BATCH_ROWS)?,
        };
        let Some(batch) = batch else { return Ok(None) };
        let (head, rest) = carve(batch, rows_max.max(1));
        self.left_over = rest;
        Ok(Some(head))
    }
}

/// Why a row is withheld.
struct Fault {
    name: ErrorName,
    message: String,
}

/// Rows of the file as rows of the stream; `first_row` counts from the beginning of the file.
fn load(place: &str, batch: &RecordBatch, binding: &Binding, bound: &Bound, first_row: u64) -> SplitBatch {
    let rows = batch.num_rows();
    let mut faults: BTreeMap<usize, Fault> = BTreeMap::new();
    let mut keep = vec![true; rows];
    let arrivals = bound.clock(batch).map(|(name, array)| {
        let mut arrivals = Vec::with_capacity(rows);
        for (row, read) in read_arrivals(&name, &array).into_iter().enumerate() {
            match read {
                Ok(ms) => keep[row] = binding.range.contains(ms),
                Err(ref message) => {
                    let (name, message) = (ErrorName::Coercion, message.clone());
                    faults.insert(row, Fault { name, message });
                }
            }
            arrivals.push(read.unwrap_or_default());
        }
        arrivals
    });
    let unreadable: Vec<bool> = (0..rows).map(|row| faults.contains_key(&row)).collect();
    let mut columns = Vec::with_capacity(binding.columns.fields.len());
    for (i, field) in binding.columns.fields.iter().enumerate() {
        if !binding.columns.is_wanted(i) {
            columns.push(None);
            continue;
        }
        let found = bound.column(batch, i);
        let column = match found {
            None => match &arrivals {
                Some(ms) if bound.is_arrival(i) => arrival_column(ms, &unreadable),
                _ => new_null_array(&field.ty.arrow(), rows),
            },
            Some(array) => {
                let converted = convert(&array, field, binding.columns.strict);
                for (row, message) in converted.faults {
                    let name = ErrorName::Coercion;
                    faults.entry(row).or_insert(Fault { name, message });
                }
                converted.array
            }
        };
        if field.not_null && column.null_count() > 0 {
            for row in (0..rows).filter(|row| column.is_null(*row)) {
                let message = format!("NULL in column \"{}\", which is NOT NULL", field.name);
                let name = ErrorName::NotNull;
                faults.entry(row).or_insert(Fault { name, message });
            }
        }
        columns.push(Some(column));
    }
    faults.retain(|row, _| keep[*row]);
    let errors = errors(place, batch, &keep, &faults, first_row, |row| {
        let read = arrivals.as_ref().filter(|_| !unreadable[row]);
        read.and_then(|ms| ms.get(row).copied())
    });
    let documents = keep.iter().filter(|kept| **kept).count();
    for row in faults.keys() {
        keep[*row] = false;
    }
    let kept = keep.iter().filter(|kept| **kept).count();
    let arrivals_ms = arrivals.map(|ms| {
        let kept = ms.into_iter().zip(&keep).filter(|(_, kept)| **kept);
        kept.map(|(ms, _)| ms).collect::<Vec<_>>().into()
    });
    let mask = (kept < rows).then(|| BooleanArray::from(keep));
    let columns = columns.into_iter().zip(&binding.columns.fields);
    let columns = columns.map(|(column, field)| match (column, &mask) {
        (None, _) => new_null_array(&field.ty.arrow(), kept),
        (Some(column), None) => column,
        // Filtering fails only on unequal lengths.
        (Some(column), Some(mask)) => filter(&column, mask).unwrap_or(column),
    });
    SplitBatch {
        columns: columns.collect(),
        rows: kept,
        arrivals_ms,
        errors,
        documents: documents as u64,
        decoded: kept as u64,
        bytes: 0,
    }
}

/// The error rows of a batch; the record that each shows is the row as JSON, of the columns that were decoded.
fn errors(
    place: &str,
    batch: &RecordBatch,
    keep: &[bool],
    faults: &BTreeMap<usize, Fault>,
    first_row: u64,
    arrival_ms: impl Fn(usize) -> Option<i64>,
) -> Vec<RecordError> {
    if faults.is_empty() {
        return Vec::new();
    }
    let printer = Printer::of_batch(batch);
    let (mut at, mut after_rows) = (0, 0);
    let error = |(row, fault): (&usize, &Fault)| {
        let before = keep[at..*row].iter().enumerate();
        after_rows += before
            .filter(|(i, kept)| **kept && !faults.contains_key(&(at + i)))
            .count();
        at = *row;
        let mut raw = String::new();
        printer.write_json(&mut raw, *row);
        let mut raw = raw.into_bytes();
        raw.truncate(rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX);
        RecordError {
            after_rows,
            name: fault.name,
            message: fault.message.clone(),
            position: format!("{place}:{}", first_row + *row as u64),
            raw,
            arrival_ms: arrival_ms(*row),
        }
    };
    faults.iter().map(error).collect()
}

/// The arrival clock of every row, or what is wrong with it.
fn read_arrivals(name: &str, array: &ArrayRef) -> Vec<Result<i64, String>> {
    let printer = Printer::new(array);
    let mut scratch = String::new();
    let times = printer.timestamps();
    let read = |row: usize| match &times {
        Some(times) if times.is_valid(row) => Ok(times.value(row)),
        _ => arrival::read(name, &printer.value(row, &mut scratch)),
    };
    (0..array.len()).map(read).collect()
}

/// `APPROXIMATE_ARRIVAL_TIME`.
fn arrival_column(arrivals: &[i64], unreadable: &[bool]) -> ArrayRef {
    let ms = arrivals
        .iter()
        .zip(unreadable)
        .map(|(ms, bad)| (!bad).then_some(*ms));
    let column: arrow::array::TimestampMillisecondArray = ms.collect();
    Arc::new(column)
}

#[cfg(test)]
mod tests;
