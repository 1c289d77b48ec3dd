//! Local streams (`local:NAME`): records that processes of one machine append to a folder and read from it.
//!
//! A stream is a folder of append-only segments. Whoever appends holds the stream's lock for one append; under it the
//! records get their arrival time, which never goes back, and their ordinals, which have no holes. Readers take no
//! lock and are told by the kernel when something was written. A process that dies while it appends leaves a torn
//! block, which no reader takes for one and which the next append cuts off.
//!
//! ```
//! use rowtime_connectors::local::{Found, LocalStream, Start, StreamOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let mut orders = LocalStream::create("orders", folder.path(), StreamOptions::default())?;
//! let appended = orders.append(&[b"{\"id\":1}", b"{\"id\":2}"], 1_700_000_000_000)?;
//! assert_eq!((appended.first_ordinal, appended.records), (0, 2));
//!
//! // Another process would open it by its name.
//! let orders = LocalStream::open("orders", folder.path())?;
//! let mut reader = orders.reader_from(Start::Oldest)?;
//! let Found::Records(block) = reader.read()? else { panic!("there are records") };
//! assert_eq!(block.arrival_ms, 1_700_000_000_000);
//! assert_eq!(block.records().collect::<Vec<_>>(), [b"{\"id\":1}", b"{\"id\":2}"]);
//! assert!(matches!(reader.read()?, Found::Nothing));
//! # Ok(()) }
//! ```

use std::io;
use std::path::Path;

use self::address::Address;
pub use self::reader::{Block, Found, Reader};
use self::writer::Writer;
use crate::source::InvocationError;

pub mod address;
pub mod parameters;
pub mod reader;
mod segment;
pub mod sink;
pub mod split;
mod watch;
mod writer;

/// Bytes from which on a segment is sealed.
const SEGMENT_BYTES: u64 = 64 << 20;

/// How a stream is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamOptions {
    /// Records are dropped, a whole segment at a time, once all of it arrived longer ago than this.
    pub retention_ms: Option<i64>,
    /// The oldest segments are dropped while all of them together have more bytes.
    pub max_bytes: Option<u64>,
    /// A segment of this size is followed by another.
    pub segment_bytes: u64,
    /// An append ends when the disk has it.
    pub fsync: bool,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            retention_ms: None,
            max_bytes: None,
            segment_bytes: SEGMENT_BYTES,
            fsync: false,
        }
    }
}

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record that is kept.
    Oldest,
    /// Behind the newest record.
    Newest,
    /// At the first record that arrived then or later, in ms.
    Time(i64),
    /// At this record; if it was dropped, that is a gap.
    Ordinal(u64),
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Ordinal of the first record.
    pub first_ordinal: u64,
    /// How many records.
    pub records: u64,
    /// Their arrival time, in ms: never before that of an earlier record.
    pub arrival_ms: i64,
    /// Bytes that were cut off: what a writer that died had begun.
    pub cut_bytes: u64,
}

/// What went wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct StreamError {
    /// `local:NAME`.
    pub place: String,
    /// What happened.
    pub message: String,
}

impl StreamError {
    fn new(address: &Address, message: String) -> Self {
        Self {
            place: address.place().to_owned(),
            message,
        }
    }

    fn of(address: &Address, what: &str, error: &io::Error) -> Self {
        Self::new(
            address,
            format!("{what} in {}: {error}", address.folder().display()),
        )
    }

    fn later_version(address: &Address, version: u32) -> Self {
        Self::new(
            address,
            format!("a later version of rowtime wrote it (format {version}); read it with that"),
        )
    }
}

/// A local stream.
pub struct LocalStream {
    address: Address,
    options: StreamOptions,
    writer: Option<Writer>,
}

impl LocalStream {
    /// A stream that is there, in a folder of streams.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn open(name: &str, dir: impl AsRef<Path>) -> Result<Self, InvocationError> {
        Self::at(&Address::new(name, dir)?)
    }

    /// The same by its address.
    ///
    /// # Errors
    /// There is no such stream.
    pub fn at(address: &Address) -> Result<Self, InvocationError> {
        if !address.lock().is_file() {
            return Err(InvocationError(format!(
                "{}: there is no such stream in {}; rowtime append {} makes it",
                address.place(),
                address.folder().parent().unwrap_or(address.folder()).display(),
                address.place(),
            )));
        }
        Ok(Self {
            address: address.clone(),
            options: StreamOptions::default(),
            writer: None,
        })
    }

    /// A stream to append to; it is made if it is not there.
    ///
    /// # Errors
    /// The name is none, or the folder cannot be made.
    pub fn create(
        name: &str,
        dir: impl AsRef<Path>,
        options: StreamOptions,
    ) -> Result<Self, InvocationError> {
        Self::create_at(&Address::new(name, dir)?, options)
    }

    /// The same by its address.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn create_at(address: &Address, options: StreamOptions) -> Result<Self, InvocationError> {
        std::fs::create_dir_all(address.folder()).map_err(|e| {
            InvocationError(format!(
                "cannot make the folder {}: {e}",
                address.folder().display()
            ))
        })?;
        let writer = Writer::new(address, options.clone()).map_err(|e| InvocationError(e.to_string()))?;
        Ok(Self {
            address: address.clone(),
            options,
            writer: Some(writer),
        })
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Appends records, all of them or none; they arrive at `now_ms`, or with the last record if that came later.
    ///
    /// # Errors
    /// A record is longer than 16 MiB, or the disk does not take them.
    pub fn append(&mut self, records: &[&[u8]], now_ms: i64) -> Result<Appended, StreamError> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::new(&self.address, self.options.clone())?,
        };
        let appended = writer.append(records, now_ms);
        self.writer = Some(writer);
        appended
    }

    /// A reader of its records.
    ///
    /// # Errors
    /// Its folder cannot be read.
    pub fn reader_from(&self, start: Start) -> Result<Reader, StreamError> {
        Reader::new(&self.address, start)
    }

    /// Waits until no append is under way: what arrived before now can then be read.
    ///
    /// # Errors
    /// The stream cannot be locked.
    pub fn settle(&self) -> Result<(), StreamError> {
        let failed = |e: io::Error| StreamError::of(&self.address, "cannot lock it", &e);
        let lock = std::fs::File::open(self.address.lock()).map_err(failed)?;
        lock.lock_shared().map_err(failed)
    }
}

#[cfg(test)]
mod tests;
