//! Answers on standard output.

use std::io::{self, Write};

/// Prints an answer. A reader that has gone has what it wanted; nobody is left to be told of another failure.
pub fn answer(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
