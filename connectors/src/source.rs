//! Sources: files, folders, globs and standard input.

use rowtime_engine::pipeline::{OutsideError, Split};
use rowtime_engine::plan::Stream;

/// What every source needs to know beside its URI.
#[derive(Debug, Clone)]
pub struct SourceOptions {
    /// `--threads`: workers that may decode.
    pub threads: usize,
    /// `--start`: rows that arrived before are left out.
    pub start_ms: Option<i64>,
    /// `--end`: rows that arrived then or later are left out.
    pub end_ms: Option<i64>,
    /// `--on-error stop`.
    pub stop_on_error: bool,
    /// `--max-open`.
    pub max_open: usize,
    /// The columns of the stream that some pump reads, by position; others may stay null arrays.
    pub wanted: Vec<bool>,
}

/// An opened source.
pub struct OpenedSource {
    /// Its splits, in name order.
    pub splits: Vec<Box<dyn Split>>,
    /// Bytes of all of them where known.
    pub bytes_total: Option<u64>,
}

/// Why a source cannot be opened: a wrong invocation (exit status 2).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct InvocationError(pub String);

/// The stream that a source with `?schema=` (or discovery) describes, for a script that does not create it.
pub fn describe(_name: &str, _uri: &str) -> Result<Stream, InvocationError> {
    Err(InvocationError("not implemented yet".to_owned()))
}

/// Opens a source for a stream.
pub fn open(_uri: &str, _stream: &Stream, _options: &SourceOptions) -> Result<OpenedSource, InvocationError> {
    Err(InvocationError("not implemented yet".to_owned()))
}

/// Records in memory as a split, decoded as `open` would decode a file with this URI's parameters (tests).
pub fn from_bytes(
    _name: &str,
    _bytes: Vec<u8>,
    _uri_parameters: &str,
    _stream: &Stream,
    _options: &SourceOptions,
) -> Result<Box<dyn Split>, InvocationError> {
    Err(InvocationError("not implemented yet".to_owned()))
}

/// Reports a failure of the outside.
pub fn outside(place: impl Into<String>, message: impl Into<String>) -> OutsideError {
    OutsideError {
        place: place.into(),
        message: message.into(),
    }
}
