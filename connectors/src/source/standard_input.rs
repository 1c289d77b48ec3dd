//! Standard input, which can be looked at before it is read.
//!
//! Discovery must see the first records of a stream that no script declares, and a pipe cannot be read
//! twice; what was looked at is kept here and given to the reader first.

use std::io::{self, Cursor, Read};
use std::sync::{Mutex, PoisonError};

static LOOKED_AT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Reads up to `limit` bytes ahead and returns all that was read ahead so far.
pub fn look_ahead(limit: usize) -> io::Result<Vec<u8>> {
    let mut kept = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner);
    let missing = limit.saturating_sub(kept.len());
    io::stdin().lock().take(missing as u64).read_to_end(&mut kept)?;
    Ok(kept.clone())
}

/// Standard input from its start.
pub fn reader() -> impl Read + Send {
    let kept = std::mem::take(&mut *LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner));
    Cursor::new(kept).chain(io::stdin())
}
