//! A local stream as a [`Split`]: every record is an object of its own, decoded by what decodes files.
//!
//! A replay reads up to the end that the stream had when it was opened; a run goes on with what is appended. Rows stand
//! at the arrival time of their record unless the URI names another clock.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rowtime_engine::pipeline::{OutsideError, Poll, Split, SplitBatch};
use rowtime_engine::row_error::ErrorName;

use super::address::Address;
use super::{Found, LocalStream, Reader, Start, StreamError};
use crate::format::arrival::ArrivalRange;
use crate::format::batch::{BatchBuilder, Columns, RecordFault};
use crate::format::{RecordDecoder, Window};
use crate::source::carve::carve;
use crate::source::{InvocationError, outside};
use crate::wall_clock;

/// How often the stop flag is looked at while nothing comes.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Bytes of records that go into one batch before it leaves, however few rows they made.
const BATCH_BYTES_MAX: u64 = 8 << 20;

/// How a stream is read.
pub struct Following {
    /// What is appended later is read, too.
    pub live: bool,
    /// The rows stand at the arrival time of their record, and only those of this range are wanted.
    pub arrivals: Option<ArrivalRange>,
    /// A gap ends the run.
    pub stop_on_error: bool,
    /// Set when nobody waits any more.
    pub stop: Arc<AtomicBool>,
}

/// A stream and what decodes its records.
pub struct LocalSplit {
    name: Arc<str>,
    stream: LocalStream,
    reader: Reader,
    columns: Arc<Columns>,
    decoder: Box<dyn RecordDecoder>,
    following: Following,
    /// Where a reader that does not follow ends.
    end: Option<u64>,
    /// Nothing that arrives in time can still come.
    settled: bool,
    ended: bool,
    block: Records,
    left_over: Option<SplitBatch>,
}

/// Records that were appended together, and the place in them.
#[derive(Default)]
struct Records {
    /// Each with its length before it.
    bytes: Vec<u8>,
    /// The record that is decoded, and how much of it is done.
    record: std::ops::Range<usize>,
    done: usize,
    ordinal: u64,
    arrival_ms: i64,
}

impl Records {
    /// Goes to the next record; whether there is one.
    fn advance(&mut self) -> bool {
        let at = self.record.end;
        let Some(length) = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) else {
            return false;
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        self.record = at + 4..at + 4 + length;
        self.done = 0;
        true
    }
}

impl LocalSplit {
    /// Opens a stream; its end is that of now if it is not followed.
    pub fn open(
        address: &Address,
        columns: Arc<Columns>,
        decoder: Box<dyn RecordDecoder>,
        following: Following,
    ) -> Result<Self, InvocationError> {
        let refuse = |e: StreamError| InvocationError(e.to_string());
        let stream = LocalStream::at(address)?;
        let start_ms = following.arrivals.and_then(|range| range.start_ms);
        let start = start_ms.map_or(Start::Oldest, Start::Time);
        let end = if following.live {
            None
        } else {
            Some(stream.reader_from(Start::Newest).map_err(refuse)?.next_ordinal())
        };
        Ok(Self {
            name: address.place().into(),
            reader: stream.reader_from(start).map_err(refuse)?,
            stream,
            columns,
            decoder,
            following,
            end,
            settled: false,
            ended: false,
            block: Records::default(),
            left_over: None,
        })
    }

    /// Decodes what is at hand until the batch is full; bytes of the records that were taken.
    fn fill(&mut self, batch: &mut BatchBuilder) -> Result<u64, OutsideError> {
        let mut bytes = 0;
        while !batch.is_full() && !self.ended && bytes < BATCH_BYTES_MAX {
            if self.block.record.is_empty() && self.block.bytes.is_empty() {
                match self.take_block(batch)? {
                    Some(taken) => bytes += taken,
                    None => break,
                }
                continue;
            }
            self.decode(batch);
            // A full batch may have left something of the record, or what is to be said of its end.
            if !batch.is_full() && !self.block.advance() {
                self.block.bytes.clear();
                self.block.record = 0..0;
            } else if !batch.is_full() {
                self.block.ordinal += 1;
            }
        }
        Ok(bytes)
    }

    fn decode(&mut self, batch: &mut BatchBuilder) {
        let block = &mut self.block;
        let arrival_ms = self.following.arrivals.map(|_| block.arrival_ms);
        batch.set_record(block.ordinal, arrival_ms);
        let record = block.bytes.get(block.record.clone()).unwrap_or_default();
        let window = Window {
            bytes: record.get(block.done..).unwrap_or_default(),
            offset: block.done as u64,
            last: true,
        };
        block.done += self.decoder.decode(window, batch);
    }

    /// Takes the next block of the stream; its bytes, or nothing if there is none now.
    fn take_block(&mut self, batch: &mut BatchBuilder) -> Result<Option<u64>, OutsideError> {
        if self.end.is_some_and(|end| self.reader.next_ordinal() >= end) {
            self.ended = true;
            return Ok(None);
        }
        match self.reader.read().map_err(|e| outside(e.place, e.message))? {
            Found::Records(found) => {
                let range = self.following.arrivals.unwrap_or_default();
                if range.end_ms.is_some_and(|end| found.arrival_ms >= end) {
                    self.ended = true;
                    return Ok(None);
                }
                self.block.bytes.extend_from_slice(found.payload());
                self.block.ordinal = found.first_ordinal;
                self.block.arrival_ms = found.arrival_ms;
                self.block.record = 0..0;
                self.block.advance();
                Ok(Some(self.block.bytes.len() as u64))
            }
            Found::Gap { first_ordinal, len } => {
                let message = gap(len);
                if self.following.stop_on_error {
                    return Err(outside(format!("{}/{first_ordinal}", self.name), message));
                }
                batch.set_record(first_ordinal, None);
                let fault = RecordFault {
                    name: ErrorName::Parse,
                    message: message.into(),
                    arrival_ms: None,
                };
                batch.push_error(fault, 0, &[]);
                batch.count_document(false);
                Ok(Some(0))
            }
            Found::Nothing => {
                self.ended = self.end.is_some();
                Ok(None)
            }
        }
    }

    /// Whether the time at which it ends has come; what was under way then has been waited for.
    fn is_over(&mut self) -> Result<bool, OutsideError> {
        let end_ms = self.following.arrivals.and_then(|range| range.end_ms);
        if self.settled || end_ms.is_none_or(|end| wall_clock::now_ms() < end) {
            return Ok(self.settled);
        }
        self.stream.settle().map_err(|e| outside(e.place, e.message))?;
        self.settled = true;
        Ok(false)
    }
}

fn gap(records: u64) -> String {
    let records = match records {
        1 => "1 record".to_owned(),
        n => format!("{n} records"),
    };
    format!(
        "from here on {records} of the stream cannot be read: dropped by retention= or max_bytes= before they were \
         read, or damaged"
    )
}

impl Split for LocalSplit {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_live(&self) -> bool {
        self.following.live
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        loop {
            match self.poll(rows_max)? {
                Poll::Rows(batch) => return Ok(Some(batch)),
                Poll::Ended => return Ok(None),
                Poll::Nothing if self.following.stop.load(Ordering::Relaxed) => return Ok(None),
                Poll::Nothing => self.reader.wait(LOOK_EVERY),
            }
        }
    }

    fn poll(&mut self, rows_max: usize) -> Result<Poll, OutsideError> {
        let rows_max = rows_max.max(1);
        loop {
            let batch = match self.left_over.take() {
                Some(batch) => batch,
                None => {
                    let mut batch = BatchBuilder::new(&self.columns, &self.name, rows_max);
                    if self.following.arrivals.is_some() {
                        batch.set_clocked();
                    }
                    let bytes = self.fill(&mut batch)?;
                    batch.finish(bytes)
                }
            };
            if batch.rows > 0 || !batch.errors.is_empty() || batch.documents > 0 {
                let (head, rest) = carve(batch, rows_max);
                self.left_over = rest;
                return Ok(Poll::Rows(head));
            }
            if self.ended {
                return Ok(Poll::Ended);
            }
            if batch.bytes > 0 {
                continue;
            }
            let was_settled = self.settled;
            if self.is_over()? {
                self.ended = true;
            } else if self.settled == was_settled {
                return Ok(Poll::Nothing);
            }
        }
    }
}

/// The records that a stream has now as lines, for who only wants to look at them.
pub struct Lines {
    reader: Reader,
    line: Vec<u8>,
    given: usize,
}

impl Lines {
    /// From the oldest record on.
    pub fn open(address: &Address) -> Result<Self, InvocationError> {
        let reader = LocalStream::at(address)?.reader_from(Start::Oldest);
        Ok(Self {
            reader: reader.map_err(|e| InvocationError(e.to_string()))?,
            line: Vec::new(),
            given: 0,
        })
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.line.len() {
            self.line.clear();
            self.given = 0;
            match self.reader.read().map_err(std::io::Error::other)? {
                Found::Nothing => return Ok(0),
                Found::Gap { .. } => {}
                Found::Records(block) => {
                    for record in block.records() {
                        self.line.extend_from_slice(record);
                        self.line.push(b'\n');
                    }
                }
            }
        }
        let mut rest = self.line.get(self.given..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
