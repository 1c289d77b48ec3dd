//! One object as a [`Split`]: bytes through a window into a decoder, rows out in batches.
//!
//! Memory is bounded by the window, which grows only for a record longer than it, up to the longest record
//! that is decoded, and by what one batch holds. An object that cannot be opened or read to its end gives
//! the rows before the damage and then one error row, or ends the run if it was asked to.

use std::io;
use std::sync::Arc;

use encoding_rs::Encoding;
use rowtime_engine::pipeline::{LowerBound, OutsideError, Split, SplitBatch};

use super::bytes::{Bytes, Origin};
use super::carve::carve;
use super::live::is_stop;
use super::outside;
use crate::format::batch::{BatchBuilder, Columns, RecordFault};
use crate::format::{RecordDecoder, Window};

/// Bytes that go into one batch before it leaves, however few rows they made.
const BATCH_BYTES_MAX: u64 = 8 << 20;

/// Bytes from which on a record counts as long.
const LONG_RECORD: usize = 64 << 10;

/// Room for bytes in sight that an object keeps when its records are short.
const BUFFER_KEPT_MAX: usize = 1 << 20;

/// An object and what decodes it.
pub struct RecordSplit {
    name: Arc<str>,
    columns: Arc<Columns>,
    decoder: Box<dyn RecordDecoder>,
    state: State,
    /// Bytes not yet decoded, from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// Offset of `buffer[start]` in the object.
    offset: u64,
    /// Bytes from `start` on that a look was not enough for.
    looked_at: usize,
    /// Bytes that can end a record have come since.
    may_end: bool,
    /// What its bytes are where they do not say it themselves.
    encoding: Option<&'static Encoding>,
    /// What its text was decoded from.
    decoded_from: Option<&'static Encoding>,
    stop_on_error: bool,
    /// Rows leave as soon as they are there: more bytes may be long in coming.
    eager: bool,
    /// Rows beyond what was asked for.
    left_over: Option<SplitBatch>,
    lower_bound: LowerBound,
}

enum State {
    Closed(Origin),
    Open(Bytes),
    /// Everything was read; the rest of the buffer is the end of the object.
    Draining,
    /// Reading failed; the rest of the buffer is followed by this damage.
    Damaged(io::Error),
    Ended,
}

impl RecordSplit {
    /// A split over an object; nothing is opened yet.
    pub fn new(
        name: &str,
        origin: Origin,
        columns: Arc<Columns>,
        decoder: Box<dyn RecordDecoder>,
        stop_on_error: bool,
    ) -> Self {
        Self {
            name: name.into(),
            columns,
            decoder,
            eager: origin.is_live(),
            state: State::Closed(origin),
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            looked_at: 0,
            may_end: false,
            encoding: None,
            decoded_from: None,
            stop_on_error,
            left_over: None,
            lower_bound: LowerBound::Unknown,
        }
    }

    /// Says where it stands in the merge before it is opened.
    pub fn set_lower_bound(&mut self, bound: LowerBound) {
        self.lower_bound = bound;
    }

    /// Says what its bytes are unless they begin with a byte order mark.
    pub fn set_encoding(&mut self, encoding: Option<&'static Encoding>) {
        self.encoding = encoding;
    }

    /// Bytes of the object, decompressed, that were decoded so far.
    pub fn decoded_bytes(&self) -> u64 {
        self.offset
    }

    /// Decodes what is in sight; whether all of it is used up.
    fn decode(&mut self, batch: &mut BatchBuilder) -> bool {
        if !self.is_worth_a_look() {
            return false;
        }
        self.may_end = false;
        batch.set_encoding(self.decoded_from);
        let window = Window {
            bytes: &self.buffer[self.start..],
            offset: self.offset,
            last: matches!(self.state, State::Draining),
        };
        let used = self.decoder.decode(window, batch);
        self.start += used;
        self.offset += used as u64;
        self.looked_at = if batch.is_full() {
            0
        } else {
            self.buffer.len() - self.start
        };
        self.start == self.buffer.len()
    }

    /// A long record comes in small pieces, and looking at all of it after each would cost the square of
    /// its length: until it has doubled, only bytes that can end a record are a reason to look again.
    fn is_worth_a_look(&self) -> bool {
        let in_sight = self.buffer.len() - self.start;
        self.looked_at < LONG_RECORD
            || in_sight >= 2 * self.looked_at
            || self.may_end
            || !matches!(self.state, State::Open(_))
    }

    /// Brings more bytes into sight.
    fn read_more(&mut self) {
        let State::Open(bytes) = &mut self.state else {
            return;
        };
        self.buffer.drain(..self.start);
        self.start = 0;
        // The room of a long record is given back behind it.
        if self.buffer.capacity() > BUFFER_KEPT_MAX && self.buffer.len() < BUFFER_KEPT_MAX / 4 {
            self.buffer.shrink_to(BUFFER_KEPT_MAX / 4);
        }
        let kept = self.buffer.len();
        let read = bytes.read_more(&mut self.buffer);
        self.decoded_from = bytes.decoded_from();
        match read {
            Ok(0) => self.state = State::Draining,
            Ok(_) => {
                let new = self.buffer.get(kept..).unwrap_or_default();
                self.may_end |= self.decoder.may_end_in(new);
            }
            // What was begun when the run was stopped is not judged.
            Err(e) if is_stop(&e) => self.state = State::Ended,
            Err(e) => self.state = State::Damaged(e),
        }
    }

    fn open(&mut self, origin: Origin) {
        self.state = match Bytes::open(origin, self.encoding) {
            Ok(bytes) => State::Open(bytes),
            Err(e) if is_stop(&e) => State::Ended,
            Err(e) => State::Damaged(e),
        };
    }

    /// The damage as the last error row; the beginning of the record it hit is what is left in sight.
    fn report(&mut self, damage: &io::Error, batch: &mut BatchBuilder) {
        let rest = &self.buffer[self.start..];
        let blank = self.decoder.blank(rest).min(rest.len());
        let fault = RecordFault::parse(format!("cannot read on: {damage}"));
        batch.push_error(fault, self.offset + blank as u64, &rest[blank..]);
        batch.count_document(false);
    }

    fn next_batch(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let mut batch = BatchBuilder::new(&self.columns, &self.name, rows_max);
        let (from, mut taken) = (self.offset, 0);
        loop {
            let used_up = self.decode(&mut batch);
            if let State::Open(bytes) = &mut self.state {
                taken += bytes.newly_taken();
            }
            let is_long = self.offset - from >= BATCH_BYTES_MAX;
            if batch.is_full() || (!batch.is_empty() && (self.eager || is_long)) {
                break;
            }
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Closed(origin) => self.open(origin),
                State::Open(bytes) => {
                    self.state = State::Open(bytes);
                    self.read_more();
                }
                State::Draining if used_up => break,
                State::Draining => self.state = State::Draining,
                State::Damaged(damage) if self.stop_on_error && !batch.is_empty() => {
                    self.state = State::Damaged(damage);
                    break;
                }
                State::Damaged(damage) if self.stop_on_error => {
                    return Err(outside(&*self.name, format!("cannot read on: {damage}")));
                }
                State::Damaged(damage) => {
                    self.report(&damage, &mut batch);
                    self.buffer = Vec::new();
                    self.start = 0;
                    break;
                }
                State::Ended => break,
            }
        }
        let batch = batch.finish(taken);
        let is_empty = batch.rows == 0 && batch.errors.is_empty() && batch.documents == 0 && batch.bytes == 0;
        Ok((!is_empty).then_some(batch))
    }
}

impl Split for RecordSplit {
    fn name(&self) -> &str {
        &self.name
    }

    fn lower_bound(&self) -> LowerBound {
        self.lower_bound
    }

    fn is_live(&self) -> bool {
        self.eager
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let rows_max = rows_max.max(1);
        let batch = match self.left_over.take() {
            Some(batch) => Some(batch),
            None => self.next_batch(rows_max)?,
        };
        let Some(batch) = batch else { return Ok(None) };
        let (head, rest) = carve(batch, rows_max);
        self.left_over = rest;
        Ok(Some(head))
    }
}
