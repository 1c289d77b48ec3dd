//! Record formats: from bytes to typed rows, and what goes wrong on the way.
//!
//! A [`RecordDecoder`] sees a window of one object's bytes and appends rows to a [`batch::BatchBuilder`].
//! What it makes of the object must not depend on where windows are cut or how many rows a batch takes:
//! a record is only judged once enough of it is in sight that more bytes could not change the verdict.

use batch::BatchBuilder;

pub mod arrival;
pub mod batch;
pub mod cell;
pub mod csv;
pub mod json;
pub mod number;
#[cfg(test)]
pub mod testing;

/// Longest record that is decoded; a longer one is an error row and is skipped without being held.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// A window on the bytes of one object.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// The bytes in sight.
    pub bytes: &'a [u8],
    /// Offset of the first of them in the object, after decompression.
    pub offset: u64,
    /// No bytes follow.
    pub last: bool,
}

/// Decodes the records of one object, in order.
pub trait RecordDecoder: Send {
    /// Appends records from the front of the window until the batch is full or more bytes are needed.
    /// Returns how many bytes are done with. In a last window everything is used up unless the batch fills.
    fn decode(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> usize;

    /// How many bytes at the front of the last window belong to no record (white space), so that bytes
    /// before damage are not taken for a record.
    fn blank(&self, bytes: &[u8]) -> usize;
}

/// Bytes of a bad record that go into its error row; the line end is not part of it.
fn raw_of(record: &[u8]) -> Vec<u8> {
    let max = rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX;
    if record.len() >= max {
        return record[..max].to_vec();
    }
    record.strip_suffix(b"\r").unwrap_or(record).to_vec()
}

/// What to do about a record that is bad from its first byte on: it ends at the first line end.
enum BadRecord<'a> {
    /// More bytes are needed to know its end.
    NeedMore,
    /// It is whole: its bytes, and how many to take with the newline.
    Whole(&'a [u8], usize),
    /// Its head is long enough for the error row; the rest up to the newline is to be skipped.
    Head(&'a [u8]),
}

fn bad_record(bytes: &[u8], last: bool, line_end: u8) -> BadRecord<'_> {
    match memchr::memchr(line_end, bytes) {
        Some(end) => BadRecord::Whole(&bytes[..end], end + 1),
        None if last => BadRecord::Whole(bytes, bytes.len()),
        None if bytes.len() >= rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX => BadRecord::Head(bytes),
        None => BadRecord::NeedMore,
    }
}
