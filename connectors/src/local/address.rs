//! Where a local stream is: `local:NAME[?dir=DIR]`, a folder DIR/NAME of segments named by their first ordinals.

use std::io;
use std::path::{Path, PathBuf};

use crate::source::InvocationError;

/// The folder of streams where none is named.
pub const DEFAULT_DIR: &str = "./.rowtime/streams";
/// What its URI begins with.
pub const SCHEME: &str = "local:";
/// Longest name, as a Kinesis stream may have it.
const NAME_MAX: usize = 128;
/// What a segment's name ends with.
const SEGMENT: &str = ".segment";

/// Name and folder of a local stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `local:NAME`.
    place: String,
    folder: PathBuf,
}

impl Address {
    /// A stream of this name in a folder of streams. Names are those that Kinesis allows.
    ///
    /// # Errors
    /// The name is none.
    pub fn new(name: &str, dir: impl AsRef<Path>) -> Result<Self, InvocationError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if name.is_empty() || name.len() > NAME_MAX || name.starts_with('.') || !name.bytes().all(allowed) {
            return Err(InvocationError(format!(
                "local:{name}: the name of a local stream has 1 to {NAME_MAX} letters, digits, _, - and ., and does \
                 not begin with a point; the folder goes into ?dir="
            )));
        }
        Ok(Self {
            place: format!("{SCHEME}{name}"),
            folder: dir.as_ref().join(name),
        })
    }

    /// NAME.
    pub fn name(&self) -> &str {
        self.place.strip_prefix(SCHEME).unwrap_or_default()
    }

    /// `local:NAME`, for positions and messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The folder of its segments.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that whoever appends holds locked; it is there as long as the stream is.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// The file of a segment.
    pub fn segment(&self, first_ordinal: u64) -> PathBuf {
        self.folder.join(format!("{first_ordinal:020}{SEGMENT}"))
    }

    /// First ordinals of the segments that are there, ascending.
    pub fn segments(&self) -> io::Result<Vec<u64>> {
        let mut out = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|n| n.strip_suffix(SEGMENT));
            out.extend(number.and_then(|n| n.parse::<u64>().ok()));
        }
        out.sort_unstable();
        Ok(out)
    }
}
