//! Destinations: files, standard output and local streams.
//!
//! Rows become text in one buffer per sink and leave in blocks; [`Sink::flush`] lets them leave at once. An
//! output file that exists is overwritten, from its first byte; missing folders are made.

use std::path::{Path, PathBuf};

use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};

use self::output::{Output, STANDARD_OUTPUT};
use self::text::RowText;
use crate::local::sink::LocalSink;
use crate::local::{LocalStream, StreamOptions};
use crate::source::InvocationError;
use crate::uri::{self, FormatName, Place, SinkParameters};

pub mod output;
pub mod text;

/// Text that is gathered before it leaves.
const BUFFER_BYTES: usize = 256 << 10;

/// A destination that nothing has been done to yet.
#[derive(Debug)]
pub struct Destination {
    place: Place,
    /// The file that tells whether another name means the same.
    file: Option<PathBuf>,
    format: FormatName,
    parameters: SinkParameters,
}

/// Finds all that can be found wrong with a destination without touching it.
pub fn prepare(uri: &str) -> Result<Destination, InvocationError> {
    let (place, parameters) = uri::sink(uri)?;
    let format = match (&place, parameters.format) {
        (_, Some(format)) => format,
        (Place::Standard | Place::Local(_), None) => FormatName::Json,
        (Place::Path(path), None) => uri::sink_format_of(Path::new(path))?,
    };
    if let Place::Path(path) = &place
        && Path::new(path).is_dir()
    {
        return Err(InvocationError(format!(
            "cannot write {path}: it is a folder; name a file in it"
        )));
    }
    let file = match &place {
        Place::Standard => None,
        Place::Path(path) => Some(PathBuf::from(path)),
        Place::Local(address) => Some(address.lock()),
    };
    Ok(Destination {
        place,
        file,
        format,
        parameters,
    })
}

impl Destination {
    /// The file by which it is known, if it has one.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Opens it. A file is made, or emptied, now; a local stream is made or goes on.
    pub fn open(&self) -> Result<Box<dyn Sink>, InvocationError> {
        let output = match &self.place {
            Place::Standard => Output::standard(),
            Place::Path(path) => Output::create(Path::new(path))?,
            Place::Local(address) => {
                let options = StreamOptions {
                    retention_ms: self.parameters.retention_ms,
                    max_bytes: self.parameters.max_bytes,
                    ..StreamOptions::default()
                };
                let stream = LocalStream::create_at(address, options)?;
                let rows = SinkParameters {
                    newline: Some(String::new()),
                    ..self.parameters.clone()
                };
                return Ok(Box::new(LocalSink::new(
                    stream,
                    RowText::new(self.format, &rows, None),
                )));
            }
        };
        Ok(text_sink(
            output,
            RowText::new(self.format, &self.parameters, None),
        ))
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
