//! The bytes of a segment: a header, then blocks, each the records of one append under one checksum.
//!
//! A block is there whole or not at all: a crash leaves a beginning of it, which its checksum tells from a whole one.
//! The checksum covers the place of the block, too, so that bytes of a segment that somebody appends as a record are
//! never taken for a block. A block without records seals its segment: the next segment goes on with its ordinal.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::format::RECORD_BYTES_MAX;

/// Bytes of a segment's header.
pub const SEGMENT_HEADER: usize = 32;
/// Bytes of a block's header.
pub const BLOCK_HEADER: usize = 32;
/// Most bytes of the records of a block: one record of any size, or many small ones.
const PAYLOAD_MAX: usize = RECORD_BYTES_MAX + 4;
/// Bytes of records from which on a block is closed.
const PAYLOAD_WANTED: usize = 256 << 10;
/// Bytes read at once: few where a writer is followed, more while there are more.
const READ_BYTES_MIN: usize = 16 << 10;
const READ_BYTES_MAX: usize = 1 << 20;

const SEGMENT_MAGIC: &[u8; 8] = b"rowtime\n";
const BLOCK_MAGIC: &[u8; 4] = b"rtb\n";
/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;

/// What stands at the start of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Ordinal of its first record.
    pub first_ordinal: u64,
    /// No record of it arrived before, and none of an earlier segment after.
    pub floor_ms: i64,
}

/// Why the first bytes of a segment are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderFault {
    /// It is not written yet, or its writer died.
    Short,
    /// Its bytes have changed.
    Damaged,
    /// A later version of the program wrote it.
    Version(u32),
}

impl SegmentHeader {
    /// As it is stored.
    pub fn encode(self) -> [u8; SEGMENT_HEADER] {
        let mut out = [0; SEGMENT_HEADER];
        out[..8].copy_from_slice(SEGMENT_MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[16..24].copy_from_slice(&self.first_ordinal.to_le_bytes());
        out[24..32].copy_from_slice(&self.floor_ms.to_le_bytes());
        let sum = crc32fast::hash(&out);
        out[12..16].copy_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads it from the start of a segment.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderFault> {
        let Some(found) = bytes.get(..SEGMENT_HEADER) else {
            return Err(HeaderFault::Short);
        };
        let mut blank = [0; SEGMENT_HEADER];
        blank.copy_from_slice(found);
        blank[12..16].fill(0);
        if &found[..8] != SEGMENT_MAGIC || crc32fast::hash(&blank) != u32_at(found, 12) {
            return Err(HeaderFault::Damaged);
        }
        match u32_at(found, 8) {
            VERSION => Ok(Self {
                first_ordinal: u64_at(found, 16),
                floor_ms: i64::from_le_bytes(u64_at(found, 24).to_le_bytes()),
            }),
            other => Err(HeaderFault::Version(other)),
        }
    }
}

/// What stands at the start of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHeader {
    /// Bytes of its records, each with its length before it.
    pub payload: usize,
    /// How many they are; none in the block that seals a segment.
    pub records: u32,
    /// Ordinal of the first; of the first in the next segment if it is the seal.
    pub first_ordinal: u64,
    /// When they arrived.
    pub arrival_ms: i64,
}

impl BlockHeader {
    /// The ordinal behind its records.
    pub fn next_ordinal(&self) -> u64 {
        self.first_ordinal + u64::from(self.records)
    }
}

/// What bytes at a block's place are.
enum Parsed {
    Whole(BlockHeader),
    /// A block may begin here that has this many bytes.
    Short(usize),
    Bad,
}

/// Appends blocks of these records to `out`, which will stand at `offset` in the segment.
pub fn encode_blocks(
    out: &mut Vec<u8>,
    segment: u64,
    offset: u64,
    mut header: BlockHeader,
    records: &[&[u8]],
) {
    let base = out.len();
    let mut rest = records;
    loop {
        let start = out.len();
        out.resize(start + BLOCK_HEADER, 0);
        let mut taken = 0;
        for record in rest {
            let filled = out.len() - start - BLOCK_HEADER;
            if taken > 0 && filled + record.len() > PAYLOAD_WANTED {
                break;
            }
            let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(record);
            taken += 1;
        }
        let payload = out.len() - start - BLOCK_HEADER;
        header.records = u32::try_from(taken).unwrap_or(u32::MAX);
        let block = &mut out[start..];
        block[..4].copy_from_slice(BLOCK_MAGIC);
        block[8..12].copy_from_slice(&u32::try_from(payload).unwrap_or(u32::MAX).to_le_bytes());
        block[12..16].copy_from_slice(&header.records.to_le_bytes());
        block[16..24].copy_from_slice(&header.first_ordinal.to_le_bytes());
        block[24..32].copy_from_slice(&header.arrival_ms.to_le_bytes());
        let sum = checksum(segment, offset + (start - base) as u64, &block[8..]);
        block[4..8].copy_from_slice(&sum.to_le_bytes());
        header.first_ordinal = header.next_ordinal();
        rest = rest.get(taken..).unwrap_or_default();
        if rest.is_empty() {
            return;
        }
    }
}

/// The checksum of a block that stands at this offset of this segment.
fn checksum(segment: u64, offset: u64, behind_it: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&segment.to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.update(behind_it);
    hasher.finalize()
}

fn parse(segment: u64, offset: u64, bytes: &[u8]) -> Parsed {
    let known = bytes.len().min(BLOCK_MAGIC.len());
    if bytes[..known] != BLOCK_MAGIC[..known] {
        return Parsed::Bad;
    }
    let Some(head) = bytes.get(..BLOCK_HEADER) else {
        return Parsed::Short(BLOCK_HEADER);
    };
    let payload = usize::try_from(u32_at(head, 8)).unwrap_or(usize::MAX);
    if payload > PAYLOAD_MAX {
        return Parsed::Bad;
    }
    let Some(block) = bytes.get(..BLOCK_HEADER + payload) else {
        return Parsed::Short(BLOCK_HEADER + payload);
    };
    if checksum(segment, offset, &block[8..]) != u32_at(head, 4) {
        return Parsed::Bad;
    }
    Parsed::Whole(BlockHeader {
        payload,
        records: u32_at(head, 12),
        first_ordinal: u64_at(head, 16),
        arrival_ms: i64::from_le_bytes(u64_at(head, 24).to_le_bytes()),
    })
}

/// The records of a block one after another.
pub fn records(mut payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = payload.split_at_checked(4)?;
        let length = usize::try_from(u32_at(length, 0)).unwrap_or(usize::MAX);
        let (record, rest) = rest.split_at_checked(length)?;
        payload = rest;
        Some(record)
    })
}

/// Reads the blocks of a segment while it may still be written.
pub struct SegmentReader {
    file: File,
    segment: u64,
    buffer: Vec<u8>,
    /// Of the first byte in `buffer` that is not used up.
    start: usize,
    /// Where that byte is in the file.
    offset: u64,
    /// Bytes that the next read asks for.
    read_bytes: usize,
    /// Of the block that was found last, which is used up.
    payload: std::ops::Range<usize>,
}

/// What comes next in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Records; [`SegmentReader::payload`] has them.
    Block(BlockHeader),
    /// The segment is complete.
    Sealed(BlockHeader),
    /// No whole block, now; this many bytes of something that is none.
    End(u64),
}

impl SegmentReader {
    /// Begins behind the header, or at `offset` if something behind it is known to begin a block.
    pub fn new(file: File, segment: u64, offset: u64) -> Self {
        Self {
            file,
            segment,
            buffer: Vec::new(),
            start: 0,
            offset: offset.max(SEGMENT_HEADER as u64),
            read_bytes: READ_BYTES_MIN,
            payload: 0..0,
        }
    }

    /// Where the next block begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The file.
    pub fn into_file(self) -> File {
        self.file
    }

    /// The records of the block that was found last.
    pub fn payload(&self) -> &[u8] {
        self.buffer.get(self.payload.clone()).unwrap_or_default()
    }

    /// The next block. Bytes that are none are passed over if there is a block behind them.
    pub fn next(&mut self) -> io::Result<Next> {
        loop {
            let wanted = match parse(self.segment, self.offset, &self.buffer[self.start..]) {
                Parsed::Whole(header) => return Ok(self.found(header)),
                Parsed::Short(wanted) => wanted,
                Parsed::Bad => return self.resume(),
            };
            if !self.fill(wanted.max(BLOCK_HEADER))? {
                let torn = self.buffer.len() - self.start;
                if torn > BLOCK_HEADER {
                    // A changed length looks as if more were to come.
                    return self.resume();
                }
                self.forget();
                return Ok(Next::End(torn as u64));
            }
        }
    }

    fn found(&mut self, header: BlockHeader) -> Next {
        let payload = self.start + BLOCK_HEADER;
        self.payload = payload..payload + header.payload;
        self.start = self.payload.end;
        self.offset += (BLOCK_HEADER + header.payload) as u64;
        if header.records == 0 {
            Next::Sealed(header)
        } else {
            Next::Block(header)
        }
    }

    /// Brings at least so many bytes into sight, if they are there.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.payload = 0..0;
        if self.buffer.len() < READ_BYTES_MAX {
            // The room of a long look is given back behind it.
            self.buffer.shrink_to(2 * READ_BYTES_MAX);
        }
        while self.buffer.len() < wanted {
            let known = self.buffer.len();
            let asked = wanted.max(known + self.read_bytes) - known;
            self.buffer.resize(known + asked, 0);
            let read = self
                .file
                .read_at(&mut self.buffer[known..], self.offset + known as u64);
            self.buffer.truncate(known + read.as_ref().copied().unwrap_or(0));
            match read {
                Ok(0) => return Ok(false),
                Ok(read) if read < asked => self.read_bytes = READ_BYTES_MIN,
                Ok(_) => self.read_bytes = (2 * self.read_bytes).min(READ_BYTES_MAX),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }

    /// What is in sight may be replaced before the next look.
    fn forget(&mut self) {
        self.buffer.truncate(self.start);
    }

    /// Looks for a block behind bytes that are none.
    ///
    /// A writer may be at work there, or have cut off what another one left: bytes are only passed over if, after a
    /// block was seen behind them, they are still none.
    fn resume(&mut self) -> io::Result<Next> {
        let mut seen = self.look_behind()?;
        if seen.is_some_and(|(at, _)| at > 0) {
            seen = self.look_behind()?;
        }
        let Some((at, header)) = seen else {
            let torn = (self.buffer.len() - self.start) as u64;
            self.forget();
            return Ok(Next::End(torn));
        };
        self.start += at;
        self.offset += at as u64;
        Ok(self.found(header))
    }

    /// The first whole block from here on in the rest of the segment, read anew, and how far behind this place it is.
    fn look_behind(&mut self) -> io::Result<Option<(usize, BlockHeader)>> {
        self.forget();
        let there = self.file.metadata()?.len().saturating_sub(self.offset);
        self.fill(usize::try_from(there).unwrap_or(usize::MAX))?;
        let finder = memchr::memmem::Finder::new(BLOCK_MAGIC);
        let mut places = finder.find_iter(&self.buffer);
        Ok(places.find_map(
            |at| match parse(self.segment, self.offset + at as u64, &self.buffer[at..]) {
                Parsed::Whole(header) => Some((at, header)),
                Parsed::Short(_) | Parsed::Bad => None,
            },
        ))
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
