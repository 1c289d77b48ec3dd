//! The bytes of one object: opened when first read, decompressed by what they are, counted as they come in.
//!
//! A `.gz` name is a hint that people get wrong; the first bytes are not. All members of a gzip file and all
//! frames of a zstd file are read, because Firehose and log shippers append them one after another.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;

use super::encoding::Utf8Reader;

/// Bytes asked of the outside at once.
const READ_BYTES: usize = 64 << 10;
/// Bytes that tell how an object is compressed.
const MAGIC_BYTES: usize = 4;

/// Where the bytes of a split are.
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    StandardInput,
    /// Anything that gives bytes.
    Reader(Box<dyn Read + Send>),
    /// Anything that gives bytes as somebody writes them.
    Live(Box<dyn Read + Send>),
}

impl Origin {
    /// Whether its bytes come as somebody writes them: standard input, a named pipe, a terminal.
    pub fn is_live(&self) -> bool {
        match self {
            Self::StandardInput => true,
            Self::File(path) => std::fs::metadata(path).is_ok_and(|m| !m.is_file()),
            Self::Reader(_) => false,
            Self::Live(_) => true,
        }
    }

    /// Its bytes as they are stored.
    pub fn reader(self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::StandardInput => Box::new(super::standard_input::reader()),
            Self::Reader(reader) | Self::Live(reader) => reader,
        })
    }
}

/// The bytes of an object, decompressed and in UTF-8.
pub struct Bytes {
    reader: Utf8Reader,
    /// Compressed bytes taken so far.
    taken: Arc<AtomicU64>,
    /// What `taken` was when last asked.
    told: u64,
}

impl Bytes {
    /// Opens an object; its bytes are of this encoding if they do not say otherwise themselves.
    pub fn open(origin: Origin, encoding: Option<&'static Encoding>) -> io::Result<Self> {
        let taken = Arc::new(AtomicU64::new(0));
        let mut counted = Counted {
            inner: origin.reader()?,
            taken: Arc::clone(&taken),
        };
        let mut magic = Vec::with_capacity(MAGIC_BYTES);
        (&mut counted).take(MAGIC_BYTES as u64).read_to_end(&mut magic)?;
        let compression = Compression::of(&magic);
        let whole = Cursor::new(magic).chain(counted);
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(whole),
            Compression::Gzip => {
                let buffered = BufReader::with_capacity(READ_BYTES, whole);
                Box::new(flate2::bufread::MultiGzDecoder::new(buffered))
            }
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(whole)?),
        };
        Ok(Self {
            reader: Utf8Reader::new(reader, encoding),
            taken,
            told: 0,
        })
    }

    /// What its bytes were before, if that was not UTF-8; known once some have been read.
    pub fn decoded_from(&self) -> Option<&'static Encoding> {
        self.reader.decoded_from()
    }

    /// Appends some bytes; 0 at the end.
    pub fn read_more(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let start = into.len();
        into.resize(start + READ_BYTES, 0);
        let read = loop {
            match self.reader.read(&mut into[start..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        into.truncate(start + read.as_ref().copied().unwrap_or(0));
        read
    }

    /// Compressed bytes taken since this was last asked.
    pub fn newly_taken(&mut self) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        let new = taken - self.told;
        self.told = taken;
        new
    }
}

enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn of(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A data frame, or one of the skippable frames that may come first.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::None,
        }
    }
}

struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.taken.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
