//! JSON lines and CSV, by the writer of the destinations.

use std::io::{self, Write};

use rowtime_connectors::sink::text::RowText;
use rowtime_connectors::uri::{FormatName, SinkParameters};
use rowtime_engine::pipeline::SinkRows;
use rowtime_engine::plan::Field;

use super::{RowPrinter, RowsToShow};

/// Text that is gathered before it is printed.
const BUFFER_BYTES: usize = 64 << 10;

/// Rows as lines of a file.
pub struct TextPrinter {
    fields: Vec<Field>,
    text: RowText,
    buffer: String,
}

impl TextPrinter {
    /// A printer; CSV begins with a header line.
    pub fn new(format: FormatName, fields: &[Field]) -> Self {
        let parameters = SinkParameters {
            header: true,
            ..SinkParameters::default()
        };
        Self {
            fields: fields.to_vec(),
            text: RowText::new(format, &parameters, None),
            buffer: String::new(),
        }
    }

    fn leave(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        Ok(())
    }
}

impl RowPrinter for TextPrinter {
    fn rows(&mut self, rows: &RowsToShow, out: &mut dyn Write) -> io::Result<()> {
        self.text.begin(&mut self.buffer, &self.fields);
        let rows = SinkRows {
            fields: &self.fields,
            rowtimes: &rows.rowtimes,
            columns: &rows.columns,
            first_ordinal: 0,
        };
        for row in 0..rows.rowtimes.len() {
            self.text.write_row(&mut self.buffer, &rows, row);
            if self.buffer.len() >= BUFFER_BYTES {
                out.write_all(self.buffer.as_bytes())?;
                self.buffer.clear();
            }
        }
        self.leave(out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.text.begin(&mut self.buffer, &self.fields);
        self.leave(out)
    }
}
