//! Where the rows of a reference table stand, by key: built once a load, asked once a stream row.
//!
//! Rows of one hash are chained in the order of the table, so that partners come in that order (`decisions.md` 26)
//! without being sorted. Its size follows from the table's.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::operator::equal_keys::{Keys, hash};

/// No row.
const NONE: u32 = u32::MAX;

/// The rows of a table by key.
pub struct TableIndex {
    keys: Keys,
    /// The first row of each hash.
    heads: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// The row behind each row that has the same hash.
    next: Vec<u32>,
}

/// The rows that have one key, first to last.
pub struct Partners<'i> {
    index: &'i TableIndex,
    key: &'i [u8],
    at: u32,
}

impl TableIndex {
    /// Takes the keys of all rows.
    pub fn new(keys: Keys) -> Self {
        let mut next = vec![NONE; keys.count()];
        let mut heads: HashMap<u64, u32, BuildHasherDefault<Hashed>> = HashMap::default();
        // From the last row on, so that each becomes the head of those behind it.
        for behind in 0..keys.count() {
            let row = keys.count() - 1 - behind;
            let (Some(bytes), Ok(position)) = (keys.bytes(row), u32::try_from(row)) else {
                continue;
            };
            next[row] = heads.insert(hash(bytes), position).unwrap_or(NONE);
        }
        Self { keys, heads, next }
    }

    /// The rows with this key, in the order of the table.
    pub fn partners<'i>(&'i self, key: &'i [u8]) -> Partners<'i> {
        Partners {
            index: self,
            key,
            at: self.heads.get(&hash(key)).copied().unwrap_or(NONE),
        }
    }
}

impl Iterator for Partners<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while self.at != NONE {
            let row = self.at;
            self.at = self.index.next[row as usize];
            if self.index.keys.bytes(row as usize) == Some(self.key) {
                return Some(row);
            }
        }
        None
    }
}

/// A key that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
