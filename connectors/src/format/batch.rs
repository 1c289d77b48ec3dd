//! Rows on their way into a [`SplitBatch`].
//!
//! A row is appended column by column; one that fails in the middle stays in the builders as a dead row and
//! is filtered out at the end, so that no builder needs an undo and a batch without errors pays nothing.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, new_null_array};
use arrow::compute::filter;
use encoding_rs::{Encoding, UTF_8};
use rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX;
use rowtime_engine::pipeline::{RecordError, SplitBatch};
use rowtime_engine::plan::Field;
use rowtime_engine::row_error::ErrorName;

use super::cell::{CellBuilder, Value, fault_message};
use super::raw_of;
use crate::source::encoding::original;

/// Raw bytes of bad records that one batch holds before it counts as full.
const ERROR_BYTES_MAX: usize = 4 << 20;
/// Rows that builders make room for at once.
const ROWS_RESERVED_MAX: usize = 8_192;
/// The system column that the arrival clock fills.
pub const ARRIVAL_COLUMN: &str = "APPROXIMATE_ARRIVAL_TIME";

/// The columns of the stream that a source feeds.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Declared columns, then system columns.
    pub fields: Vec<Field>,
    /// How many are declared.
    pub declared: usize,
    /// Which are read by some pump.
    pub wanted: Vec<bool>,
    /// A DECIMAL with more digits behind the point than its column has is refused instead of rounded.
    pub strict: bool,
}

impl Columns {
    /// Whether a pump reads this column.
    pub fn is_wanted(&self, column: usize) -> bool {
        self.wanted.get(column).copied().unwrap_or(true)
    }
}

/// Why a record gives no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFault {
    /// ERROR_NAME.
    pub name: ErrorName,
    /// MESSAGE.
    pub message: Cow<'static, str>,
    /// The record's arrival clock, if it got that far.
    pub arrival_ms: Option<i64>,
}

impl RecordFault {
    /// A record that cannot be parsed.
    pub fn parse(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: ErrorName::Parse,
            message: message.into(),
            arrival_ms: None,
        }
    }

    /// A record over [`super::RECORD_BYTES_MAX`].
    pub fn too_large() -> Self {
        Self {
            name: ErrorName::RowTooLarge,
            message: Cow::Owned(format!(
                "the record is longer than {} bytes; it was skipped up to the next line",
                super::RECORD_BYTES_MAX
            )),
            arrival_ms: None,
        }
    }
}

/// Builds one batch.
pub struct BatchBuilder {
    columns: Arc<Columns>,
    place: Arc<str>,
    rows_max: usize,
    builders: Vec<Option<CellBuilder>>,
    /// Rows in the builders, dead ones included.
    appended: usize,
    dead: Vec<usize>,
    arrivals: Vec<i64>,
    clocked: bool,
    errors: Vec<RecordError>,
    error_bytes: usize,
    documents: u64,
    decoded: u64,
    encoding: Option<&'static Encoding>,
    /// The record that is decoded, where records are objects of their own: its ordinal and when it arrived.
    record: Option<(u64, Option<i64>)>,
}

impl BatchBuilder {
    /// An empty batch of at most `rows_max` rows and errors; `place` begins the positions of its errors.
    pub fn new(columns: &Arc<Columns>, place: &Arc<str>, rows_max: usize) -> Self {
        let reserved = rows_max.min(ROWS_RESERVED_MAX);
        let builder = |(i, f): (usize, &Field)| {
            columns
                .is_wanted(i)
                .then(|| CellBuilder::new(f.ty, reserved, columns.strict))
        };
        Self {
            builders: columns.fields.iter().enumerate().map(builder).collect(),
            columns: Arc::clone(columns),
            place: Arc::clone(place),
            rows_max: rows_max.max(1),
            appended: 0,
            dead: Vec::new(),
            arrivals: Vec::new(),
            clocked: false,
            errors: Vec::new(),
            error_bytes: 0,
            documents: 0,
            decoded: 0,
            encoding: None,
            record: None,
        }
    }

    /// Rows that live.
    pub fn rows(&self) -> usize {
        self.appended - self.dead.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0 && self.errors.is_empty()
    }

    /// Whether it takes no further record.
    pub fn is_full(&self) -> bool {
        self.rows() + self.errors.len() >= self.rows_max || self.error_bytes >= ERROR_BYTES_MAX
    }

    /// Says that the object has an arrival clock.
    pub fn set_clocked(&mut self) {
        self.clocked = true;
    }

    /// Says which record is decoded from now on, where the place numbers its records, and, where that is its clock,
    /// when it arrived.
    pub fn set_record(&mut self, ordinal: u64, arrival_ms: Option<i64>) {
        self.record = Some((ordinal, arrival_ms));
    }

    /// Appends a row; `value` gives the value of a wanted column. A fault withholds the row.
    pub fn push_row<'v>(
        &mut self,
        arrival_ms: Option<i64>,
        mut value: impl FnMut(usize) -> Value<'v>,
    ) -> Result<(), RecordFault> {
        let arrival_ms = arrival_ms.or(self.record.and_then(|(_, arrival_ms)| arrival_ms));
        let mut fault = None;
        for (i, (builder, field)) in self.builders.iter_mut().zip(&self.columns.fields).enumerate() {
            let Some(builder) = builder else { continue };
            if fault.is_some() {
                builder.append_null();
                continue;
            }
            let value = value(i);
            if value == Value::Null {
                match arrival_ms {
                    Some(ms) if i >= self.columns.declared && field.name == ARRIVAL_COLUMN => {
                        builder.append_timestamp(ms);
                    }
                    _ => builder.append_null(),
                }
                if field.not_null {
                    fault = Some((
                        ErrorName::NotNull,
                        format!("NULL in column \"{}\", which is NOT NULL", field.name),
                    ));
                }
            } else if let Err(found) = builder.append(&value) {
                builder.append_null();
                fault = Some((ErrorName::Coercion, fault_message(found, field, &value)));
            }
        }
        self.arrivals.push(arrival_ms.unwrap_or_default());
        self.appended += 1;
        let Some((name, message)) = fault else {
            return Ok(());
        };
        self.dead.push(self.appended - 1);
        Err(RecordFault {
            name,
            message: Cow::Owned(message),
            arrival_ms,
        })
    }

    /// Says what the records were before they became UTF-8.
    pub fn set_encoding(&mut self, encoding: Option<&'static Encoding>) {
        self.encoding = encoding;
    }

    /// The fault of a record that is no text.
    pub fn not_text(&self) -> RecordFault {
        RecordFault::parse(format!(
            "the record is not valid {}",
            self.encoding.unwrap_or(UTF_8).name()
        ))
    }

    /// Counts a document; `decoded` if it gave rows or was empty by right.
    pub fn count_document(&mut self, decoded: bool) {
        self.documents += 1;
        self.decoded += u64::from(decoded);
    }

    /// Adds an error row for a record that begins at this offset.
    pub fn push_error(&mut self, fault: RecordFault, offset: u64, record: &[u8]) {
        let mut raw = raw_of(record);
        if let Some(encoding) = self.encoding {
            raw = original(encoding, &raw);
            raw.truncate(DATA_ROW_BYTES_MAX);
        }
        // A fixed share for the message keeps many tiny records bounded, too.
        self.error_bytes += raw.len() + fault.message.len();
        self.errors.push(RecordError {
            after_rows: self.rows(),
            name: fault.name,
            message: fault.message.into_owned(),
            position: match self.record {
                Some((ordinal, _)) => format!("{}/{ordinal}", self.place),
                None => format!("{}:{offset}", self.place),
            },
            raw,
            arrival_ms: fault
                .arrival_ms
                .or(self.record.and_then(|(_, arrival_ms)| arrival_ms)),
        });
    }

    /// The batch.
    pub fn finish(mut self, bytes: u64) -> SplitBatch {
        let rows = self.rows();
        let live = (!self.dead.is_empty()).then(|| {
            let mut live = vec![true; self.appended];
            for row in &self.dead {
                live[*row] = false;
            }
            live
        });
        let mask = live.map(BooleanArray::from);
        let columns = self.builders.iter_mut().zip(&self.columns.fields);
        let columns = columns.map(|(builder, field)| match builder {
            None => new_null_array(&field.ty.arrow(), rows),
            Some(builder) => living(builder.finish(), mask.as_ref()),
        });
        let columns = columns.collect();
        let mut arrivals = self.arrivals;
        if let Some(mask) = &mask {
            let mut keep = mask.values().iter();
            arrivals.retain(|_| keep.next().unwrap_or(true));
        }
        SplitBatch {
            columns,
            rows,
            arrivals_ms: self.clocked.then(|| arrivals.into()),
            errors: self.errors,
            documents: self.documents,
            decoded: self.decoded,
            bytes,
        }
    }
}

/// The rows of a column that the mask keeps.
fn living(column: ArrayRef, mask: Option<&BooleanArray>) -> ArrayRef {
    match mask {
        None => column,
        // Filtering fails only on unequal lengths, and both count the appended rows.
        Some(mask) => filter(&column, mask).unwrap_or(column),
    }
}
