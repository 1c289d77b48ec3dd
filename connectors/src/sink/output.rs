//! Where the bytes of a sink go: a file, compressed by its name, or the standard output that all share.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use flate2::write::GzEncoder;
use rowtime_engine::pipeline::OutsideError;

use crate::source::{InvocationError, outside};

/// The place of standard output in messages.
pub const STANDARD_OUTPUT: &str = "standard output";
/// What is said when its reader is gone.
pub const CLOSED: &str = "nobody reads it any more";

/// Bytes that standard output gathers before they leave.
const STANDARD_BUFFER_BYTES: usize = 64 << 10;

static STANDARD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// An open destination of bytes.
pub struct Output {
    place: String,
    to: To,
}

enum To {
    Plain(File),
    Gzip(GzEncoder<File>),
    Zstd(zstd::stream::write::Encoder<'static, File>),
    Standard,
    Closed,
}

impl Output {
    /// Standard output.
    pub fn standard() -> Self {
        Self {
            place: STANDARD_OUTPUT.to_owned(),
            to: To::Standard,
        }
    }

    /// A file, emptied if it exists; `.gz` and `.zst` are compressed.
    pub fn create(path: &Path) -> Result<Self, InvocationError> {
        let place = path.display().to_string();
        let refuse = |e: io::Error| InvocationError(format!("cannot write {place}: {e}"));
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|e| InvocationError(format!("cannot make the folder {}: {e}", folder.display())))?;
        }
        let file = File::create(path).map_err(refuse)?;
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let to = if extension == "gz" {
            To::Gzip(GzEncoder::new(file, flate2::Compression::default()))
        } else if extension == "zst" {
            To::Zstd(
                zstd::stream::write::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL).map_err(refuse)?,
            )
        } else {
            To::Plain(file)
        };
        Ok(Self { place, to })
    }

    /// Whether other sinks write to the same place, so that the order of writes matters.
    pub fn is_shared(&self) -> bool {
        matches!(self.to, To::Standard)
    }

    /// Takes the text and empties the buffer, also when it fails.
    pub fn write(&mut self, buffer: &mut String) -> Result<(), OutsideError> {
        if buffer.is_empty() {
            return Ok(());
        }
        let bytes = buffer.as_bytes();
        let written = match &mut self.to {
            To::Plain(file) => file.write_all(bytes),
            To::Gzip(encoder) => encoder.write_all(bytes),
            To::Zstd(encoder) => encoder.write_all(bytes),
            To::Standard => {
                let mut gathered = STANDARD.lock().unwrap_or_else(PoisonError::into_inner);
                gathered.extend_from_slice(bytes);
                if gathered.len() >= STANDARD_BUFFER_BYTES {
                    empty(&mut gathered)
                } else {
                    Ok(())
                }
            }
            To::Closed => Err(io::Error::other("it is closed")),
        };
        buffer.clear();
        written.map_err(|e| self.failed(&e))
    }

    /// Lets everything leave.
    pub fn flush(&mut self) -> Result<(), OutsideError> {
        let flushed = match &mut self.to {
            To::Plain(file) => file.flush(),
            To::Gzip(encoder) => encoder.flush(),
            To::Zstd(encoder) => encoder.flush(),
            To::Standard => empty(&mut STANDARD.lock().unwrap_or_else(PoisonError::into_inner)),
            To::Closed => Ok(()),
        };
        flushed.map_err(|e| self.failed(&e))
    }

    /// Writes the end of a compressed file. Further calls do nothing.
    pub fn close(&mut self) -> Result<(), OutsideError> {
        let closed = match std::mem::replace(&mut self.to, To::Closed) {
            To::Plain(mut file) => file.flush(),
            To::Gzip(encoder) => encoder.finish().and_then(|mut file| file.flush()),
            To::Zstd(encoder) => encoder.finish().and_then(|mut file| file.flush()),
            To::Standard => empty(&mut STANDARD.lock().unwrap_or_else(PoisonError::into_inner)),
            To::Closed => Ok(()),
        };
        closed.map_err(|e| self.failed(&e))
    }

    fn failed(&self, e: &io::Error) -> OutsideError {
        let is_standard = self.place == STANDARD_OUTPUT;
        if is_standard && e.kind() == io::ErrorKind::BrokenPipe {
            return outside(STANDARD_OUTPUT, CLOSED);
        }
        outside(self.place.as_str(), format!("cannot write: {e}"))
    }
}

/// Writes what standard output gathered; it is gone even if that fails, so that it is not written twice.
fn empty(gathered: &mut Vec<u8>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(gathered).and_then(|()| stdout.flush());
    gathered.clear();
    written
}
