//! Appending: one lock an append, under which the tail is mended, the arrival time given and old segments dropped.
//!
//! What this process knows of the last segment holds as long as its length has not changed; else somebody else has
//! appended, or died while appending, and the blocks behind are read. Nothing but a torn tail is ever cut off: bytes
//! that are no block but have one behind them stay, and readers say what they miss.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use super::address::Address;
use super::segment::{
    BlockHeader, HeaderFault, Next, SEGMENT_HEADER, SegmentHeader, SegmentReader, encode_blocks,
};
use super::{Appended, StreamError, StreamOptions};
use crate::format::RECORD_BYTES_MAX;

/// How many segments the records of the time that is kept are spread over, at least.
const SEGMENTS_KEPT: i64 = 8;

/// The end of the stream, as this process last saw it.
struct Tail {
    file: File,
    header: SegmentHeader,
    /// Bytes of the segment.
    length: u64,
    next_ordinal: u64,
    /// No later record arrives before.
    last_ms: i64,
    sealed: bool,
}

/// Appends to a stream.
pub struct Writer {
    address: Address,
    options: StreamOptions,
    lock: File,
    tail: Option<Tail>,
    buffer: Vec<u8>,
}

impl Writer {
    /// A writer of a stream whose folder is there.
    pub fn new(address: &Address, options: StreamOptions) -> Result<Self, StreamError> {
        let lock = OpenOptions::new().create(true).append(true).open(address.lock());
        Ok(Self {
            lock: lock.map_err(|e| StreamError::of(address, "cannot open its lock", &e))?,
            address: address.clone(),
            options,
            tail: None,
            buffer: Vec::new(),
        })
    }

    /// Appends records with one arrival time; all of them or, if it fails, none.
    pub fn append(&mut self, records: &[&[u8]], now_ms: i64) -> Result<Appended, StreamError> {
        if let Some(long) = records.iter().find(|r| r.len() > RECORD_BYTES_MAX) {
            return Err(StreamError::new(
                &self.address,
                format!(
                    "a record has {} bytes, and {RECORD_BYTES_MAX} are the most",
                    long.len()
                ),
            ));
        }
        self.lock
            .lock()
            .map_err(|e| StreamError::of(&self.address, "cannot lock it", &e))?;
        let appended = self.append_locked(records, now_ms);
        if appended.is_err() {
            // What is known of the tail may be wrong now.
            self.tail = None;
        }
        let unlocked = self.lock.unlock();
        let appended = appended?;
        unlocked.map_err(|e| StreamError::of(&self.address, "cannot unlock it", &e))?;
        Ok(appended)
    }

    fn append_locked(&mut self, records: &[&[u8]], now_ms: i64) -> Result<Appended, StreamError> {
        let address = self.address.clone();
        let failed = |e: io::Error| StreamError::of(&address, "cannot append", &e);
        let fresh = self.tail.is_none();
        let (mut tail, cut_bytes) = current(&address, self.tail.take(), now_ms, &self.options)?;
        let arrival_ms = now_ms.max(tail.last_ms);
        if tail.sealed || self.is_full(&tail, arrival_ms) {
            tail = self.roll(tail, arrival_ms).map_err(failed)?;
            self.drop_old(&tail, arrival_ms).map_err(failed)?;
        } else if fresh {
            self.drop_old(&tail, arrival_ms).map_err(failed)?;
        }
        let first_ordinal = tail.next_ordinal;
        if !records.is_empty() {
            let header = BlockHeader {
                payload: 0,
                records: 0,
                first_ordinal,
                arrival_ms,
            };
            self.write(&mut tail, header, records).map_err(failed)?;
            tail.next_ordinal += records.len() as u64;
            tail.last_ms = arrival_ms;
        }
        self.tail = Some(tail);
        Ok(Appended {
            first_ordinal,
            records: records.len() as u64,
            arrival_ms,
            cut_bytes,
        })
    }

    fn is_full(&self, tail: &Tail, arrival_ms: i64) -> bool {
        let is_old = |kept_ms: i64| arrival_ms.saturating_sub(tail.header.floor_ms) > kept_ms / SEGMENTS_KEPT;
        tail.next_ordinal > tail.header.first_ordinal
            && (tail.length >= self.options.segment_bytes || self.options.retention_ms.is_some_and(is_old))
    }

    /// Writes blocks behind the tail; what a failed write leaves is taken away.
    fn write(&mut self, tail: &mut Tail, header: BlockHeader, records: &[&[u8]]) -> io::Result<()> {
        self.buffer.clear();
        let segment = tail.header.first_ordinal;
        encode_blocks(&mut self.buffer, segment, tail.length, header, records);
        let written = tail.file.write_all_at(&self.buffer, tail.length);
        let written = written.and_then(|()| {
            if self.options.fsync {
                tail.file.sync_data()
            } else {
                Ok(())
            }
        });
        if let Err(e) = written {
            let _ = tail.file.set_len(tail.length);
            return Err(e);
        }
        tail.length += self.buffer.len() as u64;
        Ok(())
    }

    /// Seals the last segment and begins the next.
    fn roll(&mut self, mut tail: Tail, arrival_ms: i64) -> io::Result<Tail> {
        if !tail.sealed {
            let seal = BlockHeader {
                payload: 0,
                records: 0,
                first_ordinal: tail.next_ordinal,
                arrival_ms: tail.last_ms,
            };
            self.write(&mut tail, seal, &[])?;
        }
        begin(&self.address, tail.next_ordinal, arrival_ms, &self.options)
    }

    /// Drops segments from the front that are too old or too many, never the last.
    fn drop_old(&self, tail: &Tail, now_ms: i64) -> io::Result<()> {
        if self.options.retention_ms.is_none() && self.options.max_bytes.is_none() {
            return Ok(());
        }
        let segments = self.address.segments()?;
        let size = |ordinal: &u64| std::fs::metadata(self.address.segment(*ordinal)).map_or(0, |m| m.len());
        let mut bytes: u64 = segments.iter().map(size).sum();
        for pair in segments.windows(2) {
            let [first, next] = pair else { break };
            // All of a segment arrived before the floor of the next.
            let until_ms = match *next == tail.header.first_ordinal {
                true => tail.header.floor_ms,
                false => floor_of(&self.address, *next)?.unwrap_or(i64::MAX),
            };
            let is_old = |kept_ms: i64| until_ms < now_ms.saturating_sub(kept_ms);
            let is_many = |max: u64| bytes > max;
            if !self.options.retention_ms.is_some_and(is_old) && !self.options.max_bytes.is_some_and(is_many)
            {
                break;
            }
            bytes -= size(first);
            std::fs::remove_file(self.address.segment(*first))?;
        }
        Ok(())
    }
}

/// The end of the stream, mended, and how many bytes of a torn block were cut off.
fn current(
    address: &Address,
    known: Option<Tail>,
    now_ms: i64,
    options: &StreamOptions,
) -> Result<(Tail, u64), StreamError> {
    let failed = |e: io::Error| StreamError::of(address, "cannot read its last segment", &e);
    if let Some(tail) = known {
        let found = tail.file.metadata().map_err(failed)?;
        if found.nlink() > 0 && found.len() == tail.length && !tail.sealed {
            return Ok((tail, 0));
        }
        if found.nlink() > 0 && found.len() > tail.length {
            let (tail, end) = read_on(tail).map_err(failed)?;
            // Anything but blocks of others makes it worth reading the segment from its start.
            if end == End::Clean && !tail.sealed {
                return Ok((tail, 0));
            }
        }
    }
    let Some(last) = address.segments().map_err(failed)?.pop() else {
        return begin(address, 0, now_ms, options)
            .map(|tail| (tail, 0))
            .map_err(|e| StreamError::of(address, "cannot make its first segment", &e));
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(address.segment(last))
        .map_err(failed)?;
    let header = match read_header(&file).map_err(failed)? {
        Ok(header) => header,
        Err(HeaderFault::Version(version)) => return Err(StreamError::later_version(address, version)),
        Err(HeaderFault::Short) => {
            // Its maker died before a record could come: it is made again.
            let floor_ms = last_of(address, last).map_err(failed)?.max(now_ms);
            let tail = begin(address, last, floor_ms, options).map_err(failed)?;
            return Ok((tail, 0));
        }
        Err(HeaderFault::Damaged) => SegmentHeader {
            first_ordinal: last,
            floor_ms: last_of(address, last).map_err(failed)?,
        },
    };
    let tail = Tail {
        file,
        header,
        length: SEGMENT_HEADER as u64,
        next_ordinal: last,
        last_ms: header.floor_ms,
        sealed: false,
    };
    let (tail, end) = read_on(tail).map_err(failed)?;
    let End::Torn(torn) = end else {
        return Ok((tail, 0));
    };
    tail.file.set_len(tail.length).map_err(failed)?;
    Ok((tail, torn))
}

/// What stands behind the last block.
#[derive(PartialEq, Eq)]
enum End {
    Clean,
    /// Blocks are missing in between.
    Gap,
    /// So many bytes that are none.
    Torn(u64),
}

/// Reads on from what is known.
fn read_on(mut tail: Tail) -> io::Result<(Tail, End)> {
    let mut reader = SegmentReader::new(tail.file, tail.header.first_ordinal, tail.length);
    let mut end = End::Clean;
    loop {
        match reader.next()? {
            Next::Block(block) | Next::Sealed(block) => {
                if block.first_ordinal != tail.next_ordinal {
                    end = End::Gap;
                }
                tail.next_ordinal = block.next_ordinal();
                tail.last_ms = tail.last_ms.max(block.arrival_ms);
                if block.records == 0 {
                    tail.sealed = true;
                    break;
                }
            }
            Next::End(0) => break,
            Next::End(torn) => {
                end = End::Torn(torn);
                break;
            }
        }
    }
    tail.length = reader.offset();
    tail.file = reader.into_file();
    Ok((tail, end))
}

/// When the last record before a segment arrived, or a later time that is no record's.
fn last_of(address: &Address, segment: u64) -> io::Result<i64> {
    let before = address.segments()?.into_iter().rfind(|s| *s < segment);
    let Some(before) = before else { return Ok(i64::MIN) };
    let mut last_ms = floor_of(address, before)?.unwrap_or(i64::MIN);
    let mut reader = SegmentReader::new(File::open(address.segment(before))?, before, 0);
    loop {
        match reader.next()? {
            Next::Block(block) | Next::Sealed(block) if block.next_ordinal() < segment => {
                last_ms = last_ms.max(block.arrival_ms);
            }
            Next::Block(block) | Next::Sealed(block) => return Ok(last_ms.max(block.arrival_ms)),
            Next::End(_) => return Ok(last_ms),
        }
    }
}

/// Makes a segment that goes on with this ordinal.
fn begin(address: &Address, first_ordinal: u64, floor_ms: i64, options: &StreamOptions) -> io::Result<Tail> {
    let header = SegmentHeader {
        first_ordinal,
        floor_ms,
    };
    let path = address.segment(first_ordinal);
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(path)?;
    file.write_all_at(&header.encode(), 0)?;
    if options.fsync {
        file.sync_all()?;
        File::open(address.folder())?.sync_all()?;
    }
    Ok(Tail {
        file,
        header,
        length: SEGMENT_HEADER as u64,
        next_ordinal: first_ordinal,
        last_ms: floor_ms,
        sealed: false,
    })
}

/// The header of a segment.
pub fn read_header(file: &File) -> io::Result<Result<SegmentHeader, HeaderFault>> {
    let mut bytes = [0; SEGMENT_HEADER];
    let mut known = 0;
    while known < SEGMENT_HEADER {
        match file.read_at(&mut bytes[known..], known as u64) {
            Ok(0) => break,
            Ok(read) => known += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(SegmentHeader::decode(&bytes[..known]))
}

/// The floor of a segment; none if it cannot be told.
pub fn floor_of(address: &Address, segment: u64) -> io::Result<Option<i64>> {
    let header = read_header(&File::open(address.segment(segment))?)?;
    Ok(header.ok().map(|h| h.floor_ms))
}
