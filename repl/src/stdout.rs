//! Answers on standard output.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Prints an answer, all of it or as much as its reader wants.
pub fn answer(text: &str) -> Result<(), Failure> {
    written(print(text))
}

/// What became of an answer that was printed.
pub fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    let failure = outcome.err().and_then(|error| failure(&error));
    failure.map_or(Ok(()), Err)
}

/// Prints text at once.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// What it means that standard output cannot be written: nothing, if its reader has gone, who has what it wanted.
pub fn failure(error: &io::Error) -> Option<Failure> {
    let gone = error.kind() == ErrorKind::BrokenPipe;
    (!gone).then(|| Failure::Failed(format!("standard output: {error}")))
}
