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

    /// Whether a record that was too short may end within these bytes that follow it.
    fn may_end_in(&self, bytes: &[u8]) -> bool;
}

/// Bytes of a bad record that go into its error row; the line end is not part of it.
fn raw_of(record: &[u8]) -> Vec<u8> {
    let max = rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX;
    if record.len() >= max {
        return record[..max].to_vec();
    }
    record.strip_suffix(b"\r").unwrap_or(record).to_vec()
}

/// What came of looking at a record.
pub(crate) enum Step {
    /// More bytes are needed.
    NeedMore,
    /// This many bytes are done with.
    Taken(usize),
    /// All bytes up to the next line end are done with.
    SkipLine,
}

/// Takes records from the front of a window, for as long as the batch has room; how many bytes are done with.
///
/// `skipping` lasts from one window to the next: inside a bad record whose end is not in sight yet. `blank` is how
/// much in front of a record belongs to none.
pub(crate) fn each_record<'w>(
    window: Window<'w>,
    line_end: &[u8],
    skipping: &mut bool,
    blank: impl Fn(&[u8]) -> usize,
    batch: &mut BatchBuilder,
    mut record: impl FnMut(Window<'w>, &mut BatchBuilder) -> Step,
) -> usize {
    let Window { bytes, offset, last } = window;
    let mut at = 0;
    if offset == 0 {
        match byte_order_mark(bytes, last) {
            Some(length) => at = length,
            None => return 0,
        }
    }
    loop {
        if *skipping {
            let Some(end) = memchr::memmem::find(&bytes[at..], line_end) else {
                // A line end that is cut stays in sight.
                let kept = if last { 0 } else { line_end.len().saturating_sub(1) };
                return at.max(bytes.len().saturating_sub(kept));
            };
            at += end + line_end.len();
            *skipping = false;
        }
        at += blank(&bytes[at..]);
        if at >= bytes.len() || batch.is_full() {
            return at;
        }
        let rest = Window {
            bytes: &bytes[at..],
            offset: offset + at as u64,
            last,
        };
        match record(rest, batch) {
            Step::NeedMore => return at,
            Step::Taken(length) => at += length,
            Step::SkipLine => *skipping = true,
        }
    }
}

/// Length of the UTF-8 byte order mark at the start of an object; `None` while too little is in sight.
fn byte_order_mark(bytes: &[u8], last: bool) -> Option<usize> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    if bytes.starts_with(MARK) {
        return Some(MARK.len());
    }
    (last || bytes.is_empty() || !MARK.starts_with(bytes)).then_some(0)
}

/// What to do about a record that is bad from its first byte on: it ends at the first line end.
pub(crate) enum BadRecord<'a> {
    /// More bytes are needed to know its end.
    NeedMore,
    /// It is whole: its bytes, and how many to take with the newline.
    Whole(&'a [u8], usize),
    /// Its head is long enough for the error row; the rest up to the newline is to be skipped.
    Head(&'a [u8]),
}

pub(crate) fn bad_record<'a>(bytes: &'a [u8], last: bool, line_end: &[u8]) -> BadRecord<'a> {
    match memchr::memmem::find(bytes, line_end) {
        Some(end) => BadRecord::Whole(&bytes[..end], end + line_end.len()),
        None if last => BadRecord::Whole(bytes, bytes.len()),
        None if bytes.len() >= rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX => BadRecord::Head(bytes),
        None => BadRecord::NeedMore,
    }
}
