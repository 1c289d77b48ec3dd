//! Standard output as the destination of several streams at once: every line says which stream it is of.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};
use rowtime_engine::row_text::{write_json_row, write_json_string};

/// Bytes that wait for a flush at most.
const BUFFER_BYTES_MAX: usize = 1 << 16;

/// Lines of all streams, in the order in which they were written.
#[derive(Debug, Clone, Default)]
pub struct TaggedLines {
    waiting: Arc<Mutex<String>>,
}

impl TaggedLines {
    /// The destination of one of the streams.
    pub fn sink(&self, stream: &str) -> Box<dyn Sink> {
        let mut prefix = String::from("{\"stream\":");
        write_json_string(&mut prefix, stream);
        prefix.push_str(",\"row\":");
        Box::new(TaggedSink {
            lines: self.clone(),
            prefix,
        })
    }

    fn leave(waiting: &mut String) -> Result<(), OutsideError> {
        let mut out = io::stdout().lock();
        let done = out.write_all(waiting.as_bytes()).and_then(|()| out.flush());
        waiting.clear();
        done.map_err(|e| OutsideError {
            place: "standard output".to_owned(),
            message: e.to_string(),
        })
    }
}

struct TaggedSink {
    lines: TaggedLines,
    prefix: String,
}

impl Sink for TaggedSink {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        let mut waiting = self.lines.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for row in 0..rows.rowtimes.len() {
            waiting.push_str(&self.prefix);
            write_json_row(&mut waiting, rows.fields, rows.columns, row);
            waiting.push_str("}\n");
            if waiting.len() >= BUFFER_BYTES_MAX {
                TaggedLines::leave(&mut waiting)?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        let mut waiting = self.lines.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        TaggedLines::leave(&mut waiting)
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        self.flush()
    }
}

/// Prints an answer. A reader that has gone has what it wanted; nobody is left to be told of another failure.
pub fn answer(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
