//! Rows as text for a person or a program: a table, records below each other, JSON lines or CSV.
//!
//! JSON and CSV are written by the writers of the destinations, so that what the shell prints is what a file would
//! hold. Table and vertical form are for reading: control characters are escaped, so that no value can move the
//! cursor. Values look as in `cli.md` in all four.

mod cells;
pub mod status_line;
mod table;
mod text;
mod vertical;

use std::io::{self, Write};

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;
use rowtime_connectors::uri::FormatName;
use rowtime_engine::plan::Field;

use crate::options::OutputName;

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// Aligned columns.
    Table,
    /// A JSON object a line.
    Json,
    /// CSV with a header line.
    Csv,
    /// A line a column.
    Vertical,
}

impl OutputFormat {
    /// The format with this name, as `\output` takes it.
    pub fn of(name: &str) -> Option<Self> {
        let known = [
            ("table", Self::Table),
            ("json", Self::Json),
            ("csv", Self::Csv),
            ("vertical", Self::Vertical),
        ];
        let found = known.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, format)| *format)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Vertical => "vertical",
        }
    }
}

impl From<OutputName> for OutputFormat {
    fn from(name: OutputName) -> Self {
        match name {
            OutputName::Table => Self::Table,
            OutputName::Json => Self::Json,
            OutputName::Csv => Self::Csv,
            OutputName::Vertical => Self::Vertical,
        }
    }
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; without a width nothing is cut.
    pub width: Option<usize>,
    /// Whether colours and dim text may be used.
    pub colour: bool,
}

impl Look {
    /// `text` in this style, if styles may be used.
    pub fn styled(self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{style}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }
}

/// For what is less important.
pub const DIM: &str = "\x1b[2m";
/// For headers.
pub const BOLD: &str = "\x1b[1m";
/// Ends a style.
pub const RESET: &str = "\x1b[0m";

/// Rows of one result.
#[derive(Debug, Clone)]
pub struct RowsToShow {
    /// ROWTIME of each row.
    pub rowtimes: ScalarBuffer<i64>,
    /// The columns, one a field.
    pub columns: Vec<ArrayRef>,
}

/// Prints the rows of one result as they come.
pub trait RowPrinter: Send {
    /// Prints rows.
    fn rows(&mut self, rows: &RowsToShow, out: &mut dyn Write) -> io::Result<()>;

    /// Ends the result: a header that no row has brought is printed now.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// A printer for rows with these fields.
pub fn printer(format: OutputFormat, fields: &[Field], look: Look) -> Box<dyn RowPrinter> {
    match format {
        OutputFormat::Table => Box::new(table::TablePrinter::new(fields, look)),
        OutputFormat::Vertical => Box::new(vertical::VerticalPrinter::new(fields, look)),
        OutputFormat::Json => Box::new(text::TextPrinter::new(FormatName::Json, fields)),
        OutputFormat::Csv => Box::new(text::TextPrinter::new(FormatName::Csv, fields)),
    }
}

#[cfg(test)]
mod tests;
