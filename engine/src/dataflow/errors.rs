//! Rows of `error_stream` (`sql.md` §12.1, `application.md` §11, `decisions.md` 18 and 30) and the books of a pump.

use std::sync::Arc;

use crate::plan::Field;
use crate::row_error::{ErrorName, RowError};
use crate::row_text;
use crate::rows::Origin;

/// Bytes of a raw record that DATA_ROW keeps (it shows two hex digits a byte).
pub const DATA_ROW_BYTES_MAX: usize = 24_576;
/// Characters of MESSAGE.
pub const MESSAGE_CHARS_MAX: usize = 4_096;

/// One row of `error_stream`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ErrorRow {
    /// ROWTIME of the error, also ERROR_TIME.
    pub rowtime_ms: i64,
    /// ERROR_NAME.
    pub name: ErrorName,
    /// MESSAGE, with the position at its end.
    pub message: String,
    /// DATA_ROWTIME.
    pub data_rowtime_ms: i64,
    /// The raw record, or the columns that the pump reads as compact JSON; DATA_ROW shows it in hex.
    pub data_row: Vec<u8>,
    /// PUMP_NAME; `None` for an input error.
    pub pump: Option<Arc<str>>,
}

impl ErrorRow {
    /// An error at the ROWTIME of its data, cut to what the columns of `error_stream` hold. A message that is too
    /// long loses its middle and not its position.
    pub fn new(
        rowtime_ms: i64,
        name: ErrorName,
        message: &str,
        position: Option<&str>,
        mut data_row: Vec<u8>,
        pump: Option<Arc<str>>,
    ) -> Self {
        data_row.truncate(DATA_ROW_BYTES_MAX);
        let place = position.map(|p| format!(" at {p}")).unwrap_or_default();
        let room = MESSAGE_CHARS_MAX.saturating_sub(place.chars().count());
        let cut = message
            .char_indices()
            .nth(room)
            .map_or(message.len(), |(cut, _)| cut);
        let mut text = format!("{}{place}", &message[..cut]);
        if let Some((end, _)) = text.char_indices().nth(MESSAGE_CHARS_MAX) {
            text.truncate(end);
        }
        Self {
            rowtime_ms,
            name,
            message: text,
            data_rowtime_ms: rowtime_ms,
            data_row,
            pump,
        }
    }
}

/// The books of one pump: `rows_in = rows_passed + rows_filtered + rows_failed + rows_late`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PumpCounts {
    /// Rows read from its stream.
    pub rows_in: u64,
    /// Rows that reached the target, or a window or join.
    pub rows_passed: u64,
    /// Rows that WHERE dropped.
    pub rows_filtered: u64,
    /// Rows that failed.
    pub rows_failed: u64,
    /// Rows that came too late.
    pub rows_late: u64,
    /// Rows written to the target.
    pub rows_out: u64,
    /// Rows of windows and joins that a condition dropped.
    pub groups_filtered: u64,
    /// Rows of windows and joins that failed.
    pub groups_failed: u64,
}

/// Rows that an error may show: those of a stream as the pump reads it, or those that a window or a join makes.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The columns that are read of it.
    pub fields: Vec<Field>,
    /// Its ROWTIME is read too: then its errors show it, before the columns.
    pub reads_rowtime: bool,
    /// Rows of a stream. Else rows made in the pump: of groups, or of several rows.
    pub is_input: bool,
}

impl Relation {
    /// Rows of a stream.
    pub fn input(fields: Vec<Field>) -> Self {
        Self {
            fields,
            reads_rowtime: false,
            is_input: true,
        }
    }

    /// Rows made in the pump.
    pub fn made(fields: Vec<Field>) -> Self {
        Self {
            is_input: false,
            ..Self::input(fields)
        }
    }
}

/// Collects the error rows and counts of one pump during a step.
pub struct PumpErrors {
    /// The pump.
    pub name: Arc<str>,
    /// The relations an [`Origin`] may name, inputs before what is made of them.
    pub relations: Vec<Relation>,
    /// Its books.
    pub counts: PumpCounts,
    /// Error rows of this step.
    pub rows: Vec<(ErrorPlace, ErrorRow)>,
}

/// Where an error row stands among those of one pump and ROWTIME: by the row that failed, whichever operator
/// found it, so that it does not show how far a batch went before the next one came (R2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct ErrorPlace {
    /// Position of the relation among the pump's.
    pub relation: usize,
    /// Its number among those.
    pub row: u64,
}

impl PumpErrors {
    /// No errors yet.
    pub fn new(name: Arc<str>, relations: Vec<Relation>) -> Self {
        Self {
            name,
            relations,
            counts: PumpCounts::default(),
            rows: Vec::new(),
        }
    }

    /// Whether these are rows of a stream, which the books count one by one.
    pub fn is_input(&self, origin: &Origin) -> bool {
        self.relations.get(origin.relation).is_none_or(|r| r.is_input)
    }

    /// Reports a failing row: `row` is its position in a batch with this origin. Counts it as failed (or,
    /// when a window or join made it, as a failed group); a late row is counted as late.
    pub fn report(&mut self, error: RowError, origin: &Origin, row: usize) {
        let position = origin.position(row);
        let rowtime_ms = origin.rowtimes[position];
        match (error.name, self.is_input(origin)) {
            (ErrorName::OutOfOrder, true) => self.counts.rows_late += 1,
            (_, true) => self.counts.rows_failed += 1,
            (_, false) => self.counts.groups_failed += 1,
        }
        let data_row = self.data_row(origin, position);
        self.rows.push((
            ErrorPlace {
                relation: origin.relation,
                row: origin.seen + position as u64,
            },
            ErrorRow::new(
                rowtime_ms,
                error.name,
                &error.message,
                None,
                data_row.into_bytes(),
                Some(Arc::clone(&self.name)),
            ),
        ));
    }

    /// The columns that the pump reads, as compact JSON.
    fn data_row(&self, origin: &Origin, position: usize) -> String {
        let mut out = String::new();
        let Some(relation) = self.relations.get(origin.relation) else {
            return out;
        };
        let rowtime = relation.reads_rowtime.then(|| origin.rowtimes[position]);
        row_text::write_json_row_with_rowtime(&mut out, rowtime, &relation.fields, &origin.columns, position);
        out
    }
}
