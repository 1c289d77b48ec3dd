//! A local stream as a destination: a row is a record, and the rows of a flush are appended together.

use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};

use super::LocalStream;
use crate::sink::text::RowText;
use crate::source::outside;
use crate::wall_clock;

/// Text that is gathered before it is appended.
const BUFFER_BYTES: usize = 256 << 10;

/// Appends rows as text.
pub struct LocalSink {
    stream: LocalStream,
    text: RowText,
    buffer: String,
    /// Where each row ends in it.
    ends: Vec<usize>,
}

impl LocalSink {
    /// A destination of rows without line ends.
    pub fn new(stream: LocalStream, text: RowText) -> Self {
        Self {
            stream,
            text,
            buffer: String::new(),
            ends: Vec::new(),
        }
    }

    /// Appends what was gathered; it is gone even if that fails, so that it is not written twice.
    fn append(&mut self) -> Result<(), OutsideError> {
        if self.ends.is_empty() {
            return Ok(());
        }
        let mut start = 0;
        let bytes = self.buffer.as_bytes();
        let rows = self.ends.iter().map(|end| {
            let row = bytes.get(start..*end).unwrap_or_default();
            start = *end;
            row
        });
        let rows: Vec<&[u8]> = rows.collect();
        let appended = self.stream.append(&rows, wall_clock::now_ms());
        self.buffer.clear();
        self.ends.clear();
        appended.map(|_| ()).map_err(|e| outside(e.place, e.message))
    }
}

impl Sink for LocalSink {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        self.text.begin(&mut self.buffer, rows.fields);
        for row in 0..rows.rowtimes.len() {
            self.text.write_row(&mut self.buffer, &rows, row);
            self.ends.push(self.buffer.len());
            if self.buffer.len() >= BUFFER_BYTES {
                self.append()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        self.append()
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        self.append()
    }
}
