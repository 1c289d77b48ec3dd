//! Destinations: files and standard output.
//!
//! Rows become text in one buffer per sink and leave in blocks; [`Sink::flush`] lets them leave at once. An
//! output file that exists is overwritten, from its first byte; missing folders are made.

use std::path::Path;

use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};

use self::output::{Output, STANDARD_OUTPUT};
use self::text::RowText;
use crate::source::InvocationError;
use crate::uri::{self, FormatName, Place, SinkParameters};

pub mod output;
pub mod text;

/// Text that is gathered before it leaves.
const BUFFER_BYTES: usize = 256 << 10;

/// Opens a destination. A file is made, or emptied, now.
pub fn open(uri: &str) -> Result<Box<dyn Sink>, InvocationError> {
    let (place, parameters) = uri::sink(uri)?;
    match place {
        Place::Standard => {
            let format = parameters.format.unwrap_or(FormatName::Json);
            Ok(text_sink(
                Output::standard(),
                RowText::new(format, &parameters, None),
            ))
        }
        Place::Path(path) => {
            let path = Path::new(&path);
            let format = parameters.format.map_or_else(|| uri::format_of(path), Ok)?;
            Ok(text_sink(
                Output::create(path)?,
                RowText::new(format, &parameters, None),
            ))
        }
    }
}

/// Standard output for one of several streams: each line is `{"stream": NAME, "row": {…}}`. All such sinks,
/// and `-`, share one buffer, so that lines leave in the order in which they were written.
pub fn stdout_tagged(stream: &str) -> Box<dyn Sink> {
    let text = RowText::new(FormatName::Json, &SinkParameters::default(), Some(stream));
    text_sink(Output::standard(), text)
}

/// Whether a failure only says that nobody reads standard output any more (`… | head`): a quiet end.
pub fn is_closed_stdout(error: &OutsideError) -> bool {
    error.place == STANDARD_OUTPUT && error.message == output::CLOSED
}

fn text_sink(output: Output, text: RowText) -> Box<dyn Sink> {
    Box::new(TextSink {
        output,
        text,
        buffer: String::new(),
    })
}

/// A destination of lines of text.
struct TextSink {
    output: Output,
    text: RowText,
    buffer: String,
}

impl Sink for TextSink {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        self.text.begin(&mut self.buffer, rows.fields);
        for row in 0..rows.rowtimes.len() {
            self.text.write_row(&mut self.buffer, &rows, row);
            if self.buffer.len() >= BUFFER_BYTES {
                self.output.write(&mut self.buffer)?;
            }
        }
        if self.output.is_shared() {
            self.output.write(&mut self.buffer)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        self.output.write(&mut self.buffer)?;
        self.output.flush()
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        self.output.write(&mut self.buffer)?;
        self.output.close()
    }
}

#[cfg(test)]
mod tests;
