//! Reading a stream from any place on, while others append to it and drop what is old.
//!
//! A reader takes no lock: a block is whole or not there. It holds one segment open, so that a segment that is dropped
//! meanwhile is still read to its end; what was dropped or damaged before it was read is told as a gap.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::address::Address;
use super::segment::{BlockHeader, HeaderFault, Next, SegmentReader, records};
use super::watch::Watch;
use super::writer::{floor_of, read_header};
use super::{Start, StreamError};

/// Reads the records of a stream in order.
pub struct Reader {
    address: Address,
    /// The next record that is wanted.
    next: u64,
    /// Earlier records are passed over.
    from_ms: Option<i64>,
    segment: Option<SegmentReader>,
    /// First ordinal of the segment that was opened last.
    opened: Option<u64>,
    /// What is missing before the block that is at hand.
    waiting: Option<BlockHeader>,
    watch: Option<Watch>,
}

/// Records that were appended together.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Ordinal of the first.
    pub first_ordinal: u64,
    /// How many.
    pub len: u64,
    /// When they arrived, in ms.
    pub arrival_ms: i64,
    payload: &'a [u8],
}

impl<'a> Block<'a> {
    /// The records.
    pub fn records(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        records(self.payload)
    }

    /// All of them, each with its length before it.
    pub(super) fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

/// What a look at a stream finds.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// The next records.
    Records(Block<'a>),
    /// Records that can no longer be read: old ones that were dropped, or damage. Reading goes on behind them.
    Gap {
        /// The first of them.
        first_ordinal: u64,
        /// How many.
        len: u64,
    },
    /// Nothing yet.
    Nothing,
}

impl Reader {
    pub(super) fn new(address: &Address, start: Start) -> Result<Self, StreamError> {
        let failed = |e: io::Error| StreamError::of(address, "cannot read it", &e);
        let segments = address.segments().map_err(failed)?;
        let oldest = segments.first().copied().unwrap_or(0);
        let mut reader = Self {
            address: address.clone(),
            next: oldest,
            from_ms: None,
            segment: None,
            opened: None,
            waiting: None,
            watch: None,
        };
        match start {
            Start::Oldest => {}
            Start::Ordinal(ordinal) => reader.next = ordinal,
            Start::Time(ms) => {
                let mut above = segments.len();
                // The last segment that begins before that time has the record, or the next one begins with it.
                while let Some(at) = above.checked_sub(1) {
                    let ordinal = segments.get(at).copied().unwrap_or(oldest);
                    reader.next = ordinal;
                    if floor_of(address, ordinal).is_ok_and(|floor| floor.is_some_and(|f| f < ms)) {
                        break;
                    }
                    above = at;
                }
                reader.from_ms = Some(ms);
            }
            Start::Newest => {
                reader.next = segments.last().copied().unwrap_or(0);
                while let Found::Records(_) | Found::Gap { .. } = reader.read()? {}
            }
        }
        Ok(reader)
    }

    /// The ordinal of the record that is read next, if it can be.
    pub fn next_ordinal(&self) -> u64 {
        self.next
    }

    /// The next records, without waiting.
    ///
    /// # Errors
    /// The folder cannot be read, or is of a later version of the program.
    pub fn read(&mut self) -> Result<Found<'_>, StreamError> {
        loop {
            if let Some(header) = self.waiting.take() {
                return Ok(self.give(header));
            }
            let Some(segment) = &mut self.segment else {
                if !self.open_next()? {
                    return Ok(Found::Nothing);
                }
                if let Some(opened) = self.opened.filter(|opened| *opened > self.next) {
                    return Ok(self.gap_to(opened));
                }
                continue;
            };
            let next = segment
                .next()
                .map_err(|e| StreamError::of(&self.address, "cannot read it", &e))?;
            match next {
                Next::Block(header) if header.next_ordinal() <= self.next => {}
                Next::Block(header) if self.from_ms.is_some_and(|ms| header.arrival_ms < ms) => {
                    self.next = header.next_ordinal();
                }
                Next::Block(header) => {
                    self.waiting = Some(header);
                    if header.first_ordinal > self.next && self.from_ms.is_none() {
                        return Ok(self.gap_to(header.first_ordinal));
                    }
                    self.next = self.next.max(header.first_ordinal);
                    self.from_ms = None;
                }
                Next::Sealed(seal) => {
                    self.segment = None;
                    if seal.first_ordinal > self.next {
                        return Ok(self.gap_to(seal.first_ordinal));
                    }
                }
                Next::End(_) => {
                    // Where others went on behind it, nobody is going to add anything here.
                    let all = self.segments()?;
                    if all.last().copied() <= self.opened {
                        return Ok(Found::Nothing);
                    }
                    self.segment = None;
                }
            }
        }
    }

    /// Waits until something may have been appended since the last [`Reader::read`] found nothing, at most so long.
    pub fn wait(&mut self, limit: Duration) {
        match &mut self.watch {
            Some(watch) => watch.wait(limit),
            // What came before the watch is not told: the reader looks once more.
            None => self.watch = Some(Watch::new(self.address.folder())),
        }
    }

    fn give(&mut self, header: BlockHeader) -> Found<'_> {
        let payload = self
            .segment
            .as_ref()
            .map(SegmentReader::payload)
            .unwrap_or_default();
        let passed = self.next.saturating_sub(header.first_ordinal);
        let skipped: usize = records(payload)
            .take(usize::try_from(passed).unwrap_or(usize::MAX))
            .map(|r| r.len() + 4)
            .sum();
        let first_ordinal = header.first_ordinal + passed;
        self.next = header.next_ordinal();
        Found::Records(Block {
            first_ordinal,
            len: self.next - first_ordinal,
            arrival_ms: header.arrival_ms,
            payload: payload.get(skipped..).unwrap_or_default(),
        })
    }

    fn gap_to(&mut self, ordinal: u64) -> Found<'static> {
        let first_ordinal = std::mem::replace(&mut self.next, ordinal);
        Found::Gap {
            first_ordinal,
            len: ordinal - first_ordinal,
        }
    }

    fn segments(&self) -> Result<Vec<u64>, StreamError> {
        let segments = self.address.segments();
        segments.map_err(|e| StreamError::of(&self.address, "cannot list its segments", &e))
    }

    /// Opens the segment behind the one that was read last in which the next record is, or else the first that is left.
    fn open_next(&mut self) -> Result<bool, StreamError> {
        let all = self.segments()?;
        let behind = all.partition_point(|s| Some(*s) <= self.opened);
        let rest = all.get(behind..).unwrap_or_default();
        let at = rest.partition_point(|s| *s <= self.next).saturating_sub(1);
        for ordinal in rest.get(at..).unwrap_or_default() {
            let file = match File::open(self.address.segment(*ordinal)) {
                // Dropped since it was listed.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(|e| StreamError::of(&self.address, "cannot read it", &e))?,
            };
            let header = read_header(&file);
            match header.map_err(|e| StreamError::of(&self.address, "cannot read it", &e))? {
                Err(HeaderFault::Version(version)) => {
                    return Err(StreamError::later_version(&self.address, version));
                }
                // It is being made.
                Err(HeaderFault::Short) => return Ok(false),
                Ok(_) | Err(HeaderFault::Damaged) => {}
            }
            self.segment = Some(SegmentReader::new(file, *ordinal, 0));
            self.opened = Some(*ordinal);
            return Ok(true);
        }
        Ok(false)
    }
}
