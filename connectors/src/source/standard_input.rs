//! Standard input, which can be looked at before it is read.
//!
//! Discovery must see the first records of a stream that no script declares, and a pipe cannot be read
//! twice; what was looked at is kept here and given to the reader first.

use std::io::{self, Cursor, Read};
use std::sync::{Mutex, PoisonError};

/// Bytes asked for at once.
const BLOCK_BYTES: usize = 64 << 10;

static LOOKED_AT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Reads ahead until there are this many bytes or lines, and returns all that was read ahead so far, and whether that
/// is everything. A pipe that is slow to fill keeps nobody waiting longer than that.
pub fn look_ahead(bytes_max: usize, lines_max: usize) -> io::Result<(Vec<u8>, bool)> {
    let mut kept = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner);
    let mut input = io::stdin().lock();
    let mut lines = memchr::memchr_iter(b'\n', &kept).count();
    while kept.len() < bytes_max && lines < lines_max {
        let mut block = vec![0; BLOCK_BYTES];
        let read = match input.read(&mut block) {
            Ok(0) => return Ok((kept.clone(), true)),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let new = block.get(..read).unwrap_or_default();
        lines += memchr::memchr_iter(b'\n', new).count();
        kept.extend_from_slice(new);
    }
    Ok((kept.clone(), false))
}

/// Standard input from its start.
pub fn reader() -> impl Read + Send {
    let kept = std::mem::take(&mut *LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner));
    Cursor::new(kept).chain(io::stdin())
}
