//! Answers on standard output.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Prints an answer. A reader that has gone has what it wanted; nobody is left to be told of another failure.
pub fn answer(text: &str) {
    let _ = print(text);
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
